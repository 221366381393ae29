// ONNX models as bytes: the few messages of onnx.proto that a generated graph
// needs, encoded with protobufjs. Not a reader, and not a checker: onnxruntime
// checks a model when it loads it.
import protobuf from "protobufjs/light.js";

/** Element types of ONNX tensors that the backend uses, by name. */
export const onnxTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  bfloat16: 16,
} as const;

/** Name of an ONNX element type. */
export type OnnxType = keyof typeof onnxTypes;

/** A value that an ONNX operator takes as attribute; whole numbers become INT, others FLOAT. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: OnnxGraph };

/** One operator of a graph, wired by names. An empty name is an absent optional input. */
export interface OnnxNode {
  readonly op: string;
  readonly domain?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A named input or output with its element type and shape. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** Undefined is any shape. */
  readonly shape: readonly number[] | undefined;
}

/** A constant tensor of a graph. */
export interface OnnxConstant extends OnnxValue {
  readonly shape: readonly number[];
  /** Little-endian elements in row-major order. */
  readonly bytes: Uint8Array;
}

/** A graph, ready to be encoded. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
}

const opsetVersion = 21;
const irVersion = 10;
const attributeTypes = { FLOAT: 1, INT: 2, STRING: 3, GRAPH: 5, FLOATS: 6, INTS: 7 };

function message(fields: Record<string, [id: number, type: string, rule?: "repeated"]>) {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule ? { id, type, rule } : { id, type },
      ]),
    ),
  };
}

const schema = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: [1, "int64"],
      producerName: [2, "string"],
      graph: [7, "Graph"],
      opsetImport: [8, "OperatorSet", "repeated"],
    }),
    OperatorSet: message({ domain: [1, "string"], version: [2, "int64"] }),
    Graph: message({
      node: [1, "Node", "repeated"],
      name: [2, "string"],
      initializer: [5, "Tensor", "repeated"],
      input: [11, "ValueInfo", "repeated"],
      output: [12, "ValueInfo", "repeated"],
    }),
    Node: message({
      input: [1, "string", "repeated"],
      output: [2, "string", "repeated"],
      name: [3, "string"],
      opType: [4, "string"],
      attribute: [5, "Attribute", "repeated"],
      domain: [7, "string"],
    }),
    Attribute: message({
      name: [1, "string"],
      f: [2, "float"],
      i: [3, "int64"],
      s: [4, "bytes"],
      g: [6, "Graph"],
      floats: [7, "float", "repeated"],
      ints: [8, "int64", "repeated"],
      type: [20, "int32"],
    }),
    Tensor: message({
      dims: [1, "int64", "repeated"],
      dataType: [2, "int32"],
      name: [8, "string"],
      rawData: [9, "bytes"],
    }),
    ValueInfo: message({ name: [1, "string"], type: [2, "TypeInfo"] }),
    TypeInfo: message({ tensorType: [1, "TensorType"] }),
    TensorType: message({ elemType: [1, "int32"], shape: [2, "Shape"] }),
    Shape: message({ dim: [1, "Dimension", "repeated"] }),
    Dimension: message({ dimValue: [1, "int64"] }),
  },
});
const Model = schema.lookupType("Model");
const utf8 = new TextEncoder();

function attribute(name: string, value: Attribute): Record<string, unknown> {
  if (typeof value === "number") return { name, i: value, type: attributeTypes.INT };
  if (typeof value === "string") return { name, s: utf8.encode(value), type: attributeTypes.STRING };
  if (Array.isArray(value)) return { name, ints: value, type: attributeTypes.INTS };
  if ("graph" in value) return { name, g: graphMessage(value.graph, name), type: attributeTypes.GRAPH };
  return { name, f: (value as { float: number }).float, type: attributeTypes.FLOAT };
}

function valueInfo({ name, type, shape }: OnnxValue): Record<string, unknown> {
  const dimensions = shape && { shape: { dim: shape.map((dimValue) => ({ dimValue })) } };
  return { name, type: { tensorType: { elemType: onnxTypes[type], ...dimensions } } };
}

function graphMessage(graph: OnnxGraph, name: string): Record<string, unknown> {
  return {
    name,
    node: graph.nodes.map((node, index) => ({
      name: `${node.op}_${index}`,
      opType: node.op,
      domain: node.domain ?? "",
      input: node.inputs,
      output: node.outputs,
      attribute: Object.entries(node.attributes).map(([key, value]) => attribute(key, value)),
    })),
    initializer: graph.constants.map((constant) => ({
      name: constant.name,
      dims: constant.shape,
      dataType: onnxTypes[constant.type],
      rawData: constant.bytes,
    })),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
  };
}

/** Encodes a graph as an ONNX model (IR version 10, operator set 21). */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  return Model.encode({
    irVersion,
    producerName: "@csi-feedback/tfjs-backend-onnxruntime",
    graph: graphMessage(graph, "graph"),
    opsetImport: [
      { domain: "", version: opsetVersion },
      { domain: "com.microsoft", version: 1 },
    ],
  }).finish();
}

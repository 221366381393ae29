// Dynamic int8 quantization of a graph: products with a constant matrix become
// integer products, weights quantized per column when the graph is built, inputs per
// row (per token) when it runs. Everything else stays float32.
import type { OnnxConstant, OnnxGraph, OnnxNode } from "./onnx-model";

/**
 * Seven bits: with eight, pairs of products overflow the 16-bit sums that processors
 * without VNNI instructions use.
 */
const levels = 63;

interface QuantizedWeight {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Symmetric quantization of a `[rows, columns]` matrix, one scale per column. */
export function quantizeColumns(weights: Float32Array, rows: number, columns: number): QuantizedWeight {
  const scales = new Float32Array(columns);
  for (let row = 0, index = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, index++) {
      const size = Math.abs(weights[index]!);
      if (size > scales[column]!) scales[column] = size;
    }
  }
  for (let column = 0; column < columns; column++) scales[column] = (scales[column]! || 1) / levels;
  const values = new Int8Array(weights.length);
  for (let index = 0, column = 0; index < values.length; index++) {
    values[index] = Math.round(weights[index]! / scales[column]!);
    if (++column === columns) column = 0;
  }
  return { values, scales };
}

function floatsOf({ bytes }: OnnxConstant): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

const bytesOf = (array: Int8Array | Float32Array | BigInt64Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Constants that every integer product shares. */
const shared: readonly OnnxConstant[] = [
  { name: "int8_axes", type: "int64", shape: [1], bytes: bytesOf(BigInt64Array.of(-1n)) },
  { name: "int8_step", type: "float32", shape: [], bytes: bytesOf(Float32Array.of(1 / 127)) },
  { name: "int8_smallest", type: "float32", shape: [], bytes: bytesOf(Float32Array.of(1e-30)) },
];

/**
 * The integer product that stands for `MatMul(a, weight)`. Every row of `a` has a scale of its
 * own: one large token, as GPT-2's first is, must not cost the others their digits.
 */
function integerProduct(node: OnnxNode, weight: string): OnnxNode[] {
  const [a, y] = [node.inputs[0]!, node.outputs[0]!];
  const one = (op: string, inputs: string[], output: string, attributes = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return [
    one("Abs", [a], `${y}_sizes`),
    one("ReduceMax", [`${y}_sizes`, "int8_axes"], `${y}_largest`, { keepdims: 1 }),
    one("Max", [`${y}_largest`, "int8_smallest"], `${y}_range`),
    one("Mul", [`${y}_range`, "int8_step"], `${y}_scale`),
    one("Div", [a, `${y}_scale`], `${y}_levels`),
    one("Round", [`${y}_levels`], `${y}_rounded`),
    one("Cast", [`${y}_rounded`], `${y}_values`, { to: 3 }),
    one("MatMulInteger", [`${y}_values`, `${weight}_int8`], `${y}_product`),
    one("Cast", [`${y}_product`], `${y}_float`, { to: 1 }),
    one("Mul", [`${y}_float`, `${y}_scale`], `${y}_scaled`),
    one("Mul", [`${y}_scaled`, `${weight}_scale`], y),
  ];
}

/** Replaces every product whose right side is a constant `[rows, columns]` matrix. */
export function quantizeGraph(graph: OnnxGraph): OnnxGraph {
  const constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const quantized = new Map<string, OnnxConstant[]>();
  const nodes = graph.nodes.flatMap((node) => {
    const weight = node.op === "MatMul" ? constants.get(node.inputs[1]!) : undefined;
    if (weight === undefined || weight.type !== "float32" || weight.shape.length !== 2) return [node];
    if (!quantized.has(weight.name)) {
      const [rows, columns] = weight.shape as [number, number];
      const { values, scales } = quantizeColumns(floatsOf(weight), rows, columns);
      quantized.set(weight.name, [
        { name: `${weight.name}_int8`, type: "int8", shape: weight.shape, bytes: bytesOf(values) },
        { name: `${weight.name}_scale`, type: "float32", shape: [columns], bytes: bytesOf(scales) },
      ]);
    }
    return integerProduct(node, weight.name);
  });
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const kept = [...graph.constants, ...shared].filter(({ name }) => used.has(name));
  return { ...graph, nodes, constants: [...kept, ...[...quantized.values()].flat()] };
}

// Dynamic int8 quantization of a graph: products with a large constant matrix become
// integer products, weights quantized per column when the graph is built, inputs per
// row (per token) when it runs. Everything else stays float32.
import { elementsOf } from "./graph";
import type { OnnxConstant, OnnxGraph, OnnxNode } from "./onnx-model";

/**
 * Products with a matrix of a shorter side stay float32: they take little time, and what
 * narrow layers round costs most, as few terms average it out.
 */
const shortestSide = 128;

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

const bytesOf = (array: Uint8Array | Int8Array | Float32Array | BigInt64Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Constants that integer products share. */
const shared: readonly OnnxConstant[] = [
  { name: "int8_axes", type: "int64", shape: [1], bytes: bytesOf(BigInt64Array.of(-1n)) },
  { name: "int8_step", type: "float32", shape: [], bytes: bytesOf(Float32Array.of(1 / 127)) },
  { name: "int8_smallest", type: "float32", shape: [], bytes: bytesOf(Float32Array.of(1e-30)) },
  { name: "int8_one", type: "float32", shape: [], bytes: bytesOf(Float32Array.of(1)) },
  { name: "int8_zero", type: "uint8", shape: [], bytes: Uint8Array.of(128) },
];

const shapeConstant = (name: string, shape: readonly number[]): OnnxConstant => ({
  name,
  type: "int64",
  shape: [shape.length],
  bytes: bytesOf(BigInt64Array.from(shape, BigInt)),
});

/**
 * The integer product that stands for `MatMul(a, weight)`. Every row of `a` has a scale of its
 * own: one large token, as GPT-2's first is, must not cost the others their digits. Rows are
 * symmetric around 128, because processors multiply unsigned bytes with signed ones.
 */
function integerProduct(
  node: OnnxNode,
  weight: OnnxConstant,
  shape: readonly number[],
): { nodes: OnnxNode[]; constants: OnnxConstant[] } {
  const [a, y] = [node.inputs[0]!, node.outputs[0]!];
  const [inner, columns] = weight.shape as [number, number];
  const rows = elementsOf(shape) / inner;
  const one = (op: string, inputs: string[], output: string, attributes = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  const nodes = [
    one("Reshape", [a, `${y}_rows`], `${y}_matrix`),
    one("Abs", [`${y}_matrix`], `${y}_sizes`),
    one("ReduceMax", [`${y}_sizes`, "int8_axes"], `${y}_largest`, { keepdims: 0 }),
    one("Max", [`${y}_largest`, "int8_smallest"], `${y}_range`),
    one("Mul", [`${y}_range`, "int8_step"], `${y}_scales`),
    one("QuantizeLinear", [`${y}_matrix`, `${y}_scales`, `int8_zeros_${rows}`], `${y}_values`, { axis: 0 }),
    {
      ...one(
        "MatMulIntegerToFloat",
        [`${y}_values`, `${weight.name}_int8`, "int8_one", `${weight.name}_scale`, "int8_zero"],
        `${y}_product`,
      ),
      domain: "com.microsoft",
    },
    one("Reshape", [`${y}_scales`, `${y}_column`], `${y}_scale`),
    one("Mul", [`${y}_product`, `${y}_scale`], `${y}_scaled`),
    one("Reshape", [`${y}_scaled`, `${y}_shape`], y),
  ];
  const constants = [
    shapeConstant(`${y}_rows`, [rows, inner]),
    shapeConstant(`${y}_column`, [rows, 1]),
    shapeConstant(`${y}_shape`, [...shape.slice(0, -1), columns]),
  ];
  return { nodes, constants };
}

/**
 * Replaces every product whose right side is a large constant `[rows, columns]` matrix.
 *
 * @param shapeOf the shape of a value of the graph, by its name
 */
export function quantizeGraph(graph: OnnxGraph, shapeOf: (name: string) => readonly number[]): OnnxGraph {
  const known = new Map(graph.constants.map((constant) => [constant.name, constant]));
  const made = new Map<string, OnnxConstant>(shared.map((constant) => [constant.name, constant]));
  const add = (constant: OnnxConstant) => made.set(constant.name, constant);
  const nodes = graph.nodes.flatMap((node) => {
    const weight = node.op === "MatMul" ? known.get(node.inputs[1]!) : undefined;
    if (weight === undefined || weight.type !== "float32" || weight.shape.length !== 2) return [node];
    const [rows, columns] = weight.shape as [number, number];
    if (Math.min(rows, columns) < shortestSide) return [node];
    if (!made.has(`${weight.name}_int8`)) {
      const { values, scales } = quantizeColumns(floatsOf(weight), rows, columns);
      add({ name: `${weight.name}_int8`, type: "int8", shape: weight.shape, bytes: bytesOf(values) });
      add({ name: `${weight.name}_scale`, type: "float32", shape: [columns], bytes: bytesOf(scales) });
    }
    const shape = shapeOf(node.inputs[0]!);
    const count = elementsOf(shape) / rows;
    const zeros = new Uint8Array(count).fill(128);
    add({ name: `int8_zeros_${count}`, type: "uint8", shape: [count], bytes: zeros });
    const product = integerProduct(node, weight, shape);
    for (const constant of product.constants) add(constant);
    return product.nodes;
  });
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const constants = [...graph.constants, ...made.values()].filter(({ name }) => used.has(name));
  return { ...graph, nodes, constants };
}

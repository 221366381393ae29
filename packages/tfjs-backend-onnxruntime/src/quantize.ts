// Dynamic int8 quantization of a graph: products with a constant matrix become
// integer products, weights quantized per column when the graph is built, inputs per
// tensor when it runs. Everything else stays float32.
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

const bytesOf = (array: Int8Array | Float32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The integer product that stands for `MatMul(a, weight)`. */
function integerProduct(node: OnnxNode, weight: string): OnnxNode[] {
  const [a, y] = [node.inputs[0]!, node.outputs[0]!];
  const quantized = `${y}_quantized`;
  const names = ["values", "scale", "zero"].map((name) => `${y}_input_${name}`);
  const one = (op: string, inputs: string[], output: string, attributes = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return [
    { op: "DynamicQuantizeLinear", inputs: [a], outputs: names, attributes: {} },
    one("MatMulInteger", [names[0]!, `${weight}_int8`, names[2]!], quantized),
    one("Cast", [quantized], `${y}_float`, { to: 1 }),
    one("Mul", [names[1]!, `${weight}_scale`], `${y}_scales`),
    one("Mul", [`${y}_float`, `${y}_scales`], y),
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
  const kept = graph.constants.filter(({ name }) => used.has(name));
  return { ...graph, nodes, constants: [...kept, ...[...quantized.values()].flat()] };
}

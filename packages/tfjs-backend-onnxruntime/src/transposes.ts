// Where transposes of matrices are computed in a graph for the processor: with the product
// that reads them or before it. A rewrite of an encoded graph; it changes no number.
import type { Value } from "./graph";
import type { OnnxGraph, OnnxNode } from "./onnx-model";

/**
 * Elements of a left matrix from which on it is transposed before the product: the product
 * gathers a transposed left side column by column for every block of its result, 8 to 20 %
 * of the time of a large product, while a transposed right side costs nothing.
 */
const largeMatrix = 1 << 14;

/** True for a transpose of the last two axes and no others. */
function swapsMatrix({ op, attributes }: OnnxNode): boolean {
  if (op !== "Transpose") return false;
  const permutation = attributes.perm as readonly number[];
  const last = permutation.length - 1;
  return permutation.every(
    (from, to) => from === (to === last ? last - 1 : to === last - 1 ? last : to) && last > 0,
  );
}

/**
 * Products that read transposed right sides, or small transposed left sides, become products
 * that transpose; onnxruntime's own rewrite, which does so with every side, must be off
 * ({@link ownTransposes}).
 */
export function placeTransposes(graph: OnnxGraph, valueNamed: (name: string) => Value): OnnxGraph {
  const sources = new Map<string, string>();
  for (const node of graph.nodes) if (swapsMatrix(node)) sources.set(node.outputs[0]!, node.inputs[0]!);
  const isSmall = (name: string) => {
    const [rows, columns] = valueNamed(name).shape.slice(-2) as [number, number];
    return rows * columns < largeMatrix;
  };
  const nodes = graph.nodes.map((node): OnnxNode => {
    const [a, b] = node.inputs as [string, string];
    if (node.op !== "MatMul" || valueNamed(node.outputs[0]!).type !== "float32") return node;
    const left = isSmall(a) ? sources.get(a) : undefined;
    const right = sources.get(b);
    if (left === undefined && right === undefined) return node;
    return {
      op: "FusedMatMul",
      domain: "com.microsoft",
      inputs: [left ?? a, right ?? b],
      outputs: node.outputs,
      attributes: { transA: left === undefined ? 0 : 1, transB: right === undefined ? 0 : 1 },
    };
  });
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  return { ...graph, nodes: nodes.filter((node) => !swapsMatrix(node) || read.has(node.outputs[0]!)) };
}

/** Settings under which onnxruntime leaves transposes where {@link placeTransposes} put them. */
export const ownTransposes = {
  optimization: { disable_specified_optimizers: "MatmulTransposeFusion" },
};

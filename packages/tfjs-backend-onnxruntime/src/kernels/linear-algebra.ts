// Matrix products, fused products and Einstein sums.
import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Value } from "../graph";
import type { Operations } from "../operations";
import { activate } from "./elementwise";
import type { KernelTable } from "./kernel";

interface ProductAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

function product(ops: Operations, a: Value, b: Value, { transposeA, transposeB }: ProductAttributes): Value {
  const side = (x: Value, transposed: boolean) => {
    if (!transposed) return x;
    const axes = x.shape.map((_, axis) => axis);
    const rank = axes.length;
    return ops.transpose(x, [...axes.slice(0, rank - 2), rank - 1, rank - 2]);
  };
  const [left, right] = [side(a, transposeA), side(b, transposeB)];
  util.assert(
    left.shape.length >= 2 && right.shape.length >= 2 && left.shape.at(-1) === right.shape.at(-2),
    () => `matMul: inner lengths must be equal, received [${left.shape}] and [${right.shape}]`,
  );
  return ops.matmul(left, right);
}

/** The operand shapes of an Einstein sum give the shape of its result. */
function einsumShape(equation: string, operands: readonly Value[]): number[] {
  const [left, right] = equation.replace(/\s/g, "").split("->") as [string, string];
  const lengths = new Map<string, number>();
  for (const [index, labels] of left.split(",").entries()) {
    for (const [axis, label] of [...labels].entries()) lengths.set(label, operands[index]!.shape[axis]!);
  }
  return [...right].map((label) => lengths.get(label)!);
}

/** Linear algebra kernels. */
export const linearAlgebraKernels: KernelTable = {
  BatchMatMul: ({ ops, input, attributes }) =>
    product(ops, input("a"), input("b"), attributes<ProductAttributes>()),
  _FusedMatMul: ({ ops, input, optional, attributes }) => {
    const options = attributes<ProductAttributes & { activation: string; leakyreluAlpha?: number }>();
    let result = product(ops, input("a"), input("b"), options);
    const bias = optional("bias");
    if (bias !== undefined) result = ops.add(result, bias);
    return activate(
      ops,
      result,
      options.activation,
      options.leakyreluAlpha,
      optional("preluActivationWeights"),
    );
  },
  Einsum: ({ graph, list, attributes }) => {
    const { equation } = attributes<{ equation: string }>();
    const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, list.length);
    backend_util.checkEinsumDimSizes(allDims.length, idDims, list as never);
    return graph.one("Einsum", list, list[0]!.type, einsumShape(equation, list), {
      attributes: { equation },
    });
  },
};

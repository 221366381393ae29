// Kernels that reduce, normalise or accumulate along axes.
import type { Value } from "../graph";
import type { Operations } from "../operations";
import { axesOf, type Kernel, type KernelCall, type KernelTable } from "./kernel";

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

function reduction(op: string, prepare: (ops: Operations, x: Value) => Value): Kernel {
  return ({ ops, input, attributes }) => {
    const { axis, reductionIndices, keepDims } = attributes<ReductionAttributes>();
    const x = prepare(ops, input("x"));
    return ops.reduce(op, x, axesOf(axis ?? reductionIndices, x.shape.length), keepDims ?? false);
  };
}

const number = (ops: Operations, x: Value) => (x.type === "bool" ? ops.cast(x, "int32") : x);

/** A maximum or minimum that is NaN where an element is; onnxruntime's own passes over NaN. */
function extreme(op: string): Kernel {
  return ({ graph, ops, input, attributes }) => {
    const { axis, reductionIndices, keepDims } = attributes<ReductionAttributes>();
    const x = number(ops, input("x"));
    const axes = axesOf(axis ?? reductionIndices, x.shape.length);
    const result = ops.reduce(op, x, axes, keepDims ?? false);
    if (x.type !== "float32") return result;
    const nan = ops.cast(ops.elementwise("IsNaN", [x], "bool"), "uint8");
    const found = ops.cast(ops.reduce("ReduceMax", nan, axes, keepDims ?? false), "bool");
    return ops.where(found, graph.scalar("float32", Number.NaN), result);
  };
}

/** `any` as a maximum and `all` as a minimum over int32. */
function logicalReduction(op: string): Kernel {
  return ({ ops, input, attributes }) => {
    const { axis, keepDims } = attributes<ReductionAttributes>();
    const x = ops.cast(ops.cast(input("x"), "bool"), "int32");
    return ops.cast(ops.reduce(op, x, axesOf(axis, x.shape.length), keepDims ?? false), "bool");
  };
}

function extremeIndex(op: string): Kernel {
  return ({ graph, ops, input, attributes }) => {
    const x = number(ops, input("x"));
    const axis = axesOf(attributes<{ axis: number | number[] }>().axis, x.shape.length)[0] ?? 0;
    const shape = x.shape.filter((_, other) => other !== axis);
    if (x.shape.length === 0) return graph.scalar("int32", 0);
    const worst = graph.scalar(
      "float32",
      op === "ArgMax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    );
    const numbers = x.type === "float32" ? ops.where(ops.elementwise("IsNaN", [x], "bool"), worst, x) : x;
    const index = graph.one(op, [numbers], "int64", shape, { attributes: { axis, keepdims: 0 } });
    return ops.cast(index, "int32");
  };
}

function alongLastAxis(op: string): Kernel {
  return ({ graph, input, ops }) => {
    const x = ops.float(input("logits"));
    return graph.one(op, [x], "float32", x.shape, { attributes: { axis: -1 } });
  };
}

interface CumulativeAttributes {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

function cumulativeSum({ graph, ops, input, attributes }: KernelCall): Value {
  const { axis, exclusive, reverse } = attributes<CumulativeAttributes>();
  const x = number(ops, input("x"));
  const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
  return graph.one("CumSum", [x, graph.scalar("int64", axis)], x.type, x.shape, { attributes: flags });
}

/** Products of growing prefixes by doubling: after step k, every element covers 2^k factors. */
function cumulativeProduct({ ops, input, attributes }: KernelCall): Value {
  const { axis, exclusive, reverse } = attributes<CumulativeAttributes>();
  let x = number(ops, input("x"));
  const length = x.shape[axis]!;
  const along = (count: number) => x.shape.map((_, other) => (other === axis ? count : 0));
  const none = along(0);
  const shifted = (value: Value, count: number) => {
    const size = value.shape.map((extent, other) => (other === axis ? extent - count : extent));
    const kept = ops.slice(value, reverse ? along(count) : none, size);
    return reverse ? ops.pad(kept, none, along(count), 1) : ops.pad(kept, along(count), none, 1);
  };
  if (exclusive) x = shifted(x, 1);
  for (let reach = 1; reach < length; reach *= 2) x = ops.mul(x, shifted(x, reach));
  return x;
}

/** Reduction kernels. */
export const reductionKernels: KernelTable = {
  All: logicalReduction("ReduceMin"),
  Any: logicalReduction("ReduceMax"),
  ArgMax: extremeIndex("ArgMax"),
  ArgMin: extremeIndex("ArgMin"),
  Cumprod: cumulativeProduct,
  Cumsum: cumulativeSum,
  LogSoftmax: alongLastAxis("LogSoftmax"),
  Max: extreme("ReduceMax"),
  Mean: reduction("ReduceMean", (ops, x) => ops.float(x)),
  Min: extreme("ReduceMin"),
  Prod: reduction("ReduceProd", number),
  Softmax: alongLastAxis("Softmax"),
  Sum: reduction("ReduceSum", number),
};

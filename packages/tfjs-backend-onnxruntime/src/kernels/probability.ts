// Sampling, counting and searching.
import { util } from "@tensorflow/tfjs-core";
import type { Value } from "../graph";
import type { Operations } from "../operations";
import type { Kernel, KernelTable } from "./kernel";

/** For every value, how many elements of its sorted row stand before it: `[rows, values]`. */
function insertionPoints(ops: Operations, rows: Value, values: Value, side: "left" | "right"): Value {
  const [count, length] = rows.shape as [number, number];
  const width = values.shape[1]!;
  const before = ops.compare(
    side === "left" ? "Less" : "LessOrEqual",
    ops.reshape(rows, [count, 1, length]),
    ops.reshape(values, [count, width, 1]),
  );
  return ops.reduce("ReduceSum", ops.cast(before, "int32"), [2], false);
}

/** Draws classes by where uniform numbers fall in the cumulative distribution. */
const multinomial: Kernel = ({ graph, ops, input, attributes }) => {
  const { numSamples, seed, normalized } = attributes<{
    numSamples: number;
    seed: number;
    normalized: boolean;
  }>();
  const logits = input("logits");
  const [batch, classes] = logits.shape as [number, number];
  const probabilities = normalized
    ? logits
    : graph.one("Softmax", [logits], "float32", logits.shape, { attributes: { axis: -1 } });
  const flags = { attributes: { exclusive: 0, reverse: 0 } };
  const cumulative = graph.one(
    "CumSum",
    [probabilities, graph.scalar("int64", 1)],
    "float32",
    logits.shape,
    flags,
  );
  const next = uniform(seed);
  const draws = graph.input(
    "float32",
    [batch, numSamples],
    Float32Array.from({ length: batch * numSamples }, next),
  );
  const drawn = insertionPoints(ops, cumulative, draws, "right");
  return ops.withNumber("Min", drawn, classes - 1);
};

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = Math.floor((seed || util.now()) * 2654435761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counts per integer value, of one row or of every row; numbers out of range are left out. */
const denseBincount: Kernel = ({ graph, ops, input, attributes }) => {
  const { size, binaryOutput } = attributes<{ size: number; binaryOutput?: boolean }>();
  const [x, weights] = [ops.cast(input("x"), "int32"), input("weights")];
  const classes = graph.constant(
    "int32",
    [size],
    Array.from({ length: size }, (_, index) => index),
  );
  const hit = ops.compare("Equal", ops.reshape(x, [...x.shape, 1]), classes);
  const axis = x.shape.length - 1;
  const zero = graph.scalar(weights.type, 0);
  const weight =
    weights.size === 0 || binaryOutput
      ? graph.scalar(weights.type, 1)
      : ops.reshape(weights, [...x.shape, 1]);
  const counted = ops.where(hit, weight, zero);
  return ops.reduce(binaryOutput ? "ReduceMax" : "ReduceSum", counted, [axis], false);
};

/** Sampling, counting and searching kernels. */
export const probabilityKernels: KernelTable = {
  DenseBincount: denseBincount,
  Multinomial: multinomial,
  SearchSorted: ({ ops, input, attributes }) =>
    insertionPoints(
      ops,
      input("sortedSequence"),
      input("values"),
      attributes<{ side: "left" | "right" }>().side,
    ),
};

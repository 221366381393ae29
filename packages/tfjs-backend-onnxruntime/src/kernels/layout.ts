// Kernels that move elements without computing: slices, concatenation, padding,
// tiling, transposes, and tensors filled from attributes.
import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import { elementsOf, type Value } from "../graph";
import type { OnnxType } from "../onnx-model";
import { inversePermutation, type Operations } from "../operations";
import { axesOf, type Kernel, type KernelTable } from "./kernel";

const range = (length: number) => Array.from({ length }, (_, index) => index);

function split(ops: Operations, x: Value, axis: number, sizes: readonly number[]): Value[] {
  let start = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, other) => (other === axis ? start : 0));
    start += size;
    return ops.slice(
      x,
      begin,
      x.shape.map((length, other) => (other === axis ? size : length)),
    );
  });
}

/** Source index of every position of an axis padded by reflection. */
function mirrored(length: number, before: number, after: number, symmetric: boolean): number[] {
  const offset = symmetric ? 0 : 1;
  return range(length + before + after).map((position) => {
    if (position < before) return before - 1 - position + offset;
    const index = position - before;
    return index < length ? index : 2 * length - 1 - index - offset;
  });
}

function filled(type: OnnxType, shape: readonly number[], value: number, ops: Operations): Value {
  return elementsOf(shape) === 0 ? ops.graph.constant(type, shape, []) : ops.fill(type, shape, value);
}

/** Reshape, transpose, reshape: the shape of every space-to-depth style kernel. */
function rearranged(
  ops: Operations,
  x: Value,
  split: readonly number[],
  permutation: readonly number[],
  merged: readonly number[],
): Value {
  return ops.reshape(ops.transpose(ops.reshape(x, split), permutation), merged);
}

interface BlockAttributes {
  blockShape: number[];
  crops: number[][];
  paddings: [number, number][];
}

const batchToSpace: Kernel = ({ ops, input, attributes }) => {
  const { blockShape, crops } = attributes<BlockAttributes>();
  const x = input("x");
  const block = elementsOf(blockShape);
  const split = backend_util.getReshaped([...x.shape], blockShape, block);
  const permutation = backend_util.getPermuted(split.length, blockShape.length);
  const merged = backend_util.getReshapedPermuted([...x.shape], blockShape, block);
  const begin = backend_util.getSliceBeginCoords(crops, blockShape.length);
  const size = backend_util.getSliceSize(merged, crops, blockShape.length);
  const whole = rearranged(ops, x, split, permutation, merged);
  return ops.slice(whole, pad(begin, merged.length, 0), [...size, ...merged.slice(size.length)]);
};

const pad = (list: readonly number[], length: number, value: number) => [
  ...list,
  ...new Array<number>(length - list.length).fill(value),
];

const spaceToBatch: Kernel = ({ ops, input, attributes }) => {
  const { blockShape, paddings } = attributes<BlockAttributes>();
  const x = input("x");
  const rank = x.shape.length;
  const before = pad([0, ...paddings.map(([start]) => start)], rank, 0);
  const after = pad([0, ...paddings.map(([, end]) => end)], rank, 0);
  const padded = ops.pad(x, before, after, 0);
  const block = elementsOf(blockShape);
  const split = backend_util.getReshaped([...padded.shape], blockShape, block, false);
  const permutation = backend_util.getPermuted(split.length, blockShape.length, false);
  const merged = backend_util.getReshapedPermuted([...padded.shape], blockShape, block, false);
  return rearranged(ops, padded, split, permutation, merged);
};

const depthToSpace: Kernel = ({ ops, input, attributes }) => {
  const { blockSize: n, dataFormat } = attributes<{ blockSize: number; dataFormat: "NHWC" | "NCHW" }>();
  const x = input("x");
  if (dataFormat === "NCHW") {
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const depth = channels / (n * n);
    const merged = [batch, depth, height * n, width * n];
    return rearranged(ops, x, [batch, n, n, depth, height, width], [0, 3, 4, 1, 5, 2], merged);
  }
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const depth = channels / (n * n);
  const merged = [batch, height * n, width * n, depth];
  return rearranged(ops, x, [batch, height, width, n, n, depth], [0, 1, 3, 2, 4, 5], merged);
};

const stridedSlice: Kernel = ({ ops, input, attributes }) => {
  const options = attributes<{
    begin: number[];
    end: number[];
    strides: number[];
    beginMask: number;
    endMask: number;
    ellipsisMask: number;
    newAxisMask: number;
    shrinkAxisMask: number;
  }>();
  const x = input("x");
  const info = slice_util.sliceInfo(
    [...x.shape],
    options.begin,
    options.end,
    options.strides,
    options.beginMask,
    options.endMask,
    options.ellipsisMask,
    options.newAxisMask,
    options.shrinkAxisMask,
  );
  if (info.isIdentity) return ops.reshape(x, info.finalShape);
  const size = slice_util.computeOutShape(info.begin, info.end, info.strides);
  if (elementsOf(size) === 0) return ops.graph.constant(x.type, info.finalShape, []);
  return ops.reshape(ops.slice(x, info.begin, size, info.strides), info.finalShape);
};

/** Layout kernels. */
export const layoutKernels: KernelTable = {
  BatchToSpaceND: batchToSpace,
  SpaceToBatchND: spaceToBatch,
  DepthToSpace: depthToSpace,
  StridedSlice: stridedSlice,
  BroadcastTo: ({ ops, input, attributes }) =>
    ops.expand(input("x"), attributes<{ shape: number[] }>().shape),
  Concat: ({ ops, list, attributes }) => {
    const axis = axesOf(attributes<{ axis: number }>().axis, list[0]!.shape.length)[0]!;
    backend_util.assertParamsConsistent(
      list.map(({ shape }) => [...shape]),
      axis,
    );
    const whole = ops.concat(list, axis);
    const length = list.reduce((sum, value) => sum + value.shape[axis]!, 0);
    return ops.reshape(
      whole,
      list[0]!.shape.map((extent, other) => (other === axis ? length : extent)),
    );
  },
  Fill: ({ ops, attributes }) => {
    const { shape, value, dtype } = attributes<{ shape: number[]; value: number; dtype?: OnnxType }>();
    return filled(dtype ?? "float32", shape, value, ops);
  },
  LinSpace: ({ graph, attributes }) => {
    const { start, stop, num } = attributes<{ start: number; stop: number; num: number }>();
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return graph.constant(
      "float32",
      [num],
      range(num).map((index) => start + index * step),
    );
  },
  MirrorPad: ({ graph, ops, input, attributes }) => {
    const { paddings, mode } = attributes<{ paddings: [number, number][]; mode: string }>();
    return paddings.reduce((x, [before, after], axis) => {
      if (before === 0 && after === 0) return x;
      const indices = mirrored(x.shape[axis]!, before, after, mode === "symmetric");
      return ops.gather(x, graph.int64(indices), axis);
    }, input("x"));
  },
  OneHot: ({ graph, ops, input, attributes }) => {
    const options = attributes<{ depth: number; onValue: number; offValue: number; dtype?: OnnxType }>();
    const type = options.dtype ?? "float32";
    const indices = ops.cast(input("indices"), "int32");
    const classes = graph.constant("int32", [options.depth], range(options.depth));
    const hit = ops.compare("Equal", ops.reshape(indices, [...indices.shape, 1]), classes);
    if (type === "bool") return options.onValue === 1 ? hit : ops.elementwise("Not", [hit], "bool");
    return ops.where(hit, graph.scalar(type, options.onValue), graph.scalar(type, options.offValue));
  },
  OnesLike: ({ ops, input }) => filled(input("x").type, input("x").shape, 1, ops),
  ZerosLike: ({ ops, input }) => filled(input("x").type, input("x").shape, 0, ops),
  Pack: ({ ops, list, attributes }) => {
    const first = list[0]!;
    const axis = axesOf(attributes<{ axis: number }>().axis, first.shape.length + 1)[0]!;
    for (const { shape, type } of list) {
      util.assertShapesMatch(
        [...first.shape],
        [...shape],
        "All tensors passed to stack must have matching shapes",
      );
      util.assert(first.type === type, () => "All tensors passed to stack must have matching dtypes");
    }
    const parts = list.map((value) =>
      ops.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]),
    );
    return ops.concat(parts, axis);
  },
  PadV2: ({ ops, input, attributes }) => {
    const { paddings, constantValue } = attributes<{ paddings: [number, number][]; constantValue: number }>();
    const x = input("x");
    const before = paddings.map(([start]) => start);
    const after = paddings.map(([, end]) => end);
    if (x.size > 0) return ops.pad(x, before, after, constantValue);
    const shape = x.shape.map((length, axis) => length + before[axis]! + after[axis]!);
    return filled(x.type, shape, constantValue, ops);
  },
  Range: ({ graph, attributes }) => {
    const { start, stop, step, dtype } = attributes<{
      start: number;
      stop: number;
      step: number;
      dtype: OnnxType;
    }>();
    const length =
      start === stop || (start < stop && step < 0) || (stop < start && step > 1)
        ? 0
        : Math.abs(Math.ceil((stop - start) / step));
    const stride = stop < start && step === 1 ? -1 : step;
    return graph.constant(
      dtype,
      [length],
      range(length).map((index) => start + index * stride),
    );
  },
  Reverse: ({ ops, input, attributes }) => {
    const x = input("x");
    const axes = util.parseAxisParam(attributes<{ dims: number | number[] }>().dims, [...x.shape]);
    const reversed = x.shape.map((length, axis) => axes.includes(axis) && length > 1);
    const begin = x.shape.map((length, axis) => (reversed[axis] ? length - 1 : 0));
    return ops.slice(
      x,
      begin,
      x.shape,
      reversed.map((flag) => (flag ? -1 : 1)),
    );
  },
  Slice: ({ ops, input, attributes }) => {
    const { begin, size } = attributes<{ begin: number | number[]; size: number | number[] }>();
    const x = input("x");
    const [starts, sizes] = slice_util.parseSliceParams({ shape: [...x.shape] } as never, begin, size);
    slice_util.assertParamsValid({ shape: [...x.shape] } as never, starts!, sizes!);
    return ops.slice(x, starts!, sizes!);
  },
  SplitV: ({ ops, input, attributes }) => {
    const { numOrSizeSplits, axis } = attributes<{ numOrSizeSplits: number | number[]; axis: number }>();
    const x = input("x");
    const along = axesOf(axis, x.shape.length)[0]!;
    return split(ops, x, along, backend_util.prepareSplitSize(x as never, numOrSizeSplits, along));
  },
  Tile: ({ graph, ops, input, attributes }) => {
    const { reps } = attributes<{ reps: number[] }>();
    const x = input("x");
    const shape = x.shape.map((length, axis) => length * reps[axis]!);
    if (elementsOf(shape) === 0) return graph.constant(x.type, shape, []);
    if (x.shape.every((length, axis) => length === 1 || reps[axis] === 1)) return ops.expand(x, shape);
    return graph.one("Tile", [x, graph.int64(reps)], x.type, shape);
  },
  Transpose: ({ ops, input, attributes }) => ops.transpose(input("x"), attributes<{ perm: number[] }>().perm),
  Unpack: ({ ops, input, attributes }) => {
    const x = input("value");
    const axis = axesOf(attributes<{ axis: number }>().axis, x.shape.length)[0]!;
    const shape = x.shape.filter((_, other) => other !== axis);
    const sizes = new Array<number>(x.shape[axis]!).fill(1);
    return split(ops, x, axis, sizes).map((part) => ops.reshape(part, shape));
  },
};

/** The axes of a channels-last tensor in channels-first order, and back. */
export const toChannelsFirst: readonly number[] = [0, 3, 1, 2];
export const toChannelsLast: readonly number[] = inversePermutation(toChannelsFirst);

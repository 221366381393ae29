// Average and maximum pooling in two dimensions, with gradients.
import { backend_util } from "@tensorflow/tfjs-core";
import { elementsOf, sameShape, type Value } from "../graph";
import type { Operations } from "../operations";
import type { KernelCall, KernelTable } from "./kernel";
import { toChannelsFirst, toChannelsLast } from "./layout";

interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

type Info = backend_util.Conv2DInfo;

function poolInfo({ attributes }: KernelCall, x: Value): Info {
  const { filterSize, strides, pad, dimRoundingMode } = attributes<PoolAttributes>();
  const shape = x.shape as [number, number, number, number];
  return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

/** ONNX pools round down; padding at the end is grown where tfjs rounds up. */
function windowAttributes(info: Info) {
  const { top, left, bottom, right } = info.padInfo;
  const missing = (
    out: number,
    stride: number,
    kernel: number,
    length: number,
    before: number,
    after: number,
  ) => Math.max(after, (out - 1) * stride + kernel - length - before);
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [
      top,
      left,
      missing(info.outHeight, info.strideHeight, info.filterHeight, info.inHeight, top, bottom),
      missing(info.outWidth, info.strideWidth, info.filterWidth, info.inWidth, left, right),
    ],
  };
}

/** What tfjs defines as no pooling at all, whatever the stride and padding. */
function isIdentity(info: Info): boolean {
  return info.filterHeight === 1 && info.filterWidth === 1 && sameShape(info.inShape, info.outShape);
}

/** The channels-first input and window; padding as wide as a window, which ONNX refuses, is written out. */
function windowed(ops: Operations, x: Value, info: Info, filler: number) {
  const attributes = windowAttributes(info);
  const planes = ops.transpose(x, toChannelsFirst);
  const [top, left, bottom, right] = attributes.pads as [number, number, number, number];
  if (Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth) {
    return { planes, attributes };
  }
  const padded = ops.pad(planes, [0, 0, top, left], [0, 0, bottom, right], filler);
  return { planes: padded, attributes: { ...attributes, pads: [0, 0, 0, 0] } };
}

const outShape = (info: Info) => [info.batchSize, info.inChannels, info.outHeight, info.outWidth];

function maxPool(call: KernelCall): Value {
  const { ops, graph, input } = call;
  const x = input("x");
  const info = poolInfo(call, x);
  if (isIdentity(info)) return x;
  const { planes, attributes } = windowed(ops, x, info, Number.NEGATIVE_INFINITY);
  const pooled = graph.one("MaxPool", [planes], x.type, outShape(info), { attributes });
  return ops.transpose(pooled, toChannelsLast);
}

/** Sends each output's gradient to the first maximum of its window. */
function maxPoolGradient(call: KernelCall): Value {
  const { ops, graph, input } = call;
  const x = input("input");
  const info = poolInfo(call, x);
  const { planes, attributes } = windowed(ops, x, info, Number.NEGATIVE_INFINITY);
  const outputs = [
    { type: "float32", shape: outShape(info) },
    { type: "int64", shape: outShape(info) },
  ] as const;
  const indices = graph.record("MaxPool", [planes], outputs, { attributes })[1]!;
  const dy = ops.transpose(input("dy"), toChannelsFirst);
  const dx = graph.one(
    "ScatterElements",
    [ops.fill("float32", [planes.size], 0), ops.reshape(indices, [indices.size]), ops.reshape(dy, [dy.size])],
    "float32",
    [planes.size],
    { attributes: { axis: 0, reduction: "add" } },
  );
  const start =
    planes.shape[2] === info.inHeight && planes.shape[3] === info.inWidth
      ? [0, 0]
      : [info.padInfo.top, info.padInfo.left];
  const size = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  return ops.transpose(ops.slice(ops.reshape(dx, planes.shape), [0, 0, ...start], size), toChannelsLast);
}

function averagePool(call: KernelCall): Value {
  const { ops, graph, input } = call;
  const x = ops.float(input("x"));
  const info = poolInfo(call, x);
  if (isIdentity(info)) return x;
  const { planes, attributes } = windowed(ops, x, info, 0);
  const pooled = graph.one("AveragePool", [planes], "float32", outShape(info), {
    attributes: { ...attributes, count_include_pad: 0 },
  });
  if (planes.shape[2] === info.inHeight && planes.shape[3] === info.inWidth) {
    return ops.transpose(pooled, toChannelsLast);
  }
  const area = graph.scalar("float32", info.filterHeight * info.filterWidth);
  return ops.transpose(ops.mul(pooled, ops.mul(windowShares(ops, info), area)), toChannelsLast);
}

/** How many elements of the input, padding left out, each window along one axis covers. */
function covered(out: number, stride: number, kernel: number, length: number, before: number): number[] {
  return Array.from({ length: out }, (_, index) => {
    const start = index * stride - before;
    return Math.min(start + kernel, length) - Math.max(start, 0);
  });
}

/** One over the number of elements that every window covers, `[height, width]` of the output. */
function windowShares(ops: Operations, info: Info): Value {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } = info;
  const tall = covered(outHeight, strideHeight, filterHeight, info.inHeight, padInfo.top);
  const wide = covered(outWidth, strideWidth, filterWidth, info.inWidth, padInfo.left);
  const shares = tall.flatMap((rows) =>
    wide.map((columns) => 1 / (Math.max(0, rows) * Math.max(0, columns))),
  );
  return ops.graph.constant("float32", [outHeight, outWidth], shares);
}

/** Spreads each output's gradient evenly: a transposed convolution of single planes with ones. */
function averagePoolGradient(call: KernelCall): Value {
  const { ops, input } = call;
  const x = input("input");
  const info = poolInfo(call, x);
  const dy = ops.mul(ops.transpose(input("dy"), toChannelsFirst), windowShares(ops, info));
  const planes = ops.reshape(dy, [info.batchSize * info.inChannels, 1, info.outHeight, info.outWidth]);
  const spread = spreadOnes(ops, planes, info);
  const dx = ops.reshape(spread, [info.batchSize, info.inChannels, info.inHeight, info.inWidth]);
  return ops.transpose(dx, toChannelsLast);
}

function spreadOnes(ops: Operations, planes: Value, info: Info): Value {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, inHeight, inWidth } =
    info;
  const { top, left } = info.padInfo;
  const full = [(outHeight - 1) * strideHeight + filterHeight, (outWidth - 1) * strideWidth + filterWidth];
  const ones = ops.fill("float32", [1, 1, filterHeight, filterWidth], 1);
  const attributes = { strides: [strideHeight, strideWidth], kernel_shape: [filterHeight, filterWidth] };
  const shape = [planes.shape[0]!, 1, full[0]!, full[1]!];
  const spread = ops.graph.one("ConvTranspose", [planes, ones], "float32", shape, { attributes });
  const after = [Math.max(0, inHeight + top - full[0]!), Math.max(0, inWidth + left - full[1]!)];
  const padded = ops.pad(spread, [0, 0, 0, 0], [0, 0, ...after], 0);
  return ops.slice(padded, [0, 0, top, left], [planes.shape[0]!, 1, inHeight, inWidth]);
}

/** The flattened position of each maximum, in the order [batch,] height, width, channel. */
function maxPoolWithArgmax(call: KernelCall): Value[] {
  const { ops, graph, input, attributes } = call;
  const x = input("x");
  const info = poolInfo(call, x);
  const { batchSize, inChannels, inHeight, inWidth } = info;
  const outputs = [
    { type: "float32", shape: outShape(info) },
    { type: "int64", shape: outShape(info) },
  ] as const;
  const nothing = graph.scalar("float32", Number.NEGATIVE_INFINITY);
  const numbers = ops.where(ops.elementwise("IsNaN", [x], "bool"), nothing, x);
  const [maximum, flat] = graph.record("MaxPool", [ops.transpose(numbers, toChannelsFirst)], outputs, {
    attributes: windowAttributes(info),
  }) as [Value, Value];
  const area = inHeight * inWidth;
  const position = ops.elementwise("Mod", [flat, graph.scalar("int64", area)], "int64");
  const channels = graph.constant(
    "int64",
    [1, inChannels, 1, 1],
    Array.from({ length: inChannels }, (_, c) => c),
  );
  let index = ops.add(ops.withNumber("Mul", position, inChannels), channels);
  if (attributes<{ includeBatchInIndex: boolean }>().includeBatchInIndex) {
    const sample = elementsOf(x.shape.slice(1));
    const batches = graph.constant(
      "int64",
      [batchSize, 1, 1, 1],
      Array.from({ length: batchSize }, (_, b) => b * sample),
    );
    index = ops.add(index, batches);
  }
  return [ops.transpose(maximum, toChannelsLast), ops.transpose(ops.cast(index, "int32"), toChannelsLast)];
}

/** Pooling kernels. */
export const poolingKernels: KernelTable = {
  AvgPool: averagePool,
  AvgPoolGrad: averagePoolGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  MaxPoolWithArgmax: maxPoolWithArgmax,
};

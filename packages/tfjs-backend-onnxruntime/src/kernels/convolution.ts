// Two-dimensional convolutions and their gradients. Inside the graph everything is
// channels-first, as ONNX convolutions are; the transposes cancel between layers.
import { backend_util } from "@tensorflow/tfjs-core";
import type { Value } from "../graph";
import type { Operations } from "../operations";
import { activate } from "./elementwise";
import { plainFilterGradient } from "./filter-gradient";
import type { KernelCall, KernelTable } from "./kernel";
import { toChannelsFirst, toChannelsLast } from "./layout";

type Info = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat?: "NHWC" | "NCHW";
  dilations?: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
  filterShape: Shape4D;
  inputShape: Shape4D;
}

function convolutionInfo(
  options: ConvolutionAttributes,
  input: Shape4D,
  filter: Shape4D,
  depthwise: boolean,
): Info {
  return backend_util.computeConv2DInfo(
    input,
    filter,
    options.strides,
    options.dilations ?? 1,
    options.pad,
    options.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(options.dataFormat ?? "NHWC"),
  );
}

const channelsFirst = (ops: Operations, x: Value, info: Info) =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, toChannelsFirst) : x;

const inDataFormat = (ops: Operations, x: Value, info: Info) =>
  info.dataFormat === "channelsLast" ? ops.transpose(x, toChannelsLast) : x;

const padsOf = ({ padInfo: { top, left, bottom, right } }: Info) => [top, left, bottom, right];
const stridesOf = (info: Info) => [info.strideHeight, info.strideWidth];
const dilationsOf = (info: Info) => [info.dilationHeight, info.dilationWidth];
const kernelOf = (info: Info) => [info.filterHeight, info.filterWidth];

/** A filter [height, width, in, out] as ONNX [out, in, height, width]. */
const outInOrder = [3, 2, 0, 1];

/** A depthwise filter [height, width, in, multiplier] as ONNX [in * multiplier, 1, height, width]. */
function depthwiseFilter(ops: Operations, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as Shape4D;
  return ops.reshape(ops.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function forward(ops: Operations, x: Value, filter: Value, info: Info, group: number): Value {
  const attributes = {
    strides: stridesOf(info),
    pads: padsOf(info),
    dilations: dilationsOf(info),
    kernel_shape: kernelOf(info),
    group,
  };
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  return ops.graph.one("Conv", [x, filter], "float32", shape, { attributes });
}

/** Extent that a strided transposed convolution reaches before padding is added to its end. */
function reached(
  out: number,
  stride: number,
  kernel: number,
  dilation: number,
  before: number,
  after: number,
): number {
  return stride * (out - 1) + (kernel - 1) * dilation + 1 - before - after;
}

/** Gradient with respect to the input; the filter is in ONNX order, [out, in / group, height, width]. */
function inputGradient(ops: Operations, dy: Value, filter: Value, info: Info, group: number): Value {
  const { inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  const [strideY, strideX] = stridesOf(info) as [number, number];
  const [dilationY, dilationX] = dilationsOf(info) as [number, number];
  const shape = [info.batchSize, info.inChannels, inHeight, inWidth];
  const plain = strideY === 1 && strideX === 1;
  if (plain && group === 1) {
    const [reachY, reachX] = [info.effectiveFilterHeight - 1, info.effectiveFilterWidth - 1];
    const pads = [
      reachY - padInfo.top,
      reachX - padInfo.left,
      reachY - padInfo.bottom,
      reachX - padInfo.right,
    ];
    if (pads.every((count) => count >= 0)) {
      const swapped = ops.transpose(filter, [1, 0, 2, 3]);
      const [, , height, width] = swapped.shape as Shape4D;
      const flipped = ops.slice(swapped, [0, 0, height - 1, width - 1], swapped.shape, [
        1,
        1,
        height === 1 ? 1 : -1,
        width === 1 ? 1 : -1,
      ]);
      const attributes = {
        strides: [1, 1],
        pads,
        dilations: dilationsOf(info),
        kernel_shape: kernelOf(info),
        group: 1,
      };
      return ops.graph.one("Conv", [dy, flipped], "float32", shape, { attributes });
    }
  }
  const rest = [
    inHeight - reached(outHeight, strideY, info.filterHeight, dilationY, padInfo.top, padInfo.bottom),
    inWidth - reached(outWidth, strideX, info.filterWidth, dilationX, padInfo.left, padInfo.right),
  ] as [number, number];
  const attributes = {
    strides: stridesOf(info),
    dilations: dilationsOf(info),
    kernel_shape: kernelOf(info),
    group,
    pads: padsOf(info),
  };
  const produced = [info.batchSize, info.inChannels, inHeight - rest[0], inWidth - rest[1]];
  const dx = ops.graph.one("ConvTranspose", [dy, filter], "float32", produced, { attributes });
  return ops.pad(dx, [0, 0, 0, 0], [0, 0, rest[0], rest[1]], 0);
}

/** The convolution of x [channels, batch, ...] with dy as filters: the gradient with respect to the filter, cropped. */
function filterGradient(
  ops: Operations,
  x: Value,
  dy: Value,
  info: Info,
  group: number,
  rows: number,
): Value {
  const [strideY, strideX] = stridesOf(info) as [number, number];
  const [dilationY, dilationX] = dilationsOf(info) as [number, number];
  const { top, left, bottom, right } = info.padInfo;
  const extent = (length: number, out: number, pad: number, stride: number, dilation: number) =>
    Math.floor((length + pad - (out - 1) * stride - 1) / dilation) + 1;
  const height = extent(info.inHeight, info.outHeight, top + bottom, strideY, dilationY);
  const width = extent(info.inWidth, info.outWidth, left + right, strideX, dilationX);
  const attributes = {
    strides: dilationsOf(info),
    dilations: stridesOf(info),
    pads: padsOf(info),
    kernel_shape: [info.outHeight, info.outWidth],
    group,
  };
  const shape = [rows, dy.shape[0]!, height, width];
  const gradient = ops.graph.one("Conv", [x, dy], "float32", shape, { attributes });
  const size = [rows, dy.shape[0]!, info.filterHeight, info.filterWidth];
  return ops.slice(gradient, [0, 0, 0, 0], size);
}

function convolve(call: KernelCall, depthwise: boolean): Value {
  const { ops, input, attributes } = call;
  const [x, filter] = [input("x"), input("filter")];
  const options = attributes<ConvolutionAttributes>();
  const info = convolutionInfo(options, x.shape as Shape4D, filter.shape as Shape4D, depthwise);
  const weights = depthwise ? depthwiseFilter(ops, filter) : ops.transpose(filter, outInOrder);
  const y = forward(ops, channelsFirst(ops, x, info), weights, info, depthwise ? info.inChannels : 1);
  return inDataFormat(ops, y, info);
}

function fused(call: KernelCall, depthwise: boolean): Value {
  const { ops, optional, attributes } = call;
  const options = attributes<ConvolutionAttributes & { activation: string; leakyreluAlpha?: number }>();
  let y = convolve(call, depthwise);
  const perChannel = (value: Value) =>
    options.dataFormat === "NCHW" && value.shape.length === 1 && value.size > 1
      ? ops.reshape(value, [value.size, 1, 1])
      : value;
  const bias = optional("bias");
  if (bias !== undefined) y = ops.add(y, perChannel(bias));
  const alpha = optional("preluActivationWeights");
  return activate(ops, y, options.activation, options.leakyreluAlpha, alpha && perChannel(alpha));
}

function backpropInput({ ops, input, attributes }: KernelCall, depthwise: boolean): Value {
  const options = attributes<ConvolutionAttributes>();
  const [dy, filter] = [input("dy"), input("filter")];
  const info = convolutionInfo(options, options.inputShape, filter.shape as Shape4D, depthwise);
  const weights = depthwise ? depthwiseFilter(ops, filter) : ops.transpose(filter, outInOrder);
  const group = depthwise ? info.inChannels : 1;
  const size = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  const planes = ops.slice(channelsFirst(ops, dy, info), [0, 0, 0, 0], size);
  return inDataFormat(ops, inputGradient(ops, planes, weights, info, group), info);
}

function backpropFilter({ ops, input, attributes }: KernelCall): Value {
  const options = attributes<ConvolutionAttributes>();
  const x = input("x");
  const info = convolutionInfo(options, x.shape as Shape4D, options.filterShape, false);
  const [images, dy] = [channelsFirst(ops, x, info), channelsFirst(ops, input("dy"), info)];
  if ([...stridesOf(info), ...dilationsOf(info)].every((step) => step === 1)) {
    const { top, left, bottom, right } = info.padInfo;
    const gradient = plainFilterGradient(ops, images, dy, {
      batch: info.batchSize,
      inChannels: info.inChannels,
      outChannels: info.outChannels,
      input: [info.inHeight, info.inWidth],
      output: [info.outHeight, info.outWidth],
      filter: [info.filterHeight, info.filterWidth],
      before: [top, left],
      after: [bottom, right],
    });
    return ops.transpose(gradient, [2, 3, 0, 1]);
  }
  const columns = ops.transpose(images, [1, 0, 2, 3]);
  const filters = ops.transpose(dy, [1, 0, 2, 3]);
  const gradient = filterGradient(ops, columns, filters, info, 1, info.inChannels);
  return ops.transpose(gradient, [2, 3, 0, 1]);
}

function backpropDepthwiseFilter({ ops, input, attributes }: KernelCall): Value {
  const options = attributes<ConvolutionAttributes>();
  const x = input("x");
  const info = convolutionInfo(options, x.shape as Shape4D, options.filterShape, true);
  const { inChannels, batchSize, inHeight, inWidth } = info;
  const columns = ops.reshape(ops.transpose(channelsFirst(ops, x, info), [1, 0, 2, 3]), [
    1,
    inChannels * batchSize,
    inHeight,
    inWidth,
  ]);
  const filters = ops.transpose(channelsFirst(ops, input("dy"), info), [1, 0, 2, 3]);
  const gradient = filterGradient(ops, columns, filters, info, inChannels, 1);
  const multiplier = info.outChannels / inChannels;
  const split = ops.reshape(gradient, [inChannels, multiplier, info.filterHeight, info.filterWidth]);
  return ops.transpose(split, [2, 3, 0, 1]);
}

/** Convolution kernels. */
export const convolutionKernels: KernelTable = {
  Conv2D: (call) => convolve(call, false),
  Conv2DBackpropFilter: backpropFilter,
  Conv2DBackpropInput: (call) => backpropInput(call, false),
  DepthwiseConv2dNative: (call) => convolve(call, true),
  DepthwiseConv2dNativeBackpropFilter: backpropDepthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: (call) => backpropInput(call, true),
  FusedConv2D: (call) => fused(call, false),
  FusedDepthwiseConv2D: (call) => fused(call, true),
};

// The layers that several networks share, over NHWC tensors: convolution with bias,
// batch normalisation, leaky ReLU. Each makes its variables in a Parameters object.
import { batchNormTraining, layerNorm as normalizeLast } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "./parameters";

/** A layer: `training` decides whether batch statistics are used and moving ones updated. */
export type Layer = (x: tf.Tensor4D, training: boolean) => tf.Tensor4D;

/** Options of {@link convolution}. */
export interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: readonly [height: number, width: number];
  readonly bias: boolean;
  /** Wrap around the antenna axis, which is a DFT axis, in place of zeros. */
  readonly circular?: boolean;
  /** Stride in both directions, with no padding: patches that do not overlap. */
  readonly patches?: boolean;
  readonly start?: "xavier" | "zero";
}

/** A convolution of stride 1 that keeps the size (or one step per patch); variables `name.weight`, `name.bias`. */
export function convolution(parameters: Parameters, name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, circular = false, patches = false } = options;
  const weight = parameters.kernel(`${name}.weight`, [...kernel, inputs, outputs], options.start);
  const bias = options.bias ? parameters.constant(`${name}.bias`, [outputs], 0) : undefined;
  const strides: [number, number] = patches ? [kernel[0], kernel[1]] : [1, 1];
  return (x) => {
    const wraps = circular && kernel[1] > 1;
    const padded = wraps ? wrapAntennas(x, (kernel[0] - 1) / 2, (kernel[1] - 1) / 2) : x;
    const y = tf.conv2d(
      padded,
      weight as unknown as tf.Tensor4D,
      strides,
      wraps || patches ? "valid" : "same",
    );
    return bias ? tf.add(y, bias) : y;
  };
}

/** Zeros above and below, the other end of the antenna axis left and right. */
function wrapAntennas(x: tf.Tensor4D, delays: number, antennas: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const left = tf.slice(x, [0, 0, width - antennas, 0], [batch, height, antennas, channels]);
  const right = tf.slice(x, [0, 0, 0, 0], [batch, height, antennas, channels]);
  const wide = tf.concat([left, x, right], 2);
  return delays === 0
    ? wide
    : tf.pad(wide, [
        [0, 0],
        [delays, delays],
        [0, 0],
        [0, 0],
      ]);
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Start of the learned scale: 1, or 0 for a branch that starts switched off. */
  readonly gain?: 0 | 1;
  readonly epsilon?: number;
  /** Weight of the new batch in the moving statistics. */
  readonly momentum?: number;
}

/**
 * Batch normalisation over the last axis with PyTorch's names and conventions: variables
 * `name.weight`, `name.bias`, `name.running_mean`, `name.running_var`; the moving variance is
 * the unbiased one.
 */
export function batchNorm(
  parameters: Parameters,
  name: string,
  channels: number,
  options: BatchNormOptions = {},
): Layer {
  const { gain = 1, epsilon = 1e-5, momentum = 0.1 } = options;
  const weight = parameters.constant(`${name}.weight`, [channels], gain);
  const bias = parameters.constant(`${name}.bias`, [channels], 0);
  const runningMean = parameters.constant(`${name}.running_mean`, [channels], 0, false);
  const runningVariance = parameters.constant(`${name}.running_var`, [channels], 1, false);
  return (x, training) => {
    if (!training) {
      const scale = tf.div(weight, tf.sqrt(tf.add(runningVariance, epsilon)));
      return tf.add(tf.mul(x, scale), tf.sub(bias, tf.mul(runningMean, scale)));
    }
    const { output, mean, variance } = batchNormTraining(x, weight, bias, epsilon);
    const count = x.size / channels;
    const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
    runningMean.assign(tf.add(tf.mul(runningMean, 1 - momentum), tf.mul(mean, momentum)));
    runningVariance.assign(tf.add(tf.mul(runningVariance, 1 - momentum), tf.mul(unbiased, momentum)));
    return output;
  };
}

/** Convolution without bias, then batch normalisation: variables `name.conv.weight` and `name.bn.*`. */
export function convolutionNorm(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
  kernel: readonly [height: number, width: number],
  options: BatchNormOptions = {},
): Layer {
  const layer = convolution(parameters, `${name}.conv`, { inputs, outputs, kernel, bias: false });
  const norm = batchNorm(parameters, `${name}.bn`, outputs, options);
  return (x, training) => norm(layer(x, training), training);
}

/** A matrix product with bias over rows, PyTorch's initial bias; variables `name.weight`, `name.bias`. */
export function linear(
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
): (x: tf.Tensor2D) => tf.Tensor2D {
  const weight = parameters.matrix(`${name}.weight`, [inputs, outputs]) as unknown as tf.Tensor2D;
  const bias = parameters.uniform(`${name}.bias`, [outputs], 1 / Math.sqrt(inputs));
  return (x) => tf.add(tf.matMul(x, weight), bias);
}

/** Leaky ReLU with the slope of eq. 10. */
export function leakyRelu(x: tf.Tensor4D): tf.Tensor4D {
  return tf.leakyRelu(x, 0.3);
}

/** Layer normalisation over the last axis; variables `name.weight`, `name.bias`. */
export function layerNorm(
  parameters: Parameters,
  name: string,
  size: number,
  epsilon = 1e-5,
): (x: tf.Tensor) => tf.Tensor {
  const weight = parameters.constant(`${name}.weight`, [size], 1);
  const bias = parameters.constant(`${name}.bias`, [size], 0);
  return (x) => normalizeLast(x, weight, bias, epsilon);
}

/** Planes first to planes last: `[batch, 2, delays, antennas]` to `[batch, delays, antennas, 2]`. */
export function toPlanesLast(x: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(x, [0, 2, 3, 1]);
}

/** Planes last to planes first. */
export function toPlanesFirst(x: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(x, [0, 3, 1, 2]);
}

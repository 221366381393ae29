// Normalisations with closed-form gradients: a handful of passes over the data
// where the composed operations and their derived gradients take dozens.
import * as tf from "@tensorflow/tfjs-core";
import { onOnnxruntime, runFused } from "./run-fused";

/** Axes of a tensor but the last. */
function leadingAxes(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}

/** Sums over all axes but the last. */
function sumLeading(x: tf.Tensor): tf.Tensor {
  return tf.sum(x, leadingAxes(x));
}

type Normalized = [output: tf.Tensor, mean: tf.Tensor, inverse: tf.Tensor];

function normalizeLast(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor, epsilon: number): Normalized {
  if (onOnnxruntime()) return runFused("FusedLayerNorm", { x, gain, bias }, { epsilon }) as Normalized;
  const mean = tf.mean(x, -1, true);
  const centered = tf.sub(x, mean);
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return [tf.add(tf.mul(tf.mul(centered, inverse), gain), bias), mean, inverse];
}

/**
 * Layer normalisation over the last axis: `(x - mean) / sqrt(variance + epsilon) * gain + bias`.
 *
 * @param x any shape `[..., features]`
 * @param gain `[features]`
 * @param bias `[features]`
 * @param epsilon added to the variance
 * @returns the shape of `x`
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { layerNorm, registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
 *
 * await registerOnnxruntimeBackend();
 * await tf.setBackend("onnxruntime");
 * const y = layerNorm(tf.tensor2d([[1, 3]]), tf.ones([2]), tf.zeros([2]), 0);
 * console.log(Array.from(await y.data())); // [ -1, 1 ]
 * ```
 */
export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor, epsilon = 1e-5): T {
  const compute = tf.customGrad((input, scale, shift, save) => {
    const [x, gain, bias] = [input, scale, shift] as tf.Tensor[];
    const [value, mean, inverse] = normalizeLast(x!, gain!, bias!, epsilon);
    (save as tf.GradSaveFunc)([x!, gain!, mean, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, gain, mean, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const normalized = tf.mul(tf.sub(x, mean), inverse);
      const scaled = tf.mul(dy, gain);
      const along = tf.mean(tf.mul(scaled, normalized), -1, true);
      const rest = tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), tf.mul(normalized, along));
      return [tf.mul(rest, inverse), sumLeading(tf.mul(dy, normalized)), sumLeading(dy)];
    };
    return { value, gradFunc };
  });
  return compute(x, gain, bias) as T;
}

/**
 * Root-mean-square normalisation over the last axis: `x / sqrt(mean(x^2) + epsilon) * gain`.
 *
 * @param x any shape `[..., features]`
 * @param gain `[features]`
 * @param epsilon added to the mean square
 * @returns the shape of `x`
 */
export function rmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon = 1e-5): T {
  const compute = tf.customGrad((input, scale, save) => {
    const [x, gain] = [input, scale] as [tf.Tensor, tf.Tensor];
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
    const value = tf.mul(tf.mul(x, inverse), gain);
    (save as tf.GradSaveFunc)([x, gain, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, gain, inverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const normalized = tf.mul(x, inverse);
      const scaled = tf.mul(dy, gain);
      const along = tf.mean(tf.mul(scaled, normalized), -1, true);
      const dx = tf.mul(tf.sub(scaled, tf.mul(normalized, along)), inverse);
      return [dx, sumLeading(tf.mul(dy, normalized))];
    };
    return { value, gradFunc };
  });
  return compute(x, gain) as T;
}

/** What {@link batchNormTraining} gives. */
export interface BatchNormResult<T extends tf.Tensor> {
  /** Normalised tensor, the shape of the input. */
  readonly output: T;
  /** Mean of every channel over the batch, `[channels]`; no gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** Variance (divided by the count) of every channel over the batch, `[channels]`; no gradient flows through it. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation with the statistics of the batch: every channel of the last axis is
 * normalised over all other axes, then scaled and shifted.
 *
 * @param x `[batch, height, width, channels]`, or any shape with channels last
 * @param gain `[channels]`
 * @param bias `[channels]`
 * @param epsilon added to the variance
 */
export function batchNormTraining<T extends tf.Tensor>(
  x: T,
  gain: tf.Tensor,
  bias: tf.Tensor,
  epsilon = 1e-5,
): BatchNormResult<T> {
  const channels = x.shape.at(-1)!;
  const { mean, variance } = tf.tidy(() => {
    const mean = tf.mean(x, leadingAxes(x));
    return { mean, variance: tf.mean(tf.square(tf.sub(x, mean)), leadingAxes(x)) };
  });
  const compute = tf.customGrad((input, scale, shift, save) => {
    const [x, gain, bias] = [input, scale, shift] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const factor = tf.mul(gain, inverse);
    const value = tf.add(tf.mul(x, factor), tf.sub(bias, tf.mul(mean, factor)));
    (save as tf.GradSaveFunc)([x, factor, inverse, mean]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, factor, inverse, mean] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const count = x.size / channels;
      const sum = sumLeading(dy);
      const product = sumLeading(tf.mul(dy, x));
      const gainGradient = tf.mul(tf.sub(product, tf.mul(sum, mean)), inverse);
      const slope = tf.div(tf.mul(gainGradient, inverse), -count);
      const offset = tf.sub(tf.div(sum, -count), tf.mul(slope, mean));
      const dx = tf.mul(tf.add(tf.add(dy, tf.mul(x, slope)), offset), factor);
      return [dx, gainGradient, sum];
    };
    return { value, gradFunc };
  });
  const output = compute(x, gain, bias) as T;
  return { output, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

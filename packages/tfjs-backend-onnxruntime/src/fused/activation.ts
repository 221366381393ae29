// GELU and bias + activation, with gradients that reuse what the forward pass made.
import * as tf from "@tensorflow/tfjs-core";

/** Which GELU: the tanh approximation that GPT-2 uses, or the exact one with erf. */
export interface GeluOptions {
  readonly approximation?: "tanh" | "none";
}

// gelu_tanh(x) = x sigmoid(x (linear + cubic x^2)): 2 sqrt(2 / pi) and 0.044715 times that.
const linear = 2 * Math.sqrt(2 / Math.PI);
const cubic = linear * 0.044715;
const density = 1 / Math.sqrt(2 * Math.PI);

function tanhGelu(x: tf.Tensor, save: tf.GradSaveFunc) {
  const gate = tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), cubic), linear)));
  const value = tf.mul(x, gate);
  save([x, gate, value]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, gate, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const slope = tf.add(tf.mul(tf.square(x), 3 * cubic), linear);
    const bend = tf.mul(tf.mul(tf.sub(1, gate), value), slope);
    return tf.mul(dy, tf.add(gate, bend));
  };
  return { value, gradFunc };
}

function erfGelu(x: tf.Tensor, save: tf.GradSaveFunc) {
  const gate = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  save([x, gate]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x, gate] = saved as [tf.Tensor, tf.Tensor];
    const bell = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), density);
    return tf.mul(dy, tf.add(gate, tf.mul(x, bell)));
  };
  return { value: tf.mul(x, gate), gradFunc };
}

/**
 * The Gaussian error linear unit, `x` times the normal distribution function of `x`.
 *
 * @param x any shape
 * @param options `approximation`: `"tanh"` (default, GPT-2) or `"none"`
 * @returns the shape of `x`
 */
export function gelu<T extends tf.Tensor>(x: T, options: GeluOptions = {}): T {
  const form = options.approximation === "none" ? erfGelu : tanhGelu;
  return tf.customGrad((input, save) => form(input as tf.Tensor, save as tf.GradSaveFunc))(x) as T;
}

/** Activations of {@link biasActivation}. */
export type ActivationName = "linear" | "relu" | "leakyRelu" | "tanh" | "sigmoid";

/** Settings of {@link biasActivation}. */
export interface BiasActivationOptions {
  readonly activation?: ActivationName;
  /** Slope of leakyRelu below zero; 0.3 by default. */
  readonly slope?: number;
}

function apply(x: tf.Tensor, name: ActivationName, slope: number): tf.Tensor {
  if (name === "relu") return tf.relu(x);
  if (name === "leakyRelu") return tf.leakyRelu(x, slope);
  if (name === "tanh") return tf.tanh(x);
  if (name === "sigmoid") return tf.sigmoid(x);
  return x;
}

/** The activation's derivative, from its output. */
function derivative(dy: tf.Tensor, y: tf.Tensor, name: ActivationName, slope: number): tf.Tensor {
  if (name === "relu") return tf.mul(dy, tf.step(y));
  if (name === "leakyRelu") return tf.mul(dy, tf.step(y, slope));
  if (name === "tanh") return tf.mul(dy, tf.sub(1, tf.square(y)));
  if (name === "sigmoid") return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
  return dy;
}

/**
 * Adds a bias along the last axis and applies an activation; only the output is kept for
 * the gradient.
 *
 * @param x any shape `[..., features]`
 * @param bias `[features]`
 * @returns the shape of `x`
 */
export function biasActivation<T extends tf.Tensor>(
  x: T,
  bias: tf.Tensor,
  options: BiasActivationOptions = {},
): T {
  const name = options.activation ?? "linear";
  const slope = options.slope ?? 0.3;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const compute = tf.customGrad((input, shift, save) => {
    const value = apply(tf.add(input as tf.Tensor, shift as tf.Tensor), name, slope);
    (save as tf.GradSaveFunc)([value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const dx = derivative(dy, saved[0]!, name, slope);
      return [dx, tf.sum(dx, axes)];
    };
    return { value, gradFunc };
  });
  return compute(x, bias) as T;
}

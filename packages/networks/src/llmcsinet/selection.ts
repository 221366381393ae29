// Keeping the M largest elements inside a differentiable graph: dense masks in place of
// gathering, so that one graph serves every M. The mask carries no gradient.
import * as tf from "@tensorflow/tfjs-core";

/** A function of one tensor through which no gradient flows. */
export function withoutGradient<T extends tf.Tensor>(x: T, compute: (x: T) => tf.Tensor): tf.Tensor {
  const custom = tf.customGrad((value) => ({
    value: compute(value as T),
    gradFunc: () => tf.zerosLike(value as T),
  }));
  return custom(x);
}

/**
 * 1 for the `elements` largest keys of each row, 0 elsewhere; among equal keys the lower
 * position wins, as in `selectLargest`.
 *
 * @param keys - `[batch, size]`.
 * @param elements - `[batch]`, from 1 to size.
 * @returns `[batch, size]`.
 */
export function largestMask(keys: tf.Tensor2D, elements: tf.Tensor1D): tf.Tensor2D {
  return withoutGradient(keys, (values) => {
    const size = keys.shape[1];
    const order = tf.topk(values, size, true).indices;
    const ranks = tf.topk(tf.neg(tf.cast(order, "float32")), size, true).indices;
    const limit = tf.reshape(tf.cast(elements, "float32"), [-1, 1]);
    return tf.cast(tf.less(tf.cast(ranks, "float32"), limit), "float32");
  }) as tf.Tensor2D;
}

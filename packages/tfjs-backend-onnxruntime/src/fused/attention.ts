// Scaled dot-product attention with a gradient that keeps only the weights of the
// forward pass.
import * as tf from "@tensorflow/tfjs-core";

/** Settings of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** Whether a token sees only itself and the tokens before it; false by default. */
  readonly causal?: boolean;
}

/** 0 where a query may look, a very negative number where not: `[queries, keys]`. */
function causalMask(queries: number, keys: number): tf.Tensor {
  const mask = new Float32Array(queries * keys);
  for (let query = 0; query < queries; query++) {
    for (let key = keys - queries + query + 1; key < keys; key++) mask[query * keys + key] = -1e30;
  }
  return tf.tensor2d(mask, [queries, keys]);
}

/**
 * Attention: `softmax(q kᵀ / sqrt(width)) v` for every batch and head.
 *
 * @param q queries `[batch, heads, queries, width]`
 * @param k keys `[batch, heads, keys, width]`
 * @param v values `[batch, heads, keys, width]`
 * @returns `[batch, heads, queries, width]`
 */
export function scaledDotProductAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: AttentionOptions = {},
): tf.Tensor4D {
  const scale = 1 / Math.sqrt(q.shape[3]);
  const mask = options.causal ? causalMask(q.shape[2], k.shape[2]) : undefined;
  const compute = tf.customGrad((queries, keys, values, save) => {
    const [q, k, v] = [queries, keys, values] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const scores = tf.matMul(tf.mul(q, scale), k, false, true);
    const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
    const value = tf.matMul(weights, v);
    (save as tf.GradSaveFunc)([q, k, v, weights, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [q, k, v, weights, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const along = tf.sum(tf.mul(dy, value), -1, true);
      const scores = tf.mul(weights, tf.sub(tf.matMul(dy, v, false, true), along));
      const dq = tf.mul(tf.matMul(scores, k), scale);
      const dk = tf.matMul(scores, tf.mul(q, scale), true, false);
      return [dq, dk, tf.matMul(weights, dy, true, false)];
    };
    return { value, gradFunc };
  });
  return compute(q, k, v) as tf.Tensor4D;
}

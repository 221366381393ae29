// Layer normalisation, GELU and attention out of tfjs-core operations.
import * as tf from "@tensorflow/tfjs-core";

export function layerNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, bias: tf.Tensor, epsilon: number): T {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gain), bias) as T;
  });
}

export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    const cubic = tf.mul(tf.mul(tf.mul(x, x), x), 0.044715);
    const inner = tf.mul(tf.add(x, cubic), Math.sqrt(2 / Math.PI));
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)) as T;
  });
}

export function scaledDotProductAttention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: { causal: boolean },
): tf.Tensor4D {
  return tf.tidy(() => {
    const [, , tokens, size] = q.shape;
    let scores: tf.Tensor = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(size));
    if (options.causal) {
      const mask = Float32Array.from({ length: tokens * tokens }, (_, i) =>
        i % tokens > Math.floor(i / tokens) ? -1e9 : 0,
      );
      scores = tf.add(scores, tf.tensor(mask, [tokens, tokens]));
    }
    return tf.matMul(tf.softmax(scores), v) as tf.Tensor4D;
  });
}

// A quantizer inside a differentiable graph: what the base station learns from when the values of a
// codeword arrive quantised. No gradient passes: whoever sends the values stays as it is.
import type { ScalarQuantizer } from "@csi-feedback/codec";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The values that a quantizer restores, element by element, as tensors.
 *
 * @returns a function for `link` of a network's forward pass. Its thresholds are single precision, as values are.
 */
export function quantizedLink({
  levels,
  thresholds,
}: Pick<ScalarQuantizer, "levels" | "thresholds">): (values: tf.Tensor) => tf.Tensor {
  const restore = (values: tf.Tensor): tf.Tensor => {
    const cuts = tf.tensor1d(Float32Array.from(thresholds));
    const above = tf.cast(tf.greaterEqual(tf.expandDims(values, -1), cuts), "float32");
    const indices = tf.cast(tf.sum(above, -1), "int32");
    return tf.gather(tf.tensor1d(Float32Array.from(levels)), indices);
  };
  const withoutGradient = tf.customGrad((values) => ({
    value: restore(values as tf.Tensor),
    gradFunc: () => tf.zerosLike(values as tf.Tensor),
  }));
  return (values) => withoutGradient(values);
}

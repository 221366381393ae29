// What the base station has to work with: the matrix K with the fed-back elements in
// place and the mean elsewhere, the mask V of the visible ones, and the scale tau.
import * as tf from "@tensorflow/tfjs-core";
import { withoutGradient } from "./selection";

/** All `[batch, 2, delays, antennas]` but the mean and tau, which are `[batch, 1, 1, 1]`. */
export interface Visible {
  readonly filled: tf.Tensor4D;
  readonly visible: tf.Tensor4D;
  readonly mean: tf.Tensor4D;
}

/**
 * The smallest distance of a visible element from the mean, `[batch, 1, 1, 1]`. When elements were
 * chosen by that distance, no missing one lies further away. Carries no gradient.
 */
export function smallestVisible({ filled, visible, mean }: Visible): tf.Tensor4D {
  return withoutGradient(filled, (values) => {
    const distance = tf.abs(tf.sub(values, mean));
    // Missing elements count as far away; distances in [0, 1] data never reach 1e6.
    const among = tf.add(distance, tf.mul(tf.sub(1, visible), 1e6));
    return tf.maximum(tf.min(among, [1, 2, 3], true), 1e-6);
  }) as tf.Tensor4D;
}

/**
 * The decoders' input in the residual form, planes last, `[batch, delays, antennas, 6]`: the visible elements in
 * units of tau, once compressed to (-1, 1) and once linear, and the mask.
 */
export function visibleFeatures(known: Visible, tau: tf.Tensor4D): tf.Tensor4D {
  const scaled = tf.div(tf.sub(known.filled, known.mean), tau);
  const compressed = tf.div(scaled, tf.add(1, tf.abs(scaled)));
  const planes = tf.concat([compressed, tf.mul(scaled, 0.125), known.visible], 1) as tf.Tensor4D;
  return tf.transpose(planes, [0, 2, 3, 1]);
}

// The losses of training and the per-sample sums that every metric is made of.
import * as tf from "@tensorflow/tfjs-core";

/**
 * `"mse"`: eq. 13, the squared error of a sample, averaged over the samples. `"nmse"`: eq. 14.
 * `"geometric-nmse"`: the geometric mean over the samples in place of eq. 14's arithmetic one, so that
 * a decibel gained counts the same on an easy sample as on a hard one, and at 1/8 as at 1/64.
 */
export type LossName = "mse" | "nmse" | "geometric-nmse";

/** Channel energy below which a sample counts as that energy in the NMSE loss, so that an empty channel gives no infinite gradient. */
const LEAST_ENERGY = 1e-12;
/** Ratio below which a sample counts as that ratio in geometric means, where a perfect one would count alone. */
export const LEAST_RATIO = 1e-12;

/**
 * The loss of a batch, a scalar. `estimate` and `target`: `[batch, 2, delays, antennas]` in [0, 1].
 */
export function batchLoss(name: LossName, estimate: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  return tf.tidy((): tf.Scalar => {
    const errors = tf.sum(tf.squaredDifference(estimate, target), [1, 2, 3]);
    if (name === "mse") return tf.mean(errors);
    const energies = tf.sum(tf.square(tf.sub(target, 0.5)), [1, 2, 3]);
    const ratios = tf.div(errors, tf.maximum(energies, LEAST_ENERGY));
    if (name === "nmse") return tf.mean(ratios);
    return tf.exp(tf.mean(tf.log(tf.maximum(ratios, LEAST_RATIO)))) as tf.Scalar;
  });
}

/** Rows of {@link sampleSums}. */
export const SUMS = { error: 0, energy: 1, correlationRe: 2, correlationIm: 3, estimateEnergy: 4 } as const;

/**
 * Per sample: squared error, energy of the channel, real and imaginary part of
 * `Tr(H^H Ĥ)`, energy of the estimate. `[5, batch]`, rows in the order of {@link SUMS}.
 */
export function sampleSums(estimate: tf.Tensor4D, target: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const perSample = (x: tf.Tensor) => tf.sum(x, [1, 2, 3]);
    const h = tf.sub(target, 0.5);
    const g = tf.sub(estimate, 0.5);
    const [gRe, gIm] = tf.split(g, 2, 1);
    return tf.stack([
      perSample(tf.squaredDifference(estimate, target)),
      perSample(tf.square(h)),
      perSample(tf.mul(h, g)),
      perSample(tf.mul(h, tf.concat([gIm, tf.neg(gRe)], 1))),
      perSample(tf.square(g)),
    ]) as tf.Tensor2D;
  });
}

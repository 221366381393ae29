// The domain that a network works in: the antennas', as published, or the angles', where a
// channel of few paths is sparse and noise is as white as before. A fixed unitary transform
// on both sides of the network; no parameter.
import { invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";

/**
 * `"antenna"`: as observed. `"angle"`: the unitary DFT over all antennas of a linear array. `"planar-angle"`: the
 * two-dimensional one of a square array.
 */
export type EstimatorDomain = "antenna" | "angle" | "planar-angle";

/** A unitary transform of samples `[batch, 2, side, side]` about zero, and its inverse. */
export interface DomainTransform {
  forward(x: tf.Tensor4D): tf.Tensor4D;
  inverse(x: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

/**
 * The transform into a domain; none for the antennas' own.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` for a domain of another name.
 */
export function domainTransform(domain: EstimatorDomain, side: number): DomainTransform | undefined {
  if (domain === "antenna") return undefined;
  if (domain !== "angle" && domain !== "planar-angle") {
    invalid("INVALID_CONFIGURATION", "domain", "must be antenna, angle or planar-angle", domain);
  }
  const antennas = side * side;
  // Row vectors [re, im] times [[C, S], [-S, C]]; the inverse is the transpose.
  const values = new Float32Array(4 * antennas * antennas);
  for (let n = 0; n < antennas; n++) {
    for (let k = 0; k < antennas; k++) {
      const cycles =
        domain === "angle"
          ? ((n * k) % antennas) / antennas
          : ((Math.floor(n / side) * Math.floor(k / side) + (n % side) * (k % side)) % side) / side;
      const cos = Math.cos(2 * Math.PI * cycles) / side;
      const sin = Math.sin(2 * Math.PI * cycles) / side;
      values[n * 2 * antennas + k] = cos;
      values[n * 2 * antennas + antennas + k] = sin;
      values[(antennas + n) * 2 * antennas + k] = -sin;
      values[(antennas + n) * 2 * antennas + antennas + k] = cos;
    }
  }
  const matrix = tf.keep(tf.tensor2d(values, [2 * antennas, 2 * antennas]));
  const apply = (x: tf.Tensor4D, transposed: boolean): tf.Tensor4D =>
    tf.reshape(
      tf.matMul(tf.reshape(x, [x.shape[0], 2 * antennas]) as tf.Tensor2D, matrix, false, transposed),
      x.shape,
    );
  return {
    forward: (x) => apply(x, false),
    inverse: (x) => apply(x, true),
    dispose: () => matrix.dispose(),
  };
}

// The self-information mask (eq. 9) composed of tfjs operations, for the training graph.
// The plain implementation in @csi-feedback/self-information is the reference.
import {
  keptByQuantile,
  type MaskThreshold,
  resolveOptions,
  type SelfInformationOptions,
} from "@csi-feedback/self-information";
import * as tf from "@tensorflow/tfjs-core";

/** Self-information of each element [bit], `[batch, 2, delays, antennas]` to `[batch, delays, antennas]`. */
export function selfInformationOf(channels: tf.Tensor4D, options: SelfInformationOptions): tf.Tensor3D {
  const { offsets, patch, bandwidth, normalization, padding } = resolveOptions("selfInformationOf", options);
  return tf.tidy(() => {
    const [batch, planes, delays, antennas] = channels.shape;
    const border = (patch - 1) / 2;
    const reach = Math.max(...offsets.flat().map(Math.abs)) + border;
    const sides: [number, number] = [reach, reach];
    const padded = tf.pad(channels, [[0, 0], [0, 0], sides, sides], padding);
    const crop = (delay: number, antenna: number) =>
      tf.slice(
        padded,
        [0, 0, reach - border + delay, reach - border + antenna],
        [batch, planes, delays + 2 * border, antennas + 2 * border],
      );
    const centre = crop(0, 0);
    const maps = offsets.map(([delay, antenna]) =>
      tf.sum(tf.square(tf.sub(centre, crop(delay, antenna))), 1),
    );
    const distances: tf.Tensor4D = patchSums(tf.stack(maps, 1) as tf.Tensor4D, border, delays, antennas);
    const mean: tf.Tensor4D = tf.mean(distances, [1, 2, 3], true);
    // A constant sample has no distances at all: divide by 1.
    const scale =
      normalization === "sample" ? tf.where(tf.greater(mean, 0), mean, tf.onesLike(mean)) : tf.onesLike(mean);
    const exponents = tf.div(tf.mul(distances, -0.5 / bandwidth ** 2), scale);
    const largest = tf.max(exponents, 1, true);
    const sum = tf.sum(tf.exp(tf.sub(exponents, largest)), 1);
    const constant = Math.log2(offsets.length * Math.sqrt(2 * Math.PI) * bandwidth);
    const logarithm = tf.mul(tf.add(tf.log(sum), tf.squeeze(largest, [1])), Math.LOG2E);
    return tf.sub<tf.Tensor3D>(constant, logarithm);
  });
}

/** Sums over 3 x 3 windows (or the maps themselves when there is no border). */
function patchSums(maps: tf.Tensor4D, border: number, delays: number, antennas: number): tf.Tensor4D {
  if (border === 0) return maps;
  const [batch, count, height] = maps.shape;
  const part = (x: tf.Tensor4D, y: number, z: number, rows: number) =>
    tf.slice(x, [0, 0, y, z], [batch, count, rows, antennas]);
  const wide = tf.addN([0, 1, 2].map((shift) => part(maps, 0, shift, height))) as tf.Tensor4D;
  return tf.addN([0, 1, 2].map((shift) => part(wide, shift, 0, delays))) as tf.Tensor4D;
}

/** 1 where an element reaches the threshold, `[batch, delays, antennas]`. */
export function maskOf(information: tf.Tensor3D, threshold: MaskThreshold): tf.Tensor3D {
  return tf.tidy((): tf.Tensor3D => {
    const [batch, delays, antennas] = information.shape;
    const above = (cut: number | tf.Tensor) =>
      tf.cast<tf.Tensor3D>(tf.greaterEqual<tf.Tensor3D>(information, cut), "float32");
    if ("bits" in threshold) return above(threshold.bits);
    const size = delays * antennas;
    const kept = keptByQuantile(threshold.quantile, size);
    const flat = tf.reshape(information, [batch, size]);
    const cut = tf.slice(tf.topk(flat, kept, true).values, [0, kept - 1], [batch, 1]);
    return above(tf.reshape(cut, [batch, 1, 1]));
  });
}

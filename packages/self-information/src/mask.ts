// The binary mask of the encoder: 1 where an element says enough, 0 where it does not.
import { assertShape, invalid } from "@csi-feedback/common";
import { selectLargest } from "./select";

/**
 * Where the mask cuts: at an absolute number of bits, or at a quantile of the sample's own
 * self-information (0.75 keeps the upper quarter).
 */
export type MaskThreshold = { readonly bits: number } | { readonly quantile: number };

/**
 * How many elements of a sample a quantile threshold keeps, ties aside: at least one.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` when the quantile is not in [0, 1).
 */
export function keptByQuantile(quantile: number, size: number): number {
  if (!(quantile >= 0 && quantile < 1)) {
    invalid("INVALID_ARGUMENT", "keptByQuantile", "quantile must be in [0, 1)", quantile);
  }
  return Math.max(1, Math.ceil((1 - quantile) * size));
}

/**
 * The mask of each sample: 1 where its self-information is at least the threshold.
 *
 * @param information - `[batch, delays, antennas]` [bit], from `selfInformation`.
 * @returns `[batch, delays, antennas]` of 0 and 1.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { informationMask } from "@csi-feedback/self-information";
 *
 * const bits = Float32Array.of(1.4, 2.5, 1.3, 1.9);
 * console.log(Array.from(informationMask(bits, [1, 2, 2], { quantile: 0.5 }))); // [ 0, 1, 0, 1 ]
 * ```
 */
export function informationMask(
  information: Float32Array,
  shape: readonly [batch: number, delays: number, antennas: number],
  threshold: MaskThreshold,
): Uint8Array {
  assertShape("informationMask", information, shape);
  const size = shape[1] * shape[2];
  const mask = new Uint8Array(information.length);
  for (let start = 0; start < information.length; start += size) {
    const sample = information.subarray(start, start + size);
    const cut = "bits" in threshold ? threshold.bits : quantileOf(sample, threshold.quantile);
    if (Number.isNaN(cut)) invalid("INVALID_ARGUMENT", "informationMask", "bits must be a number", cut);
    for (let j = 0; j < size; j++) mask[start + j] = sample[j] >= cut ? 1 : 0;
  }
  return mask;
}

function quantileOf(sample: Float32Array, quantile: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const position of selectLargest(sample, keptByQuantile(quantile, sample.length))) {
    smallest = Math.min(smallest, sample[position]);
  }
  return smallest;
}

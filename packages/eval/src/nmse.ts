// Normalised mean squared error, equation 14: the mean over samples of a ratio of
// energies, taken to decibels once at the end. CRNet's form, a mean of decibels
// over batches, stands beside it under its own name because published tables use it.
import { invalid } from "@csi-feedback/common";
import {
  type CenterOptions,
  type ChannelValues,
  checkEnergy,
  type MetricArguments,
  meanOfSamples,
  measureSamples,
} from "./samples";

/** `10 log10(ratio)`, a ratio of powers in decibels [dB]; 0 gives `-Infinity`. */
export function toDecibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

/**
 * The squared error of each sample over its reference's energy,
 * `‖H_i - Ĥ_i‖² / ‖H_i‖²`: what {@link nmse} averages.
 *
 * @param reference - true channels, `[batch, 2, delays, antennas]` or `{ re, im }` of `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout and domain.
 * @param shape - shape of both.
 * @returns one linear ratio a sample, `[batch]`.
 * @throws CsiFeedbackError `INVALID_SHAPE` when an argument does not have that shape, `ZERO_ENERGY`
 * or `NOT_FINITE` naming the sample whose reference is all zero or which holds NaN or infinity.
 */
export function nmsePerSample(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions = {},
): Float64Array {
  return ratios("nmsePerSample", [reference, estimate, shape, options]);
}

function ratios(functionName: string, args: MetricArguments): Float64Array {
  return measureSamples(functionName, args, (reference, estimate, center, where) => {
    let energy = 0;
    let error = 0;
    for (let k = 0; k < reference.re.length; k++) {
      const re = reference.re[k];
      const im = reference.im[k];
      const errorRe = re - estimate.re[k];
      const errorIm = im - estimate.im[k];
      energy += (re - center) * (re - center) + (im - center) * (im - center);
      error += errorRe * errorRe + errorIm * errorIm;
    }
    checkEnergy(functionName, where, energy, error);
    return error / energy;
  });
}

/**
 * Normalised mean squared error (NMSE), equation 14: the mean over samples of
 * `‖H_i - Ĥ_i‖² / ‖H_i‖²`, linear.
 *
 * The number belongs to the domain of its arguments. Unitary transforms do not
 * change it; cutting delay taps off does, so say which domain was measured.
 *
 * @param reference - true channels, `[batch, 2, delays, antennas]` or `{ re, im }` of `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout and domain.
 * @param shape - shape of both.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `EMPTY` without samples; `ZERO_ENERGY` or `NOT_FINITE`
 * naming the sample whose reference is all zero or which holds NaN or infinity.
 *
 * @example
 * ```ts
 * import { nmse } from "@csi-feedback/eval";
 *
 * // One sample of one delay tap and two antennas: real plane, then imaginary plane.
 * const reference = Float32Array.of(3, 0, 0, 4);
 * const estimate = Float32Array.of(3, 0, 0, 3);
 * console.log(nmse(reference, estimate, [1, 2, 1, 2])); // 0.04
 * ```
 */
export function nmse(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions = {},
): number {
  return meanOfSamples("nmse", ratios("nmse", [reference, estimate, shape, options]));
}

/**
 * {@link nmse} in decibels [dB]: `10 log10` of the mean ratio over all samples.
 * A perfect estimate gives `-Infinity`.
 *
 * @throws as {@link nmse}.
 *
 * @example
 * ```ts
 * import { nmseDb } from "@csi-feedback/eval";
 *
 * // Values in [0, 1] where 0.5 stands for zero need the center to be named.
 * const reference = Float32Array.of(1, 0.5, 0.5, 0);
 * const estimate = Float32Array.of(0.9, 0.5, 0.5, 0.1);
 * console.log(nmseDb(reference, estimate, [1, 2, 1, 2], { center: 0.5 }).toFixed(2)); // -13.98
 * ```
 */
export function nmseDb(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions = {},
): number {
  return toDecibels(meanOfSamples("nmseDb", ratios("nmseDb", [reference, estimate, shape, options])));
}

/** Options of {@link crnetNmseDb}. */
export interface CrnetNmseOptions extends CenterOptions {
  /** Samples in a batch, 200 unless told; the last batch may be smaller and weighs as much as any. */
  readonly batchSize?: number;
}

/**
 * NMSE [dB] as the published code of CRNet, CLNet and TransNet prints it: the
 * linear mean within each batch, each batch taken to decibels, decibels averaged
 * over batches. By Jensen's inequality it is never above {@link nmseDb} when the
 * batches are of equal size, and it changes with the batch size: use it only to
 * compare with tables that were made this way.
 *
 * @throws as {@link nmse}; `INVALID_ARGUMENT` for a batch size that is not a positive integer.
 *
 * @example
 * ```ts
 * import { crnetNmseDb, nmseDb } from "@csi-feedback/eval";
 *
 * const reference = Float32Array.of(1, 0, 1, 0); // two samples of one coefficient
 * const estimate = Float32Array.of(0.9, 0, 0, 0); // ratios 0.01 and 1
 * console.log(nmseDb(reference, estimate, [2, 2, 1]).toFixed(2)); // -2.97
 * console.log(crnetNmseDb(reference, estimate, [2, 2, 1], { batchSize: 1 }).toFixed(2)); // -10.00
 * ```
 */
export function crnetNmseDb(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CrnetNmseOptions = {},
): number {
  const batchSize = options.batchSize ?? 200;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    invalid("INVALID_ARGUMENT", "crnetNmseDb", "batchSize must be a positive integer", batchSize);
  }
  const perSample = ratios("crnetNmseDb", [reference, estimate, shape, options]);
  const batches: number[] = [];
  for (let start = 0; start < perSample.length; start += batchSize) {
    batches.push(toDecibels(meanOfSamples("crnetNmseDb", perSample.subarray(start, start + batchSize))));
  }
  return meanOfSamples("crnetNmseDb", Float64Array.from(batches));
}

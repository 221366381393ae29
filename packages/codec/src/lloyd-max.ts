// The Lloyd-Max quantizer: what is asked for and of what; the two designs it calls
// stand beside. S. P. Lloyd, "Least squares quantization in PCM", 1957 (IEEE Trans.
// Inf. Theory 28, 1982); J. Max, "Quantizing for minimum distortion", IRE Trans.
// Inf. Theory 6, 1960.
import { type Density, isDensity } from "./density";
import { designFromDensity } from "./lloyd-max-density";
import { designFromSamples } from "./lloyd-max-samples";
import { levelCount, type QuantizerDesign, type QuantizerSize } from "./quantizer-size";
import { SortedSamples } from "./sorted-samples";
import type { StreamingHistogram } from "./streaming-histogram";

/** What a quantizer is designed on: samples, a histogram of samples, or a density. */
export type DesignData = ArrayLike<number> | StreamingHistogram | Density;

export type LloydMaxOptions = QuantizerSize & {
  /** Weight of each sample; all equal when absent. Not for histograms and densities. */
  readonly weights?: ArrayLike<number>;
  /**
   * The design stops when no level moves by more than this share of the standard deviation.
   * Default 1e-7 for samples, 1e-10 for densities.
   */
  readonly tolerance?: number;
  /** Most iterations of each start. Default 1000 for samples, 200 for densities. */
  readonly maximumIterations?: number;
};

/**
 * The Lloyd-Max quantizer: the least mean squared error for a number of levels.
 *
 * It meets two conditions. Thresholds lie midway between levels (nearest neighbour),
 * `t[i] = (y[i] + y[i + 1]) / 2`, and every level is the mean of what falls between its thresholds
 * (centroid).
 *
 * From samples or a histogram, Lloyd's iteration alternates the two from several starts (uniform
 * over the range, equal shares of the samples, and levels whose density follows the cube root of
 * the sample density, after Panter and Dite); the best result is kept, so it is never worse than
 * the uniform quantizer over the samples' range. A level that loses all its samples is moved to
 * split the cell with the largest error. O(n log n) once, O(L log n) an iteration.
 * Where the samples have fewer distinct values than levels, each value gets its own level and
 * `quantizer.size` is smaller than asked for. Values that differ by less than the last digit of their
 * mean count as one.
 *
 * From a density, Newton's method solves both conditions at once in O(L) an iteration, usually 5 to
 * 8 of them. For log-concave densities (Gaussian, Laplacian, Rayleigh) the solution is unique,
 * hence the global optimum (P. E. Fleischer, 1964).
 *
 * @throws CsiFeedbackError `INVALID_BITS`, `INVALID_LEVELS`, `INVALID_SAMPLES`, `NOT_FINITE` or
 * `INVALID_DENSITY`.
 *
 * @example
 * ```ts
 * import { designLloydMax, gaussianDensity } from "@csi-feedback/codec";
 *
 * const fromSamples = designLloydMax([0, 0.1, 0.2, 4, 4.1, 4.2], { bits: 1 });
 * console.log(Array.from(fromSamples.quantizer.levels, (level) => level.toFixed(3)).join(" ")); // 0.100 4.100
 *
 * const { quantizer, meanSquaredError } = designLloydMax(gaussianDensity(), { bits: 2 });
 * console.log(Array.from(quantizer.levels, (level) => level.toFixed(4)).join(" ")); // -1.5104 -0.4528 0.4528 1.5104
 * console.log(meanSquaredError.toFixed(4)); // 0.1175
 * ```
 */
export function designLloydMax(data: DesignData, options: LloydMaxOptions): QuantizerDesign {
  const { tolerance, maximumIterations, weights } = options;
  const levels = levelCount("designLloydMax", options);
  if (isDensity(data)) return designFromDensity(data, levels, tolerance, maximumIterations);
  return designFromSamples(
    new SortedSamples("designLloydMax", data, weights),
    levels,
    tolerance,
    maximumIterations,
  );
}

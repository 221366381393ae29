// Confidence intervals of a mean by the percentile bootstrap, and the quantiles it
// needs. Resampling is seeded: the same values and seed give the same interval.
import { invalid, randomStream } from "@csi-feedback/common";

/** A mean and the interval that its sampling error leaves open. */
export interface Interval {
  /** Statistic of all values. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Coverage of the interval in (0, 1), 0.95 unless told. */
  readonly level?: number;
  /** Resampled sets, 1000 unless told. */
  readonly resamples?: number;
  /** Seed of the resampling, 0 unless told. */
  readonly seed?: number;
  /** Applied to every mean, for example {@link toDecibels}; must not decrease. The identity unless told. */
  readonly transform?: (mean: number) => number;
}

/**
 * Percentile-bootstrap confidence interval of the mean of per-sample values:
 * `resamples` sets of as many values are drawn with replacement, and the interval
 * is cut from the quantiles of their means. It covers the error of having finitely
 * many test samples; it says nothing about another training run or another channel.
 *
 * Each value must come from one independent sample: bootstrap samples, not pixels.
 * Cost: `resamples * values.length` random numbers.
 *
 * @param values - one number a sample, such as {@link nmsePerSample} gives.
 * @throws CsiFeedbackError `EMPTY` without values; `NOT_FINITE` naming a value that is not finite;
 * `INVALID_ARGUMENT` for options out of range; `INVALID_SEED`.
 *
 * @example
 * ```ts
 * import { bootstrapInterval, toDecibels } from "@csi-feedback/eval";
 *
 * const ratios = Float64Array.from({ length: 200 }, (_, i) => 0.05 + 0.1 * ((i * 37) % 200) / 200);
 * const { value, low, high } = bootstrapInterval(ratios, { seed: 1, transform: toDecibels });
 * console.log(value.toFixed(2), low < value, value < high); // -10.01 true true
 * ```
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): Interval {
  const { level = 0.95, resamples = 1000, seed = 0, transform = (mean: number) => mean } = options;
  if (values.length === 0) invalid("EMPTY", "bootstrapInterval", "needs at least one value", 0);
  if (!(level > 0 && level < 1)) {
    invalid("INVALID_ARGUMENT", "bootstrapInterval", "level must be between 0 and 1", level);
  }
  if (!Number.isSafeInteger(resamples) || resamples < 2) {
    invalid("INVALID_ARGUMENT", "bootstrapInterval", "resamples must be an integer of at least 2", resamples);
  }
  const source = Float64Array.from(values);
  const count = source.length;
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(source[i])) {
      invalid("NOT_FINITE", "bootstrapInterval", `values must be finite, but value ${i} is not`, source[i]);
    }
    total += source[i];
  }
  const stream = randomStream(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += source[Math.floor(stream.uniform() * count)];
    means[resample] = sum / count;
  }
  return {
    value: transform(total / count),
    low: transform(quantile(means, (1 - level) / 2)),
    high: transform(quantile(means, (1 + level) / 2)),
  };
}

/**
 * The quantile of a set of numbers, interpolated linearly between order
 * statistics (type 7 of Hyndman and Fan, the default of NumPy and R).
 *
 * @param values - in any order.
 * @param probability - in [0, 1]; 0.5 is the median.
 * @throws CsiFeedbackError `EMPTY` without values; `INVALID_ARGUMENT` for a probability outside [0, 1].
 *
 * @example
 * ```ts
 * import { quantile } from "@csi-feedback/eval";
 *
 * console.log(quantile([4, 1, 3, 2], 0.5)); // 2.5
 * ```
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (values.length === 0) invalid("EMPTY", "quantile", "needs at least one value", 0);
  if (!(probability >= 0 && probability <= 1)) {
    invalid("INVALID_ARGUMENT", "quantile", "probability must be from 0 to 1", probability);
  }
  const sorted = Float64Array.from(values).sort();
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/**
 * The empirical cumulative distribution of a set of numbers: sorted values and
 * the share of values not above each, ready for a step chart.
 *
 * @throws CsiFeedbackError `EMPTY` without values.
 *
 * @example
 * ```ts
 * import { empiricalCdf } from "@csi-feedback/eval";
 *
 * const { values, probabilities } = empiricalCdf([3, 1, 2, 4]);
 * console.log([...values].join(" "), [...probabilities].join(" ")); // 1 2 3 4 0.25 0.5 0.75 1
 * ```
 */
export function empiricalCdf(values: ArrayLike<number>): {
  values: Float64Array;
  probabilities: Float64Array;
} {
  if (values.length === 0) invalid("EMPTY", "empiricalCdf", "needs at least one value", 0);
  const sorted = Float64Array.from(values).sort();
  return { values: sorted, probabilities: sorted.map((_, i) => (i + 1) / sorted.length) };
}

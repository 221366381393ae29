// Quantizers with a closed form: uniform over a range, uniform with the best step for
// given data, and mu-law. Levels of the first two lie on a line.
import { invalid } from "@csi-feedback/common/errors";
import { IntegrableDensity, isDensity } from "./density";
import { type DesignSource, distinctLevels, entropyOf, errorOf, placed, sum } from "./design-source";
import type { DesignData } from "./lloyd-max";
import { levelCount, type QuantizerDesign, type QuantizerSize } from "./quantizer-size";
import { midpoints, ScalarQuantizer } from "./scalar-quantizer";
import { SortedSamples } from "./sorted-samples";

/**
 * The uniform quantizer over a range: cells of width `(maximum - minimum) / levels`, levels in their
 * middles, values outside clipped. Mean squared error width^2 / 12 for values spread evenly.
 *
 * @throws CsiFeedbackError `INVALID_BITS`, `INVALID_LEVELS` or `INVALID_RANGE`.
 *
 * @example
 * ```ts
 * import { uniformQuantizer } from "@csi-feedback/codec";
 *
 * console.log(Array.from(uniformQuantizer({ bits: 2, minimum: 0, maximum: 1 }).levels)); // [ 0.125, 0.375, 0.625, 0.875 ]
 * ```
 */
export function uniformQuantizer(
  options: QuantizerSize & { readonly minimum: number; readonly maximum: number },
): ScalarQuantizer {
  const { minimum, maximum } = options;
  const count = levelCount("uniformQuantizer", options);
  if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && maximum > minimum)) {
    invalid("INVALID_RANGE", "uniformQuantizer", "minimum and maximum must be finite and ascend", [
      minimum,
      maximum,
    ]);
  }
  return new ScalarQuantizer({ kind: "uniform", levels: line(count, minimum, (maximum - minimum) / count) });
}

/**
 * The uniform quantizer with the step and place that give the least mean squared error on `data`:
 * clipping a few far values pays for a finer step. With `center` fixed at the mean of a Gaussian these
 * are the steps of Table II of Max (1960).
 *
 * The error is evaluated on a logarithmic grid of steps (the whole range of the data among them), then
 * refined by golden-section searches over step and center in turn, about 250 evaluations in all.
 *
 * @throws CsiFeedbackError as {@link designLloydMax}.
 *
 * @example
 * ```ts
 * import { designUniform, gaussianDensity } from "@csi-feedback/codec";
 *
 * const { quantizer, meanSquaredError } = designUniform(gaussianDensity(), { bits: 2 });
 * console.log((quantizer.levels[1] - quantizer.levels[0]).toFixed(4), meanSquaredError.toFixed(4)); // 0.9957 0.1188
 * ```
 */
export function designUniform(
  data: DesignData,
  options: QuantizerSize & {
    /** Weight of each sample; not for histograms and densities. */
    readonly weights?: ArrayLike<number>;
    /** The middle of the levels, where it must not move. */
    readonly center?: number;
  },
): QuantizerDesign {
  const count = levelCount("designUniform", options);
  const source = designSource("designUniform", data, options.weights);
  let evaluations = 0;
  const error = (center: number, step: number) => {
    evaluations++;
    const levels = line(count, center - (step * count) / 2, step);
    return sum(source.moments(midpoints(levels), levels).second);
  };
  const fixed = options.center === undefined ? undefined : options.center / source.scale - source.offset;
  let { center, step } = bestOnGrid(source, count, fixed, error);
  let least = error(center, step);
  let converged = false;
  for (let round = 0; round < 10 && !converged; round++) {
    const before = least;
    const finer = goldenSection((trial) => error(center, trial), step / 1.5, step * 1.5);
    if (finer.value < least) ({ at: step, value: least } = finer);
    if (fixed === undefined) {
      const nearer = goldenSection((trial) => error(trial, step), center - step, center + step);
      if (nearer.value < least) ({ at: center, value: least } = nearer);
    }
    converged = before - least <= 1e-10 * before;
  }
  const whole = Float64Array.from(line(count, center - (step * count) / 2, step));
  const levels = Float64Array.from(distinctLevels(source, whole), (i) => whole[i]);
  const moments = source.moments(midpoints(levels), levels);
  const probabilities = Array.from(moments.weight);
  return {
    quantizer: new ScalarQuantizer({ kind: "uniform", levels: placed(source, levels), probabilities }),
    meanSquaredError: errorOf(source, moments),
    entropy: entropyOf(probabilities),
    iterations: evaluations,
    converged,
  };
}

/** Samples, histogram or density as the source of a design. */
function designSource(
  functionName: string,
  data: DesignData,
  weights: ArrayLike<number> | undefined,
): DesignSource {
  return isDensity(data)
    ? new IntegrableDensity(functionName, data)
    : new SortedSamples(functionName, data, weights);
}

/**
 * The mu-law quantizer: uniform after compression by
 * `c(x) = sign(x) ln(1 + mu |x| / peak) / ln(1 + mu)`, so that the error grows with the value
 * (ITU-T G.711 uses mu = 255). Values beyond the peak are clipped.
 *
 * @throws CsiFeedbackError `INVALID_BITS`, `INVALID_LEVELS` or `INVALID_RANGE`.
 *
 * @example
 * ```ts
 * import { muLawQuantizer } from "@csi-feedback/codec";
 *
 * const { levels } = muLawQuantizer({ bits: 3, peak: 1 });
 * console.log(Array.from(levels.subarray(4), (level) => level.toFixed(4)).join(" ")); // 0.0039 0.0275 0.1216 0.4980
 * ```
 */
export function muLawQuantizer(
  options: QuantizerSize & { readonly peak: number; readonly center?: number; readonly mu?: number },
): ScalarQuantizer {
  const { peak, center = 0, mu = 255 } = options;
  const count = levelCount("muLawQuantizer", options);
  if (!(peak > 0 && Number.isFinite(peak) && mu > 0 && Number.isFinite(mu) && Number.isFinite(center))) {
    invalid("INVALID_RANGE", "muLawQuantizer", "peak and mu must be positive and finite", [peak, mu, center]);
  }
  const expand = (y: number) =>
    center + (Math.sign(y) * peak * Math.expm1(Math.abs(y) * Math.log1p(mu))) / mu;
  return new ScalarQuantizer({
    kind: "mu-law",
    levels: line(count, -1, 2 / count).map(expand),
    thresholds: Array.from({ length: count - 1 }, (_, i) => expand(-1 + (2 * (i + 1)) / count)),
  });
}

/** Middles of `count` cells of width `step` from `start` on. */
function line(count: number, start: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => start + (i + 0.5) * step);
}

/** The best of the whole range and of steps from 2^-8 of it up, centered on the mean (or where it is fixed). */
function bestOnGrid(
  source: DesignSource,
  count: number,
  fixed: number | undefined,
  error: (center: number, step: number) => number,
): { center: number; step: number } {
  const { minimum, maximum } = source;
  const whole = (maximum - minimum) / count || Math.abs(maximum) || 1;
  const mean = fixed ?? minimum + source.moments([], [minimum]).first[0];
  let best = { center: fixed ?? (minimum + maximum) / 2, step: whole };
  let least = error(best.center, best.step);
  for (let exponent = 0.5; exponent >= -8; exponent -= 0.25) {
    const trial = { center: mean, step: whole * 2 ** exponent };
    const value = error(trial.center, trial.step);
    if (value < least) {
      least = value;
      best = trial;
    }
  }
  return best;
}

/** The least value of a function found by golden-section search between two ends. */
function goldenSection(f: (at: number) => number, from: number, to: number): { at: number; value: number } {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = from;
  let high = to;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let leftValue = f(left);
  let rightValue = f(right);
  while (high - low > 1e-9 * (to - from)) {
    if (leftValue <= rightValue) {
      high = right;
      right = left;
      rightValue = leftValue;
      left = high - ratio * (high - low);
      leftValue = f(left);
    } else {
      low = left;
      left = right;
      leftValue = rightValue;
      right = low + ratio * (high - low);
      rightValue = f(right);
    }
  }
  return leftValue <= rightValue ? { at: left, value: leftValue } : { at: right, value: rightValue };
}

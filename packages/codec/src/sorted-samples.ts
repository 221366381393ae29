// Samples (weighted or not) sorted once, with running sums, so that the weight,
// the centroid and the squared error of any interval cost two binary searches.
// Not a quantizer: designs are built on it.
import { assertFinite, invalid } from "@csi-feedback/common";
import type { CellMoments, DesignSource } from "./design-source";
import type { StreamingHistogram } from "./streaming-histogram";

export class SortedSamples implements DesignSource {
  /** Distinct values in ascending order, minus their mean and over the largest of them, rounded to a power of two. */
  readonly values: Float64Array;
  readonly offset: number;
  readonly scale: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly count: number;
  /** Mean squared distance from the mean, in the square of that unit. */
  readonly variance: number;
  /** Entry i is the sum over the first i values: of their weights, of weight times value, times square. */
  readonly weight: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  /** Mean squared distance of a histogram's samples from their bins' means, summed in the same way. */
  readonly #scatter: Float64Array;

  /**
   * @throws CsiFeedbackError `INVALID_SAMPLES` when there are none, when a weight is negative or
   * not finite, or when no weight is positive; `NOT_FINITE` when a sample is not finite.
   */
  constructor(
    functionName: string,
    samples: ArrayLike<number> | StreamingHistogram,
    weights?: ArrayLike<number>,
  ) {
    const { values, masses, deviations } = isHistogram(samples)
      ? samples.bins()
      : { ...sorted(functionName, samples, weights), deviations: undefined };
    if (values.length === 0) invalid("INVALID_SAMPLES", functionName, "there must be at least one sample", 0);
    // Powers of two move no digit, and keep squares and sums within the range of numbers.
    this.scale = powerOfTwo(Math.max(Math.abs(values[0]), Math.abs(values[values.length - 1])));
    const massScale = powerOfTwo(masses.reduce((largest, mass) => Math.max(largest, mass), 0));
    let total = 0;
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      values[i] /= this.scale;
      masses[i] /= massScale;
      total += masses[i];
      sum += masses[i] * values[i];
    }
    this.offset = sum / total;
    this.weight = new Float64Array(values.length + 1);
    this.#first = new Float64Array(values.length + 1);
    this.#second = new Float64Array(values.length + 1);
    this.#scatter = new Float64Array(values.length + 1);
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] - this.offset;
      const mass = masses[i] / total;
      // A weight that vanishes against those before it is none.
      if (this.weight[count] + mass === this.weight[count]) continue;
      // Values that differ by less than the last digit of their mean are one value from here on.
      if (count === 0 || value > values[count - 1]) {
        values[count++] = value;
        for (const running of [this.weight, this.#first, this.#second, this.#scatter])
          running[count] = running[count - 1];
      }
      this.weight[count] += mass;
      this.#first[count] += mass * value;
      this.#second[count] += mass * value * value;
      this.#scatter[count] += mass * ((deviations?.[i] ?? 0) / this.scale) ** 2;
    }
    this.values = values.subarray(0, count);
    this.count = count;
    this.minimum = values[0];
    this.maximum = values[count - 1];
    this.variance = this.#second[count] + this.#scatter[count];
  }

  /** Share of the weight in values `from` to `to - 1`. */
  share(from: number, to: number): number {
    return this.weight[to] - this.weight[from];
  }

  /** Mean of values `from` to `to - 1`; rounding in the running sums never puts it outside them. */
  centroid(from: number, to: number): number {
    const mean = (this.#first[to] - this.#first[from]) / this.share(from, to);
    return Math.min(Math.max(mean, this.values[from]), this.values[to - 1]);
  }

  /** Squared distance of values `from` to `to - 1` from `level`, times their weights; exact for one value. */
  error(from: number, to: number, level: number): number {
    const weight = this.share(from, to);
    const scatter = this.#scatter[to] - this.#scatter[from];
    if (to - from === 1) return scatter + weight * (this.values[from] - level) ** 2;
    const first = this.#first[to] - this.#first[from];
    const second = this.#second[to] - this.#second[from];
    return scatter + Math.max(0, second - 2 * level * first + level * level * weight);
  }

  /** Number of values below `threshold` (in the unit of `values`), searching from `from` on. */
  below(threshold: number, from = 0): number {
    let low = from;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle] < threshold) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  moments(thresholds: ArrayLike<number>, levels: ArrayLike<number>): CellMoments {
    const size = levels.length;
    const weight = new Float64Array(size);
    const first = new Float64Array(size);
    const second = new Float64Array(size);
    let from = 0;
    for (let i = 0; i < size; i++) {
      const to = i === size - 1 ? this.count : this.below(thresholds[i], from);
      weight[i] = this.share(from, to);
      first[i] = this.#first[to] - this.#first[from] - levels[i] * weight[i];
      second[i] = this.error(from, to, levels[i]);
      from = to;
    }
    return { weight, first, second };
  }

  /** The value below which a share of the weight lies. */
  quantile(share: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.weight[middle + 1] < share) low = middle + 1;
      else high = middle;
    }
    return this.values[low];
  }
}

/** A power of two near a positive number; 1 for zero. */
function powerOfTwo(number: number): number {
  return number > 0 ? 2 ** Math.min(Math.floor(Math.log2(number)), 1023) : 1;
}

function isHistogram(samples: ArrayLike<number> | StreamingHistogram): samples is StreamingHistogram {
  return "bins" in samples;
}

interface Distinct {
  readonly values: Float64Array;
  readonly masses: Float64Array;
}

function sorted(
  functionName: string,
  samples: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): Distinct {
  assertFinite(functionName, samples);
  if (weights === undefined) {
    const all = Float64Array.from(samples).sort();
    return mergeEqual(all, new Float64Array(all.length).fill(1));
  }
  return sortedWeighted(functionName, samples, weights);
}

function sortedWeighted(functionName: string, samples: ArrayLike<number>, weights: ArrayLike<number>) {
  if (weights.length !== samples.length) {
    invalid(
      "INVALID_SAMPLES",
      functionName,
      `${samples.length} samples need as many weights`,
      weights.length,
    );
  }
  const order: number[] = [];
  for (let i = 0; i < samples.length; i++) {
    if (!(weights[i] >= 0 && Number.isFinite(weights[i]))) {
      invalid("INVALID_SAMPLES", functionName, "weights must be finite and not negative", weights[i]);
    }
    if (weights[i] > 0) order.push(i);
  }
  if (order.length === 0) invalid("INVALID_SAMPLES", functionName, "a weight must be positive", weights);
  order.sort((a, b) => samples[a] - samples[b]);
  return mergeEqual(
    Float64Array.from(order, (i) => samples[i]),
    Float64Array.from(order, (i) => weights[i]),
  );
}

function mergeEqual(
  values: Float64Array,
  masses: Float64Array,
): { values: Float64Array; masses: Float64Array } {
  let kept = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] === values[kept]) masses[kept] += masses[i];
    else {
      kept++;
      values[kept] = values[i];
      masses[kept] = masses[i];
    }
  }
  return { values: values.subarray(0, kept + 1), masses: masses.subarray(0, kept + 1) };
}

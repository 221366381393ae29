// A histogram that is filled sample by sample and never needs to know the range
// beforehand, for sets too large to sort. Its bin width is a power of two that
// doubles, pairs of bins merging, whenever a sample falls outside.
import { invalid } from "@csi-feedback/common/errors";

const BINS = 65536;
/** At once, so that squares of distances stay within the range of numbers. */
const MOST_DOUBLINGS = 400;

/**
 * A streaming histogram: 65,536 bins, each with the weight, the mean and the scatter of its samples,
 * so that a quantizer designed on it has exact centroids. Thresholds come out to about one part in
 * 20,000 of the samples' range.
 *
 * @example
 * ```ts
 * import { designLloydMax, StreamingHistogram } from "@csi-feedback/codec";
 *
 * const histogram = new StreamingHistogram();
 * for (let batch = 0; batch < 10; batch++) {
 *   histogram.add(Float32Array.from({ length: 1000 }, (_, i) => Math.sin(1000 * batch + i)));
 * }
 * const { quantizer } = designLloydMax(histogram, { bits: 4 });
 * console.log(histogram.count, quantizer.size); // 10000 16
 * ```
 */
export class StreamingHistogram {
  /** Number of samples added. */
  count = 0;
  readonly #weight = new Float64Array(BINS);
  readonly #first = new Float64Array(BINS);
  readonly #second = new Float64Array(BINS);
  /** Bin `i` holds `[(base + i) * width, (base + i + 1) * width)`. */
  #width = 0;
  #base = 0;

  /**
   * Adds samples, each with weight 1.
   *
   * @throws CsiFeedbackError `NOT_FINITE`; samples before the offending one stay added.
   */
  add(samples: ArrayLike<number>): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      if (!Number.isFinite(sample)) {
        invalid(
          "NOT_FINITE",
          "StreamingHistogram.add",
          `samples must be finite, but sample ${i} is not`,
          sample,
        );
      }
      let bin = Math.floor(sample / this.#width) - this.#base;
      if (!(bin >= 0 && bin < BINS)) {
        this.#makeRoom(sample);
        bin = Math.floor(sample / this.#width) - this.#base;
      }
      // Moments about the bin's lower edge in bin widths, so that nothing is lost to cancellation or overflow.
      const distance = sample / this.#width - (this.#base + bin);
      this.#weight[bin]++;
      this.#first[bin] += distance;
      this.#second[bin] += distance * distance;
    }
    this.count += samples.length;
  }

  /** Non-empty bins in ascending order: mean, weight, and standard deviation of their samples. */
  bins(): { values: Float64Array; masses: Float64Array; deviations: Float64Array } {
    const values: number[] = [];
    const masses: number[] = [];
    const deviations: number[] = [];
    for (let bin = 0; bin < BINS; bin++) {
      const weight = this.#weight[bin];
      if (weight === 0) continue;
      const mean = this.#first[bin] / weight;
      values.push((this.#base + bin + mean) * this.#width);
      masses.push(weight);
      deviations.push(Math.sqrt(Math.max(0, this.#second[bin] / weight - mean * mean)) * this.#width);
    }
    return {
      values: Float64Array.from(values),
      masses: Float64Array.from(masses),
      deviations: Float64Array.from(deviations),
    };
  }

  #makeRoom(sample: number): void {
    if (this.#width === 0) {
      // The first sample: bins so fine that ordinary data need only a few doublings.
      this.#width = 2 ** Math.max(-1000, Math.floor(Math.log2(Math.abs(sample) || 1)) - 24);
      this.#base = Math.floor(sample / this.#width) - BINS / 2;
      return;
    }
    for (;;) {
      const place = Math.floor(sample / this.#width);
      const low = Math.min(place, this.#base + this.#weight.findIndex((weight) => weight > 0));
      const high = Math.max(place, this.#base + this.#weight.findLastIndex((weight) => weight > 0));
      if (high - low < BINS) {
        this.#shift(low - Math.floor((BINS - 1 - (high - low)) / 2));
        return;
      }
      let doublings = 1;
      while (doublings < MOST_DOUBLINGS && spanOf(low, high, doublings) >= BINS) doublings++;
      this.#widen(doublings);
    }
  }

  /** Moves the window so that its first bin is number `base`. */
  #shift(base: number): void {
    const by = this.#base - base;
    for (const sums of [this.#weight, this.#first, this.#second]) {
      const kept = sums.slice(Math.max(0, -by), Math.min(BINS, BINS - by));
      sums.fill(0);
      sums.set(kept, Math.max(0, by));
    }
    this.#base = base;
  }

  /** Makes bins 2^doublings times as wide; that many become one. */
  #widen(doublings: number): void {
    const factor = 2 ** doublings;
    const base = Math.floor(this.#base / factor);
    const weight = new Float64Array(BINS);
    const first = new Float64Array(BINS);
    const second = new Float64Array(BINS);
    for (let bin = 0; bin < BINS; bin++) {
      const mass = this.#weight[bin];
      if (mass === 0) continue;
      const place = this.#base + bin;
      const wide = Math.floor(place / factor);
      // Distances grow by the bins that now lie before them, and are fewer of the wider bins.
      const moved = place - wide * factor;
      weight[wide - base] += mass;
      second[wide - base] +=
        (this.#second[bin] + 2 * moved * this.#first[bin] + mass * moved * moved) / factor ** 2;
      first[wide - base] += (this.#first[bin] + mass * moved) / factor;
    }
    this.#weight.set(weight);
    this.#first.set(first);
    this.#second.set(second);
    this.#base = base;
    this.#width *= factor;
  }
}

/** Wide bins between two places. */
function spanOf(low: number, high: number, doublings: number): number {
  return Math.floor(high / 2 ** doublings) - Math.floor(low / 2 ** doublings);
}

// Metrics of data sets larger than memory: channels pass through batch by batch and
// one number a sample stays (8 bytes where a 32 x 32 channel takes 8 kB), so that
// intervals and distributions are exact and workers' parts can be merged.
import { invalid } from "@csi-feedback/common";
import { type BootstrapOptions, bootstrapInterval, type Interval } from "./bootstrap";
import { nmsePerSample, toDecibels } from "./nmse";
import type { CenterOptions, ChannelValues } from "./samples";
import { sgcsPerSample } from "./similarity";

/** Grows as samples arrive; the base of the two accumulators. */
abstract class SampleAccumulator {
  protected abstract readonly measure: typeof nmsePerSample;
  #values = new Float64Array(256);
  #count = 0;

  /**
   * Adds one batch; nothing is added when it throws.
   *
   * @throws as {@link nmsePerSample}; its sample numbers count within the batch.
   */
  add(
    reference: ChannelValues,
    estimate: ChannelValues,
    shape: readonly number[],
    options: CenterOptions = {},
  ): void {
    this.#append(this.measure(reference, estimate, shape, options));
  }

  /** Samples seen so far. */
  get count(): number {
    return this.#count;
  }

  /** One value a sample, in the order of arrival; a copy. */
  get perSample(): Float64Array {
    return this.#values.slice(0, this.#count);
  }

  /**
   * Mean over all samples so far.
   *
   * @throws CsiFeedbackError `EMPTY` before the first sample.
   */
  get value(): number {
    if (this.#count === 0) invalid("EMPTY", `SampleAccumulator.value`, "needs at least one sample", 0);
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#values[i];
    return sum / this.#count;
  }

  /** Adds another accumulator's samples after these: parts merged in order give the same bytes as one pass. */
  merge(other: this): void {
    this.#append(other.perSample);
  }

  #append(values: Float64Array): void {
    const needed = this.#count + values.length;
    if (needed > this.#values.length) {
      const grown = new Float64Array(Math.max(needed, 2 * this.#values.length));
      grown.set(this.#values.subarray(0, this.#count));
      this.#values = grown;
    }
    this.#values.set(values, this.#count);
    this.#count = needed;
  }
}

/**
 * {@link nmse} over batches that come one after the other.
 *
 * @example
 * ```ts
 * import { NmseAccumulator } from "@csi-feedback/eval";
 *
 * const accumulator = new NmseAccumulator();
 * accumulator.add(Float32Array.of(1, 0), Float32Array.of(0.9, 0), [1, 2, 1]); // ratio 0.01
 * accumulator.add(Float32Array.of(0, 2), Float32Array.of(0, 1), [1, 2, 1]); // ratio 0.25
 * console.log(accumulator.count, accumulator.value.toFixed(3), accumulator.db.toFixed(2)); // 2 0.130 -8.86
 * ```
 */
export class NmseAccumulator extends SampleAccumulator {
  protected override readonly measure = nmsePerSample;

  /** {@link NmseAccumulator.value} in decibels [dB]. */
  get db(): number {
    return toDecibels(this.value);
  }

  /** Bootstrap interval of the NMSE in decibels [dB]; see {@link bootstrapInterval}. */
  intervalDb(options: Omit<BootstrapOptions, "transform"> = {}): Interval {
    return bootstrapInterval(this.perSample, { ...options, transform: toDecibels });
  }
}

/** {@link sgcs} over batches that come one after the other; used like {@link NmseAccumulator}. */
export class SgcsAccumulator extends SampleAccumulator {
  protected override readonly measure = sgcsPerSample;

  /** Bootstrap interval of the SGCS; see {@link bootstrapInterval}. */
  interval(options: Omit<BootstrapOptions, "transform"> = {}): Interval {
    return bootstrapInterval(this.perSample, options);
  }
}

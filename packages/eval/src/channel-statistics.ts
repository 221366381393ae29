// What a set of angle-delay channels looks like: where its energy lies over delay and
// angle, how far it spreads, and how few elements hold it. Facts about channels, not
// about their reconstruction.
import { assertShape, invalid } from "@csi-feedback/common";
import { checkCenter } from "./samples";

/** Options of {@link ChannelStatistics}. */
export interface ChannelStatisticsOptions {
  /** Of one sample: `[2, delays, antennas]`. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** The stored number that stands for zero: 0 unless told, 0.5 for the values that networks see. */
  readonly center?: number;
  /** Numbers of elements M whose share of the energy is kept for each sample. */
  readonly elements?: readonly number[];
}

/**
 * Statistics of angle-delay channels that come batch by batch. Every sample is divided by
 * its own energy first, so that strong samples count no more than weak ones and the scale
 * does not matter. Memory: a few numbers a sample.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `INVALID_ARGUMENT` from the constructor.
 *
 * @example
 * ```ts
 * import { ChannelStatistics } from "@csi-feedback/eval";
 *
 * // One channel of [2, delays 2, antennas 2]: 3 at tap 0, beam 0, and 1 j at tap 1, beam 0.
 * const statistics = new ChannelStatistics({ shape: [2, 2, 2], elements: [1] });
 * statistics.add(Float32Array.of(3, 0, 0, 0, 0, 0, 1, 0));
 * console.log(statistics.delayPower.join(" ")); // 0.9 0.1
 * console.log(statistics.delaySpreads[0].toFixed(3)); // 0.300
 * console.log(statistics.largestShares(1)[0]); // 0.9
 * ```
 */
export class ChannelStatistics {
  readonly #delays: number;
  readonly #antennas: number;
  readonly #center: number;
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #power: Float64Array;
  readonly #sorted: Float64Array;
  readonly #delaySpreads: number[] = [];
  readonly #angleSpreads: number[] = [];
  readonly #shares: ReadonlyMap<number, number[]>;

  constructor(options: ChannelStatisticsOptions) {
    const { shape, elements = [] } = options;
    const [planes, delays, antennas] = shape;
    if (planes !== 2 || ![delays, antennas].every((size) => Number.isSafeInteger(size) && size >= 1)) {
      invalid("INVALID_SHAPE", "ChannelStatistics", "a sample must be [2, delays, antennas]", shape);
    }
    const size = 2 * delays * antennas;
    for (const count of elements) {
      if (!Number.isSafeInteger(count) || count < 1 || count > size) {
        invalid("INVALID_ARGUMENT", "ChannelStatistics", `elements must be from 1 to ${size}`, count);
      }
    }
    this.#delays = delays;
    this.#antennas = antennas;
    this.#center = checkCenter("ChannelStatistics", options);
    this.#cosine = Float64Array.from({ length: antennas }, (_, a) => Math.cos((2 * Math.PI * a) / antennas));
    this.#sine = Float64Array.from({ length: antennas }, (_, a) => Math.sin((2 * Math.PI * a) / antennas));
    this.#power = new Float64Array(delays * antennas);
    this.#sorted = new Float64Array(size);
    this.#shares = new Map(elements.map((count) => [count, []]));
  }

  /**
   * Adds samples `[count, 2, delays, antennas]`.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`; `NOT_FINITE` and `ZERO_ENERGY` for a sample without a
   * finite, positive energy; the samples before it in the batch are counted then.
   */
  add(channels: Float32Array): void {
    const size = this.#sorted.length;
    assertShape("ChannelStatistics.add", channels, [
      Math.ceil(channels.length / size),
      2,
      this.#delays,
      this.#antennas,
    ]);
    for (let from = 0; from < channels.length; from += size) {
      this.#addSample(channels.subarray(from, from + size));
    }
  }

  #addSample(sample: Float32Array): void {
    const power = Float64Array.from(sample, (value) => (value - this.#center) ** 2);
    const energy = power.reduce((sum, value) => sum + value, 0);
    if (!(energy > 0 && energy < Number.POSITIVE_INFINITY)) {
      const rule = `sample ${this.count} must have a positive, finite energy`;
      invalid(energy === 0 ? "ZERO_ENERGY" : "NOT_FINITE", "ChannelStatistics.add", rule, energy);
    }
    for (let i = 0; i < power.length; i++) power[i] /= energy;
    this.#addSpreads(power);
    const ascending = power.sort();
    let share = 0;
    for (let i = 0; i < ascending.length; i++) {
      share += ascending[ascending.length - 1 - i];
      this.#sorted[i] += share;
      this.#shares.get(i + 1)?.push(share);
    }
  }

  /** Adds the power of a sample to the picture and records its spreads. */
  #addSpreads(power: Float64Array): void {
    const cells = this.#delays * this.#antennas;
    let [first, second, cosine, sine] = [0, 0, 0, 0];
    for (let delay = 0, cell = 0; delay < this.#delays; delay++) {
      for (let antenna = 0; antenna < this.#antennas; antenna++, cell++) {
        const share = power[cell] + power[cells + cell];
        this.#power[cell] += share;
        first += share * delay;
        second += share * delay * delay;
        cosine += share * this.#cosine[antenna];
        sine += share * this.#sine[antenna];
      }
    }
    this.#delaySpreads.push(Math.sqrt(Math.max(0, second - first * first)));
    const coherence = Math.min(1, Math.hypot(cosine, sine));
    this.#angleSpreads.push((this.#antennas / (2 * Math.PI)) * Math.sqrt(-2 * Math.log(coherence)));
  }

  /** Samples so far. */
  get count(): number {
    return this.#delaySpreads.length;
  }

  /** Share of the energy in each cell, mean over samples, `[delays, antennas]`. @throws CsiFeedbackError `EMPTY`. */
  get angleDelayPower(): Float64Array {
    return this.#mean(this.#power);
  }

  /** The power-delay profile: share of the energy in each delay tap, `[delays]`. @throws CsiFeedbackError `EMPTY`. */
  get delayPower(): Float64Array {
    return this.#marginal(this.#delays, (delay) => delay);
  }

  /** Share of the energy in each beam, `[antennas]`. @throws CsiFeedbackError `EMPTY`. */
  get anglePower(): Float64Array {
    return this.#marginal(this.#antennas, (_, antenna) => antenna);
  }

  /** RMS delay spread of each sample over its taps [taps]; one tap is 1 / bandwidth. */
  get delaySpreads(): Float64Array {
    return Float64Array.from(this.#delaySpreads);
  }

  /**
   * Circular spread of each sample over its beams [beams], `antennas / (2 pi) sqrt(-2 ln |R|)` with
   * R the mean of `exp(2 pi j beam / antennas)` by power: beams are a circle, and the result does
   * not depend on which of them is called the first.
   */
  get angleSpreads(): Float64Array {
    return Float64Array.from(this.#angleSpreads);
  }

  /**
   * Share of each sample's energy in its `elements` largest real and imaginary parts.
   *
   * @throws CsiFeedbackError `INVALID_ARGUMENT` for a number that the constructor was not given.
   */
  largestShares(elements: number): Float64Array {
    const shares = this.#shares.get(elements);
    if (shares === undefined) {
      const rule = `elements must be one of ${[...this.#shares.keys()].join(", ")}`;
      return invalid("INVALID_ARGUMENT", "ChannelStatistics.largestShares", rule, elements);
    }
    return Float64Array.from(shares);
  }

  /**
   * The sorted-energy curve: entry `M - 1` is the share of energy in the M largest elements, mean
   * over samples. One minus it is the NMSE of keeping M elements. @throws CsiFeedbackError `EMPTY`.
   */
  get sortedEnergy(): Float64Array {
    return this.#mean(this.#sorted);
  }

  #mean(sums: Float64Array): Float64Array {
    if (this.count === 0) invalid("EMPTY", "ChannelStatistics", "needs at least one sample", 0);
    return sums.map((sum) => sum / this.count);
  }

  #marginal(length: number, place: (delay: number, antenna: number) => number): Float64Array {
    const marginal = new Float64Array(length);
    for (const [cell, share] of this.angleDelayPower.entries()) {
      marginal[place(Math.floor(cell / this.#antennas), cell % this.#antennas)] += share;
    }
    return marginal;
  }
}

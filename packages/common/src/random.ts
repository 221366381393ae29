// Seeded random streams. A stream is named by a seed and a path of integers, so
// that sample 17 of a data set draws the same numbers whichever worker makes it.
// The generator is xoroshiro128+ of pure-rand; what this file adds is the naming,
// the distributions and a state that can be saved and restored.
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";
import { invalid } from "./errors";

const TWO_POW_MINUS_53 = 2 ** -53;

/** The state of a {@link RandomStream}, as plain JSON. */
export interface RandomState {
  readonly generator: readonly number[];
  /** The second value of the last Gaussian pair, when it has not been used yet. */
  readonly spareNormal: number | null;
}

/**
 * Four 32-bit words from a seed and a path, each a hash of all of it from another start, so that two
 * of even very many streams never share a state.
 */
function streamState(seed: number, path: readonly number[]): [number, number, number, number] {
  const words = [0x9e3779b9, 0x7f4a7c15, 0x6a09e667, 0x3c6ef372].map((start) => {
    let hash = start;
    for (const word of [seed, ...path]) {
      hash = scramble(Math.imul(hash, 31) ^ ((word % 2 ** 32) | 0));
      hash = scramble(hash ^ Math.floor(word / 2 ** 32));
    }
    return hash;
  });
  // The generator's one forbidden state is all zeros.
  return [words[0], words[1], words[2], words[3] || 1];
}

function scramble(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * A stream of pseudo-random numbers; see {@link randomStream}. Not for cryptography.
 */
export class RandomStream {
  #generator: JumpableRandomGenerator;
  #spareNormal: number | null = null;

  constructor(generator: JumpableRandomGenerator) {
    this.#generator = generator;
  }

  /** A number uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 67108864 + low) * TWO_POW_MINUS_53;
  }

  /** An integer uniform in [0, bound); `bound` is an integer from 1 to 2^53. */
  integer(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      invalid("INVALID_ARGUMENT", "RandomStream.integer", "bound must be a positive integer", bound);
    }
    return Math.floor(this.uniform() * bound);
  }

  /** A standard normal number (polar Box-Muller, two from each accepted pair). */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        this.#spareNormal = y * factor;
        return x * factor;
      }
    }
  }

  /** An exponential number with the given mean. */
  exponential(mean = 1): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** A Poisson number with the given mean (Knuth's product, in steps of 500 for large means). */
  poisson(mean: number): number {
    if (!(mean >= 0) || mean === Number.POSITIVE_INFINITY) {
      invalid("INVALID_ARGUMENT", "RandomStream.poisson", "mean must be finite and not negative", mean);
    }
    let count = -1;
    let left = mean;
    let product = 1;
    do {
      count++;
      product *= 1 - this.uniform();
      while (product < 1 && left > 0) {
        const step = Math.min(left, 500);
        product *= Math.exp(step);
        left -= step;
      }
    } while (product > 1);
    return count;
  }

  /** A uniformly random order of 0 .. count - 1. */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }

  /** The state, so that a run can be resumed with {@link restoreStream}. */
  state(): RandomState {
    return { generator: [...this.#generator.getState()], spareNormal: this.#spareNormal };
  }

  /** Sets the state in place. */
  restore(state: RandomState): void {
    this.#generator = xoroshiro128plusFromState(state.generator as [number, number, number, number]);
    this.#spareNormal = state.spareNormal;
  }
}

/**
 * The random stream named by a seed and a path of integers. The same name gives
 * the same numbers, on any machine and in any order of creation.
 *
 * @param seed - a non-negative safe integer.
 * @param path - non-negative safe integers, for example a data split and a sample index.
 * @throws CsiFeedbackError `INVALID_SEED` for anything else.
 *
 * @example
 * ```ts
 * import { randomStream } from "@csi-feedback/common";
 *
 * const first = randomStream(7, 0, 17).uniform();
 * const again = randomStream(7, 0, 17).uniform();
 * console.log(first === again, first === randomStream(7, 0, 18).uniform()); // true false
 * ```
 */
export function randomStream(seed: number, ...path: number[]): RandomStream {
  for (const word of [seed, ...path]) {
    if (!Number.isSafeInteger(word) || word < 0) {
      invalid("INVALID_SEED", "randomStream", "seed and path must be non-negative safe integers", word);
    }
  }
  return new RandomStream(xoroshiro128plusFromState(streamState(seed, path)));
}

/** A stream that continues where the one that gave `state` stood. */
export function restoreStream(state: RandomState): RandomStream {
  const stream = randomStream(0);
  stream.restore(state);
  return stream;
}

// Arithmetic that is the same on every machine: integers in doubles, sums below 2^53, floors. Values are in units of
// 1/4096; exponentials come from tables made by integer products alone.
import { ONE } from "./tokens";

/** One, for exponentials. */
export const UNIT_SHARE = 2 ** 24;

/** exp(-1/4096), exp(-64/4096) and exp(-1), times {@link UNIT_SHARE}. */
const DECAYS = { fine: 16773120, coarse: 16517109, whole: 6171993 } as const;
const LARGEST = 2 ** 18;
const WHOLES = 18;

function powers(decay: number, count: number): Float64Array {
  const table = new Float64Array(count).fill(UNIT_SHARE);
  for (let i = 1; i < count; i++) table[i] = Math.floor((table[i - 1] * decay) / UNIT_SHARE);
  return table;
}

const fine = powers(DECAYS.fine, 64);
const coarse = powers(DECAYS.coarse, 64);
const whole = powers(DECAYS.whole, WHOLES);

/** exp(-x), for x >= 0 in units of 1/4096, times {@link UNIT_SHARE}. */
export function decay(x: number): number {
  const wholes = Math.floor(x / ONE);
  if (wholes >= WHOLES) return 0;
  const part = Math.floor((fine[x % 64] * coarse[Math.floor(x / 64) % 64]) / UNIT_SHARE);
  return Math.floor((part * whole[wholes]) / UNIT_SHARE);
}

/** `out = x W (+ bias)`, W by rows of inputs. */
export function product(
  x: Float64Array,
  weights: Float64Array,
  outputs: number,
  bias?: Float64Array,
): Float64Array {
  const sums = new Float64Array(outputs);
  for (let i = 0; i < x.length; i++) {
    const value = x[i];
    if (value === 0) continue;
    for (let j = 0, at = i * outputs; j < outputs; j++, at++) sums[j] += value * weights[at];
  }
  for (let j = 0; j < outputs; j++) {
    const rounded = Math.floor((sums[j] + ONE / 2) / ONE) + (bias === undefined ? 0 : bias[j]);
    sums[j] = Math.max(-LARGEST, Math.min(LARGEST, rounded));
  }
  return sums;
}

/** `x / sqrt(mean(x^2)) * gain`. */
export function normalize(x: Float64Array, gain: Float64Array): Float64Array {
  let sum = 0;
  for (const value of x) sum += value * value;
  const root = Math.max(1, integerRoot(Math.floor(sum / x.length)));
  return x.map((value, i) => Math.floor((Math.floor((value * ONE) / root) * gain[i]) / ONE));
}

function integerRoot(square: number): number {
  let root = Math.floor(Math.sqrt(square));
  // Whatever the last digit of the machine's root.
  while (root * root > square) root--;
  while ((root + 1) * (root + 1) <= square) root++;
  return root;
}

/** `a + b`, in place of `a`. */
export function addTo(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += b[i];
}

export function rectify(x: Float64Array): Float64Array {
  return x.map((value) => Math.max(0, value));
}

/** Inner product of `length` values of two arrays, rounded down. */
export function inner(
  a: Float64Array,
  fromA: number,
  b: Float64Array,
  fromB: number,
  length: number,
): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[fromA + i] * b[fromB + i];
  return Math.floor(sum / ONE);
}

/** Shares of `total` in proportion to the exponentials of scores. */
export function shares(scores: Float64Array, total: number): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const score of scores) most = Math.max(most, score);
  let sum = 0;
  const weights = scores.map((score) => {
    const weight = decay(most - score);
    sum += weight;
    return weight;
  });
  return weights.map((weight) => Math.floor((weight * total) / sum));
}

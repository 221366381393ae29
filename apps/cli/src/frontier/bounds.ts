// Floors beside the curves: what no code of a kind can do, under assumptions that are said
// with each. No method is measured here.
import {
  estimatePaths,
  type PathParameters,
  type PathWindow,
  synthesizePaths,
} from "@csi-feedback/sparse-paths";
import { type FrontierChannel, subcarriers } from "./channel";
import { learnTransform } from "./methods/klt";

/** A point of a bound. */
export interface BoundRow {
  readonly channel: string;
  readonly bound: string;
  readonly budget: number;
  readonly nmseDb: number;
  readonly snr: number | null;
}

/** Training samples that the path bound is averaged over. */
const SAMPLES = 8;
const pathCounts = [2, 4, 6, 8, 11, 14, 18, 24, 32, 44, 64, 96] as const;

/** Titles of the bounds. */
export const boundTitles: ReadonlyMap<string, string> = new Map([
  ["gaussian", "Bound: Gaussian of these variances"],
  ["paths", "Bound: independent paths"],
]);

/** Both bounds of a channel at every budget. */
export function boundRows(channel: FrontierChannel, budgets: readonly number[], snr?: number): BoundRow[] {
  const own = { channel: channel.name, snr: snr ?? null };
  const decibels = (share: number) => 10 * Math.log10(share);
  const variances = learnTransform(channel).deviations.map((deviation) => 2 * deviation ** 2);
  const paths = pathBound(channel, budgets, snr);
  return budgets.flatMap((budget, i) => [
    { ...own, bound: "gaussian", budget, nmseDb: decibels(reverseWaterFilling(variances, budget)) },
    { ...own, bound: "paths", budget, nmseDb: decibels(paths[i]) },
  ]);
}

/**
 * Share of the energy that independent complex Gaussian coefficients of these variances leave at a rate:
 * D = sum min(theta, v), where sum max(0, log2(v / theta)) = bits. Of all channels with these second moments
 * the Gaussian is the hardest: a linear transform cannot do better on it, a code that knows more can.
 */
export function reverseWaterFilling(variances: Float64Array, bits: number): number {
  let low = -120;
  let high = Math.log2(variances.reduce((most, variance) => Math.max(most, variance), 0));
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const rate = variances.reduce((sum, v) => sum + Math.max(0, Math.log2(v) - middle), 0);
    if (rate > bits) low = middle;
    else high = middle;
  }
  const level = 2 ** high;
  const total = variances.reduce((sum, v) => sum + v, 0);
  return variances.reduce((sum, v) => sum + Math.min(level, v), 0) / total;
}

/**
 * What K independent paths cost. The channel lies on a surface of n = 4 K real dimensions; its metric is the
 * Fisher information J^T J of delays, angles and gains, whose inverse is the Cramer-Rao bound. Shannon's lower
 * bound on that surface, D = n / (2 pi e) 2^(2 (h - bits) / n), h = entropy of the parameters + log2 det(J^T J) / 2,
 * is tight at high rates. Assumed: delays and angles uniform over the window, gains complex Gaussian of
 * powers that the base station knows for nothing, no order among the paths. Beside D stand what K paths do
 * not reach of the channel and, under estimation noise, the Cramer-Rao bound: n / 2 times its variance.
 * The best K is taken at each budget, among those whose weakest path is worth more than its share of D:
 * the others are beyond the rates at which D means anything.
 */
function pathBound(channel: FrontierChannel, budgets: readonly number[], snr?: number): number[] {
  const { shape } = channel;
  const size = shape[0] * shape[1] * shape[2];
  const variance = snr === undefined ? 0 : 1 / (subcarriers * shape[2]) / 10 ** (snr / 10);
  const mean = budgets.map(() => 0);
  for (let i = 0; i < SAMPLES; i++) {
    const sample = channel.training().slice(i * size, (i + 1) * size);
    const surfaces = pathCounts.map((count) => surfaceOf(sample, count, shape));
    for (const [b, bits] of budgets.entries()) {
      let least = 1;
      for (const { paths, entropy, missed, weakest } of surfaces) {
        const n = 4 * paths;
        const quantisation = (n / (2 * Math.PI * Math.E)) * 2 ** ((2 * (entropy - bits)) / n);
        if (quantisation / paths <= weakest) {
          least = Math.min(least, missed + quantisation + (n / 2) * variance);
        }
      }
      mean[b] += least / SAMPLES;
    }
  }
  return mean;
}

/** Entropy [bits] of the channels of K paths on their surface, for a sample of energy 1, and shares of its energy. */
function surfaceOf(
  sample: Float32Array,
  count: number,
  [, delays, antennas]: FrontierChannel["shape"],
): { paths: number; entropy: number; missed: number; weakest: number } {
  const norm = Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0));
  const unit = sample.map((value) => value / norm);
  const window: PathWindow = {
    delays,
    subcarriers,
    array: { kind: "ula", elements: antennas },
    angleOrder: "centered",
  };
  const paths = estimatePaths(unit, { window, paths: count });
  const rebuilt = synthesizePaths(paths, window);
  const missed = unit.reduce((sum, value, i) => sum + (value - rebuilt[i]) ** 2, 0);
  const tangents = paths.flatMap((path) => tangentsOf(path, window));
  let entropy = halfLogDeterminant(tangents);
  let weakest = Number.POSITIVE_INFINITY;
  for (const [k, { gainRe, gainIm }] of paths.entries()) {
    const power = gainRe ** 2 + gainIm ** 2;
    weakest = Math.min(weakest, power);
    entropy += Math.log2((delays + 0.5) * antennas * Math.PI * Math.E * power) - Math.log2(k + 1);
  }
  return { paths: paths.length, entropy, missed, weakest };
}

/** Derivatives of a path's channel by delay, angle, and both parts of the gain. */
function tangentsOf(path: PathParameters, window: PathWindow): Float64Array[] {
  const step = 1e-2;
  const slope = (low: PathParameters, high: PathParameters, width: number) => {
    const above = synthesizePaths([high], window);
    const below = synthesizePaths([low], window);
    return Float64Array.from(above, (value, i) => (value - below[i]) / width);
  };
  const { delay, column } = path;
  const alone = (gainRe: number, gainIm: number) =>
    Float64Array.from(synthesizePaths([{ ...path, gainRe, gainIm }], window));
  return [
    slope({ ...path, delay: delay - step }, { ...path, delay: delay + step }, 2 * step),
    slope({ ...path, column: column - step }, { ...path, column: column + step }, 2 * step),
    alone(1, 0),
    alone(0, 1),
  ];
}

/** log2 det(J^T J) / 2 of columns, by modified Gram-Schmidt: the lengths that are left. */
export function halfLogDeterminant(columns: readonly Float64Array[]): number {
  let sum = 0;
  for (const [k, column] of columns.entries()) {
    const length = Math.sqrt(inner(column, column));
    if (length === 0) return Number.NEGATIVE_INFINITY;
    sum += Math.log2(length);
    for (const later of columns.slice(k + 1)) {
      const share = inner(column, later) / length ** 2;
      for (let i = 0; i < later.length; i++) later[i] -= share * column[i];
    }
  }
  return sum;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

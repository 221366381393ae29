// Reports as the arrays that refiner.ts works on: what a base station knows of every path by itself and of every pair,
// whatever the phase of the whole channel, and the functions that a correction is made of.
import { csiNetWindow } from "@csi-feedback/sparse-paths";
import { Window, WindowKernels } from "@csi-feedback/sparse-paths/parts";
import type { DecodedPath, Report } from "./refiner-files";

/** Taps, and antennas. */
export const SIDE = 32;
/** Functions of delay, or of angle, around a path: its kernel and what its two derivatives add, of norm 1 each. */
export const ORDERS = 3;
/** Products of the two that a correction may use, up to the second order. */
export const FUNCTIONS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [2, 0],
  [1, 1],
  [0, 2],
] as const;

/** Levels of a magnitude, an octave apart from one step on. */
export const LEVELS = 11;
const DELAY_HATS = 23;
const COLUMN_HATS = 16;
/** Periods of sines and cosines of a delay and of an angle [taps, bins]. */
const DELAY_PERIODS = [64, 16, 8, 4, 2, 1];
const COLUMN_PERIODS = [32, 8, 4, 2, 1];
const CHANNELS = 4;

/** Numbers that tell of a path by itself. */
export const TOKEN_FEATURES =
  CHANNELS + 9 + LEVELS + DELAY_HATS + COLUMN_HATS + 2 * (DELAY_PERIODS.length + COLUMN_PERIODS.length);
/** Numbers that tell how path l stands to path k. */
export const PAIR_FEATURES = 23;

const kernels = new WindowKernels(new Window(csiNetWindow, "refiner"));
const CURVATURE = Math.PI ** 2 / 3;
const SLOPE_NORM = Math.PI / Math.sqrt(3);
const CURVE_NORM = Math.PI ** 2 * Math.sqrt(4 / 45);

/** Arrays of reports with up to `length` paths each, padded. */
export interface Batch {
  readonly count: number;
  readonly length: number;
  /** `[count, length, TOKEN_FEATURES]` */
  readonly tokens: Float32Array;
  /** `[count, length, length, PAIR_FEATURES]` */
  readonly pairs: Float32Array;
  /** Gain of path l over that of path k, of magnitude 1, `[count, length, length]` each. */
  readonly turnRe: Float32Array;
  readonly turnIm: Float32Array;
  /** 1 for a path, 0 for padding, `[count, length]`. */
  readonly known: Float32Array;
  /** Gains of magnitude 1, `[count, length]` each; zero for padding. */
  readonly phaseRe: Float32Array;
  readonly phaseIm: Float32Array;
  /** Functions of delay and of angle, `[count, length, ORDERS, SIDE]` each. */
  readonly delays: Float32Array;
  readonly columns: Float32Array;
  /** What reports leave, `[count, 2, SIDE, SIDE]`. */
  readonly rests: Float32Array;
}

/** The two of `count` hat functions, one apart, that a position lies under, and its share in each. */
export function hatsAt(position: number, count: number): [node: number, share: number][] {
  const place = Math.min(count - 1 - 1e-9, Math.max(0, position));
  const node = Math.floor(place);
  return [
    [node, 1 - (place - node)],
    [node + 1, place - node],
  ];
}

/** Writes the {@link ORDERS} functions of a path at `at`. */
function writeFunctions(kernel: typeof kernels.delay, x: number, out: Float32Array, at: number): void {
  const [value, slope, curve] = [0, 1, 2].map(() => new Float64Array(SIDE));
  kernel.derivatives(x, value, slope, curve);
  for (let m = 0; m < SIDE; m++) {
    out[at + m] = value[m];
    out[at + SIDE + m] = slope[m] / SLOPE_NORM;
    out[at + 2 * SIDE + m] = (curve[m] + CURVATURE * value[m]) / CURVE_NORM;
  }
}

function magnitudeOf({ re, im }: DecodedPath): number {
  return Math.hypot(re, im);
}

function writeToken(report: Report, k: number, strongest: number, out: Float32Array, start: number): void {
  const { paths, channel, kind } = report;
  const path = paths[k];
  const level = Math.log2(magnitudeOf(path));
  let at = start;
  out[at + channel] = 1;
  at += CHANNELS;
  const numbers = [
    1,
    kind === "sparse paths" ? 0 : 1,
    level / 8,
    (Math.log2(strongest) - level) / 8,
    k / 16,
    paths.length / 16,
    Math.log2(path.delayWidth) / 8,
    Math.log2(path.columnWidth) / 8,
    Math.log2(path.acrossWidth) / 8,
  ];
  out.set(numbers, at);
  at += numbers.length;
  for (const [node, share] of hatsAt(level, LEVELS)) out[at + node] = share;
  at += LEVELS;
  for (const [node, share] of hatsAt((path.delay + 0.5) / 1.5, DELAY_HATS)) out[at + node] = share;
  at += DELAY_HATS;
  const bin = Math.floor(path.column / 2);
  out[at + (bin % COLUMN_HATS)] = 1 - (path.column / 2 - bin);
  out[at + ((bin + 1) % COLUMN_HATS)] = path.column / 2 - bin;
  at += COLUMN_HATS;
  for (const [periods, x] of [
    [DELAY_PERIODS, path.delay],
    [COLUMN_PERIODS, path.column],
  ] as const) {
    for (const period of periods) {
      out[at++] = Math.cos((2 * Math.PI * x) / period);
      out[at++] = Math.sin((2 * Math.PI * x) / period);
    }
  }
}

function dot(a: Float32Array, from: number, b: Float32Array, start: number): number {
  let sum = 0;
  for (let m = 0; m < SIDE; m++) sum += a[from + m] * b[start + m];
  return sum;
}

/** Bounds a number to -1 .. 1. */
function soft(x: number): number {
  return x / (1 + Math.abs(x));
}

/** Compresses large numbers. */
function compressed(x: number): number {
  return Math.sign(x) * Math.log1p(Math.abs(x));
}

function writePair(batch: Batch, row: number, k: number, l: number, report: Report, at: number): void {
  const { length, delays, columns, turnRe, turnIm, pairs } = batch;
  const [own, other] = [report.paths[k], report.paths[l]];
  const [ownLevel, otherLevel] = [own, other].map(magnitudeOf);
  // Once around the circle the kernel of an even number of antennas has changed its sign.
  const away = other.column - own.column;
  const turns = Math.round(away / SIDE);
  const sign = turns % 2 === 0 ? 1 : -1;
  const re = (other.re * own.re + other.im * own.im) / (ownLevel * otherLevel);
  const im = (other.im * own.re - other.re * own.im) / (ownLevel * otherLevel);
  const turn = (row * length + k) * length + l;
  turnRe[turn] = sign * re;
  turnIm[turn] = sign * im;
  const start = (path: number, order: number) => ((row * length + path) * ORDERS + order) * SIDE;
  const numbers: number[] = [];
  for (const [i, j] of FUNCTIONS.slice(0, 3)) {
    const overlap =
      dot(delays, start(k, i), delays, start(l, 0)) * dot(columns, start(k, j), columns, start(l, 0));
    numbers.push(compressed(otherLevel * overlap * re), compressed(otherLevel * overlap * im));
  }
  for (const [apart, width] of [
    [other.delay - own.delay, own.delayWidth],
    [away - turns * SIDE, own.columnWidth],
  ]) {
    numbers.push(apart / 8, soft(apart), 1 / (1 + Math.abs(apart)));
    numbers.push(soft(apart / width), 1 / (1 + Math.abs(apart / width)));
  }
  numbers.push(Math.log2(otherLevel / ownLevel) / 4, Math.log2(otherLevel) / 8);
  numbers.push(sign * re, sign * im, k === l ? 1 : 0, l < k ? 1 : 0, 1);
  pairs.set(numbers, at);
}

export function batchOf(reports: readonly Report[], length: number): Batch {
  const count = reports.length;
  const rows = count * length;
  const zeros = (size: number) => new Float32Array(size);
  const batch: Batch = {
    count,
    length,
    tokens: zeros(rows * TOKEN_FEATURES),
    pairs: zeros(rows * length * PAIR_FEATURES),
    turnRe: zeros(rows * length),
    turnIm: zeros(rows * length),
    known: zeros(rows),
    phaseRe: zeros(rows),
    phaseIm: zeros(rows),
    delays: zeros(rows * ORDERS * SIDE),
    columns: zeros(rows * ORDERS * SIDE),
    rests: zeros(count * 2 * SIDE * SIDE),
  };
  for (const [row, report] of reports.entries()) {
    batch.rests.set(report.rest, row * 2 * SIDE * SIDE);
    const strongest = Math.max(...report.paths.map(magnitudeOf));
    for (const [k, path] of report.paths.entries()) {
      const at = row * length + k;
      batch.known[at] = 1;
      batch.phaseRe[at] = path.re / magnitudeOf(path);
      batch.phaseIm[at] = path.im / magnitudeOf(path);
      writeFunctions(kernels.delay, path.delay, batch.delays, at * ORDERS * SIDE);
      writeFunctions(kernels.column, path.column, batch.columns, at * ORDERS * SIDE);
      writeToken(report, k, strongest, batch.tokens, at * TOKEN_FEATURES);
    }
    for (let k = 0; k < report.paths.length; k++) {
      for (let l = 0; l < report.paths.length; l++) {
        const at = ((row * length + k) * length + l) * PAIR_FEATURES;
        writePair(batch, row, k, l, report, at);
      }
    }
  }
  return batch;
}

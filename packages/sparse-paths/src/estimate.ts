// Newtonised orthogonal matching pursuit: paths are found one by one on a coarse grid,
// moved off the grid by Newton steps, refined again in turns, and their gains solved
// together. Gridless, noise-aware, no quantisation.
import { CorrelationGrid, FIRST_DELAY } from "./correlation-grid";
import { dot } from "./dot";
import { PathList, WindowKernels } from "./path-list";
import type { Planes, Window } from "./window";

/** When to stop looking for paths; the first that holds ends the search. */
export interface StopRules {
  /** Most paths. */
  readonly paths: number;
  /** Stops once the residual has at most this share of the sample's energy. */
  readonly residual?: number;
  /**
   * Variance of the estimation noise on a complex element of the sample: stops once what is left looks
   * like noise, at a false alarm rate of 1 %.
   */
  readonly noise?: number;
  /** How much longer the list grows between two cyclic sweeps over all of it, above 1. Default 1.25. */
  readonly sweepGrowth?: number;
  /** Whether all gains are solved together after every sweep (default), or after the last only. */
  readonly jointGains?: boolean;
  /** Asked after each path, with the list so far. */
  readonly enough?: (paths: PathList) => boolean;
}

const FALSE_ALARMS = 0.01;
/** Newton steps of a new path, and of a path in a cyclic sweep. */
const NEW_STEPS = 2;
/** Longest Newton step [cells of the window's own grid]. */
const LONGEST_STEP = 0.25;
/** Keeps gains of paths that are hardly told apart from growing against each other; share of an atom's norm. */
const RIDGE = 1e-6;

/** Estimates paths in one window; holds the tables and the work space. */
export class PathEstimator {
  readonly kernels: WindowKernels;
  readonly #grid: CorrelationGrid;
  readonly #scratch: Scratch;

  constructor(window: Window) {
    this.kernels = new WindowKernels(window);
    this.#grid = new CorrelationGrid(window);
    this.#scratch = new Scratch(window);
  }

  /** The paths of an unwound channel, in the order in which they were found. */
  estimate(channel: Planes, stop: StopRules): PathList {
    const paths = new PathList(this.kernels, stop.paths);
    let residual: Planes = { re: channel.re.slice(), im: channel.im.slice() };
    const energy = energyOf(residual);
    const grid = this.#grid;
    if (energy === 0) return paths;
    grid.reset(residual);
    let peak = grid.peak();
    // The largest of `cells` exponential variables passes this with the false alarm rate.
    const threshold = (stop.noise ?? 0) * Math.log(grid.cells / FALSE_ALARMS);
    let nextSweep = 2;
    while (paths.count < stop.paths && peak.energy > threshold && peak.energy > 1e-14 * energy) {
      const k = paths.count++;
      paths.place(k, peak.delay, peak.row, peak.column);
      this.#refine(paths, k, residual, NEW_STEPS);
      if (stop.enough?.(paths)) break;
      if (stop.residual !== undefined && energyOf(residual) <= stop.residual * energy) break;
      if (paths.count >= nextSweep) {
        this.sweep(paths, residual);
        if (stop.jointGains ?? true) {
          paths.solveGains(channel, RIDGE);
          residual = paths.residual(channel);
        }
        grid.reset(residual);
        peak = grid.peak();
        nextSweep = Math.ceil((stop.sweepGrowth ?? 1.25) * nextSweep);
      } else {
        peak = grid.subtract(paths, k);
      }
    }
    this.sweep(paths, residual);
    paths.solveGains(channel, RIDGE);
    return paths;
  }

  /** The strongest paths of a list alone, refined to do without the others. */
  strongest(list: PathList, count: number, channel: Planes, sweeps: number): PathList {
    const power = (k: number) => list.gainsRe[k] ** 2 + list.gainsIm[k] ** 2;
    const order = Array.from({ length: list.count }, (_, k) => k).sort((a, b) => power(b) - power(a));
    const kept = new PathList(this.kernels, count);
    kept.count = count;
    for (const [k, from] of order.slice(0, count).entries()) {
      kept.place(k, list.delays[from], list.rows[from], list.columns[from]);
    }
    kept.solveGains(channel, RIDGE);
    const residual = kept.residual(channel);
    for (let i = 0; i < sweeps; i++) this.sweep(kept, residual);
    kept.solveGains(channel, RIDGE);
    return kept;
  }

  /** Refines every path once, against the residual of all others; keeps the residual up to date. */
  sweep(paths: PathList, residual: Planes): void {
    for (let k = 0; k < paths.count; k++) this.#refine(paths, k, residual, 1);
  }

  /** Moves path `k` uphill, sets its gain, and updates the residual. */
  #refine(paths: PathList, k: number, residual: Planes, steps: number): void {
    const { window } = this.kernels;
    const { delays, antennas, rows, columns } = window;
    const scratch = this.#scratch;
    const delayAt = k * delays;
    const angleAt = k * antennas;
    const oldDelay = scratch.oldDelay;
    const oldAngle = scratch.oldAngle;
    for (let m = 0; m < delays; m++) oldDelay[m] = paths.delayKernels[delayAt + m];
    for (let m = 0; m < antennas; m++) oldAngle[m] = paths.angleKernels[angleAt + m];
    const oldRe = paths.gainsRe[k];
    const oldIm = paths.gainsIm[k];
    let { [k]: delay } = paths.delays;
    let { [k]: row } = paths.rows;
    let { [k]: column } = paths.columns;

    for (let step = 0; step < steps; step++) {
      // The path's own part is put back by its closed form: the kernels' inner products.
      scratch.alongDelays(residual, paths.angleKernels, angleAt);
      let own = dot(oldAngle, 0, paths.angleKernels, angleAt, antennas);
      for (let m = 0; m < delays; m++) {
        scratch.delayRe[m] += own * oldRe * oldDelay[m];
        scratch.delayIm[m] += own * oldIm * oldDelay[m];
      }
      delay = climb(this.kernels.delay, scratch.delayRe, scratch.delayIm, delay, scratch);
      delay = Math.min(delays - 1e-6, Math.max(FIRST_DELAY, delay));
      this.kernels.delay.evaluate(delay, paths.delayKernels, delayAt);

      scratch.alongAngles(residual, paths.delayKernels, delayAt);
      own = dot(oldDelay, 0, paths.delayKernels, delayAt, delays);
      for (let m = 0; m < antennas; m++) {
        scratch.angleRe[m] += own * oldRe * oldAngle[m];
        scratch.angleIm[m] += own * oldIm * oldAngle[m];
      }
      if (rows === 1) {
        if (columns > 1) {
          column = climb(this.kernels.column, scratch.angleRe, scratch.angleIm, column, scratch);
        }
      } else {
        this.kernels.row.evaluate(row, scratch.rowKernel, 0);
        scratch.overRows();
        if (columns > 1) {
          column = climb(this.kernels.column, scratch.columnRe, scratch.columnIm, column, scratch);
        }
        this.kernels.column.evaluate(column, scratch.columnKernel, 0);
        scratch.overColumns();
        row = climb(this.kernels.row, scratch.rowRe, scratch.rowIm, row, scratch);
      }
      row -= rows * Math.floor(row / rows);
      column -= columns * Math.floor(column / columns);
      this.kernels.evaluateAngles(row, column, paths.angleKernels, angleAt);
    }
    paths.delays[k] = delay;
    paths.rows[k] = row;
    paths.columns[k] = column;
    // The projection on the delay kernel is at hand; the angle kernel has moved since.
    const norm =
      dot(paths.delayKernels, delayAt, paths.delayKernels, delayAt, delays) *
      dot(paths.angleKernels, angleAt, paths.angleKernels, angleAt, antennas);
    const gainRe = dot(scratch.angleRe, 0, paths.angleKernels, angleAt, antennas) / norm;
    const gainIm = dot(scratch.angleIm, 0, paths.angleKernels, angleAt, antennas) / norm;
    paths.gainsRe[k] = gainRe;
    paths.gainsIm[k] = gainIm;
    const { re, im } = residual;
    const newAngle = paths.angleKernels;
    for (let d = 0, i = 0; d < delays; d++) {
      const newRe = gainRe * paths.delayKernels[delayAt + d];
      const newIm = gainIm * paths.delayKernels[delayAt + d];
      const backRe = oldRe * oldDelay[d];
      const backIm = oldIm * oldDelay[d];
      for (let a = 0; a < antennas; a++, i++) {
        const before = oldAngle[a];
        const now = newAngle[angleAt + a];
        re[i] += backRe * before - newRe * now;
        im[i] += backIm * before - newIm * now;
      }
    }
  }
}

/** Energy of a channel. */
export function energyOf({ re, im }: Planes): number {
  let energy = 0;
  for (let i = 0; i < re.length; i++) energy += re[i] * re[i] + im[i] * im[i];
  return energy;
}

/** One Newton step towards the largest |<D(. - x), s>|^2 / ||D(. - x)||^2 along one axis. */
function climb(
  kernel: WindowKernels["delay"],
  signalRe: Float64Array,
  signalIm: Float64Array,
  x: number,
  { value, first, second }: Scratch,
): number {
  kernel.derivatives(x, value, first, second);
  let re = 0;
  let im = 0;
  let re1 = 0;
  let im1 = 0;
  let re2 = 0;
  let im2 = 0;
  let norm = 0;
  let norm1 = 0;
  let norm2 = 0;
  for (let m = 0; m < kernel.bins; m++) {
    re += value[m] * signalRe[m];
    im += value[m] * signalIm[m];
    re1 += first[m] * signalRe[m];
    im1 += first[m] * signalIm[m];
    re2 += second[m] * signalRe[m];
    im2 += second[m] * signalIm[m];
    norm += value[m] * value[m];
    norm1 += 2 * value[m] * first[m];
    norm2 += 2 * (first[m] * first[m] + value[m] * second[m]);
  }
  const power = re * re + im * im;
  if (power === 0) return x;
  const power1 = 2 * (re * re1 + im * im1);
  const power2 = 2 * (re1 * re1 + im1 * im1 + re * re2 + im * im2);
  // Derivatives of the logarithm of the quotient.
  const slope = power1 / power - norm1 / norm;
  const curvature = power2 / power - (power1 / power) ** 2 - norm2 / norm + (norm1 / norm) ** 2;
  const step = curvature < 0 ? -slope / curvature : Math.sign(slope) * LONGEST_STEP;
  return x + Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
}

/** Work space of one estimator. */
class Scratch {
  readonly value: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly oldDelay: Float64Array;
  readonly oldAngle: Float64Array;
  readonly delayRe: Float64Array;
  readonly delayIm: Float64Array;
  readonly angleRe: Float64Array;
  readonly angleIm: Float64Array;
  readonly rowKernel: Float64Array;
  readonly columnKernel: Float64Array;
  readonly rowRe: Float64Array;
  readonly rowIm: Float64Array;
  readonly columnRe: Float64Array;
  readonly columnIm: Float64Array;

  constructor({ delays, rows, columns, antennas }: Window) {
    const longest = Math.max(delays, rows, columns);
    this.value = new Float64Array(longest);
    this.first = new Float64Array(longest);
    this.second = new Float64Array(longest);
    this.oldDelay = new Float64Array(delays);
    this.oldAngle = new Float64Array(antennas);
    this.delayRe = new Float64Array(delays);
    this.delayIm = new Float64Array(delays);
    this.angleRe = new Float64Array(antennas);
    this.angleIm = new Float64Array(antennas);
    this.rowKernel = new Float64Array(rows);
    this.columnKernel = new Float64Array(columns);
    this.rowRe = new Float64Array(rows);
    this.rowIm = new Float64Array(rows);
    this.columnRe = new Float64Array(columns);
    this.columnIm = new Float64Array(columns);
  }

  /** Contracts a channel with an angle kernel: what is left along the delays. */
  alongDelays({ re, im }: Planes, kernels: Float64Array, offset: number): void {
    const { delayRe, delayIm } = this;
    const { length } = this.angleRe;
    for (let d = 0, i = 0; d < delayRe.length; d++, i += length) {
      delayRe[d] = dot(kernels, offset, re, i, length);
      delayIm[d] = dot(kernels, offset, im, i, length);
    }
  }

  /** Contracts a channel with a delay kernel: what is left along the antennas. */
  alongAngles({ re, im }: Planes, kernels: Float64Array, offset: number): void {
    const { angleRe, angleIm } = this;
    const antennas = angleRe.length;
    const size = re.length;
    let a = 0;
    // Two antennas at a time.
    for (; a + 1 < antennas; a += 2) {
      let re0 = 0;
      let im0 = 0;
      let re1 = 0;
      let im1 = 0;
      for (let i = a, d = offset; i < size; i += antennas, d++) {
        const weight = kernels[d];
        re0 += weight * re[i];
        im0 += weight * im[i];
        re1 += weight * re[i + 1];
        im1 += weight * im[i + 1];
      }
      angleRe[a] = re0;
      angleIm[a] = im0;
      angleRe[a + 1] = re1;
      angleIm[a + 1] = im1;
    }
    if (a < antennas) {
      angleRe[a] = 0;
      angleIm[a] = 0;
      for (let i = a, d = offset; i < size; i += antennas, d++) {
        angleRe[a] += kernels[d] * re[i];
        angleIm[a] += kernels[d] * im[i];
      }
    }
  }

  /** Contracts the antennas with the row kernel. */
  overRows(): void {
    const columns = this.columnRe.length;
    for (let c = 0; c < columns; c++) {
      this.columnRe[c] = 0;
      this.columnIm[c] = 0;
      for (let r = 0; r < this.rowRe.length; r++) {
        this.columnRe[c] += this.rowKernel[r] * this.angleRe[r * columns + c];
        this.columnIm[c] += this.rowKernel[r] * this.angleIm[r * columns + c];
      }
    }
  }

  /** Contracts the antennas with the column kernel. */
  overColumns(): void {
    const columns = this.columnRe.length;
    for (let r = 0; r < this.rowRe.length; r++) {
      this.rowRe[r] = dot(this.columnKernel, 0, this.angleRe, r * columns, columns);
      this.rowIm[r] = dot(this.columnKernel, 0, this.angleIm, r * columns, columns);
    }
  }
}

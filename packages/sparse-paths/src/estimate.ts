// Newtonised orthogonal matching pursuit: paths are found one by one on a coarse grid,
// moved off the grid by Newton steps, refined again in turns, and their gains solved
// together. Gridless, noise-aware, no quantisation.
import { Cholesky } from "./cholesky";
import { CorrelationGrid, FIRST_DELAY } from "./correlation-grid";
import { dot } from "./dot";
import { PathList, WindowKernels } from "./path-list";
import { SearchField } from "./search-field";
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
/** A path lies at most this far before the end of the window [taps]: later ones have next to no energy in it. */
const LAST_MARGIN = 0.5;
/** Share of the energy below which single precision has no paths any more. */
const FLOOR = 1e-14;

/** Estimates paths in one window; holds the tables and the work space. */
export class PathEstimator {
  readonly kernels: WindowKernels;
  /** The channel in work and what is left of it. */
  readonly field: SearchField;
  readonly #grid: CorrelationGrid;
  readonly #scratch: Scratch;
  /** Lists that calls hand out again and again. */
  readonly #lists = new Map<string, PathList>();

  /** @param usePlain - keeps away from WebAssembly even where there is one. */
  constructor(window: Window, usePlain?: boolean) {
    this.kernels = new WindowKernels(window);
    this.field = new SearchField(window, usePlain);
    this.#grid = new CorrelationGrid(this.field);
    this.#scratch = new Scratch(window);
  }

  /** An empty list for one purpose, with the space of the list that was handed out for it before. */
  list(purpose: "found" | "kept" | "quantized", capacity: number): PathList {
    let list = this.#lists.get(purpose);
    if (list === undefined || list.capacity < capacity) {
      list = new PathList(this.kernels, capacity);
      this.#lists.set(purpose, list);
    }
    list.count = 0;
    return list;
  }

  /**
   * The paths of an unwound channel whose energy is near 1, in the order in which they were found; the
   * list is good until the next call.
   */
  estimate(channel: Planes, stop: StopRules): PathList {
    const paths = this.list("found", stop.paths);
    const energy = energyOf(channel);
    if (energy === 0) return paths;
    const grid = this.#grid;
    const { field } = this;
    field.load(channel);
    grid.reset();
    let peak = grid.peak();
    // The largest of `cells` exponential variables passes this with the false alarm rate.
    const threshold = (stop.noise ?? 0) * Math.log(grid.cells / FALSE_ALARMS);
    let nextSweep = 2;
    while (paths.count < stop.paths && peak.energy > threshold && peak.energy > FLOOR * energy) {
      const k = paths.count++;
      paths.place(k, peak.delay, peak.row, peak.column);
      paths.gainsRe[k] = 0;
      paths.gainsIm[k] = 0;
      this.#refine(paths, k, NEW_STEPS);
      if (stop.enough?.(paths)) break;
      if (stop.residual !== undefined && field.energy() <= stop.residual * energy) break;
      if (paths.count >= nextSweep) {
        this.sweep(paths);
        this.solveGains(paths);
        grid.reset();
        nextSweep = Math.ceil((stop.sweepGrowth ?? 1.25) * nextSweep);
      } else {
        grid.subtract(paths, k);
      }
      peak = grid.peak();
    }
    this.sweep(paths);
    this.solveGains(paths);
    return paths;
  }

  /** The strongest paths of a list alone, refined to do without the others; good until the next call. */
  strongest(list: PathList, count: number, sweeps: number): PathList {
    const power = (k: number) => list.gainsRe[k] ** 2 + list.gainsIm[k] ** 2;
    const order = Array.from({ length: list.count }, (_, k) => k).sort((a, b) => power(b) - power(a));
    const kept = this.list("kept", count);
    kept.count = count;
    for (const [k, from] of order.slice(0, count).entries()) {
      kept.place(k, list.delays[from], list.rows[from], list.columns[from]);
      kept.gainsRe[k] = list.gainsRe[from];
      kept.gainsIm[k] = list.gainsIm[from];
    }
    this.field.restart(kept);
    this.solveGains(kept);
    for (let i = 0; i < sweeps; i++) this.sweep(kept);
    this.solveGains(kept);
    return kept;
  }

  /** Refines every path once, against the residual of all others; keeps the residual up to date. */
  sweep(paths: PathList): void {
    for (let k = 0; k < paths.count; k++) this.#refine(paths, k, 1);
  }

  /** Solves all gains together, by what the residual still has along the atoms, and makes the residual anew. */
  solveGains(paths: PathList): Cholesky {
    const { count } = paths;
    const { re, im } = this.#scratch.projections(count);
    this.field.project(paths, re, im);
    const factor = new Cholesky(count);
    for (let k = 0; k < count; k++) {
      for (let l = 0; l < k; l++) factor.set(k, l, paths.product(k, l));
      factor.set(k, k, paths.product(k, k) + RIDGE);
    }
    factor.factor();
    factor.solve(re);
    factor.solve(im);
    for (let k = 0; k < count; k++) {
      paths.gainsRe[k] += re[k];
      paths.gainsIm[k] += im[k];
    }
    this.field.restart(paths);
    return factor;
  }

  /** Moves path `k` uphill, sets its gain, and updates the residual. */
  #refine(paths: PathList, k: number, steps: number): void {
    const { kernels, field } = this;
    const { delays, antennas, rows, columns } = kernels.window;
    const scratch = this.#scratch;
    const { oldDelay, oldAngle } = scratch;
    const { delayKernels, angleKernels } = paths;
    const { delayRe, delayIm, angleRe, angleIm } = field;
    const delayAt = k * delays;
    const angleAt = k * antennas;
    for (let m = 0; m < delays; m++) oldDelay[m] = delayKernels[delayAt + m];
    for (let m = 0; m < antennas; m++) oldAngle[m] = angleKernels[angleAt + m];
    field.setOld(paths, k);
    field.setNewAngle(paths, k);
    const oldRe = paths.gainsRe[k];
    const oldIm = paths.gainsIm[k];
    let delay = paths.delays[k];
    let row = paths.rows[k];
    let column = paths.columns[k];

    for (let step = 0; step < steps; step++) {
      // The path's own part is put back by its closed form: the kernels' inner products.
      field.alongDelays();
      let own = dot(oldAngle, 0, angleKernels, angleAt, antennas);
      addScaled(delayRe, own * oldRe, oldDelay, delays);
      addScaled(delayIm, own * oldIm, oldDelay, delays);
      delay = climb(kernels.delay, delayRe, delayIm, delay, scratch);
      delay = Math.min(delays - LAST_MARGIN, Math.max(FIRST_DELAY, delay));
      kernels.delay.evaluate(delay, delayKernels, delayAt);
      field.setNewDelay(paths, k);

      field.alongAngles();
      own = dot(oldDelay, 0, delayKernels, delayAt, delays);
      addScaled(angleRe, own * oldRe, oldAngle, antennas);
      addScaled(angleIm, own * oldIm, oldAngle, antennas);
      if (rows === 1) {
        if (columns > 1) column = climb(kernels.column, angleRe, angleIm, column, scratch);
      } else {
        kernels.row.evaluate(row, scratch.rowKernel, 0);
        scratch.overRows(angleRe, angleIm);
        if (columns > 1) {
          column = climb(kernels.column, scratch.columnRe, scratch.columnIm, column, scratch);
        }
        kernels.column.evaluate(column, scratch.columnKernel, 0);
        scratch.overColumns(angleRe, angleIm);
        row = climb(kernels.row, scratch.rowRe, scratch.rowIm, row, scratch);
      }
      row -= rows * Math.floor(row / rows);
      column -= columns * Math.floor(column / columns);
      kernels.evaluateAngles(row, column, angleKernels, angleAt);
      field.setNewAngle(paths, k);
    }
    paths.delays[k] = delay;
    paths.rows[k] = row;
    paths.columns[k] = column;
    // The projection on the delay kernel is at hand; the angle kernel has moved since.
    const norm =
      dot(delayKernels, delayAt, delayKernels, delayAt, delays) *
      dot(angleKernels, angleAt, angleKernels, angleAt, antennas);
    let gainRe = 0;
    let gainIm = 0;
    for (let a = 0; a < antennas; a++) {
      gainRe += angleRe[a] * angleKernels[angleAt + a];
      gainIm += angleIm[a] * angleKernels[angleAt + a];
    }
    paths.gainsRe[k] = gainRe / norm;
    paths.gainsIm[k] = gainIm / norm;
    field.replace(oldRe, oldIm, paths.gainsRe[k], paths.gainsIm[k]);
  }
}

/** Energy of a channel. */
export function energyOf({ re, im }: Planes): number {
  let energy = 0;
  for (let i = 0; i < re.length; i++) energy += re[i] * re[i] + im[i] * im[i];
  return energy;
}

/** A channel brought to an energy of 1, and what it has to be multiplied by to be as it was. */
export function unitEnergy(channel: Planes): { unit: Planes; norm: number } {
  const norm = Math.sqrt(energyOf(channel));
  const scale = (values: Float64Array) => values.map((value) => value / norm);
  return norm === 0
    ? { unit: channel, norm: 1 }
    : { unit: { re: scale(channel.re), im: scale(channel.im) }, norm };
}

function addScaled(target: Float32Array, scale: number, values: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) target[i] += scale * values[i];
}

/** One Newton step towards the largest |<D(. - x), s>|^2 / ||D(. - x)||^2 along one axis. */
function climb(
  kernel: WindowKernels["delay"],
  signalRe: Float32Array,
  signalIm: Float32Array,
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
  readonly rowKernel: Float64Array;
  readonly columnKernel: Float64Array;
  readonly rowRe: Float32Array;
  readonly rowIm: Float32Array;
  readonly columnRe: Float32Array;
  readonly columnIm: Float32Array;
  #projections = { re: new Float64Array(0), im: new Float64Array(0) };

  constructor({ delays, rows, columns, antennas }: Window) {
    const longest = Math.max(delays, rows, columns);
    this.value = new Float64Array(longest);
    this.first = new Float64Array(longest);
    this.second = new Float64Array(longest);
    this.oldDelay = new Float64Array(delays);
    this.oldAngle = new Float64Array(antennas);
    this.rowKernel = new Float64Array(rows);
    this.columnKernel = new Float64Array(columns);
    this.rowRe = new Float32Array(rows);
    this.rowIm = new Float32Array(rows);
    this.columnRe = new Float32Array(columns);
    this.columnIm = new Float32Array(columns);
  }

  /** Space for a number of at least `count` paths. */
  projections(count: number): { re: Float64Array; im: Float64Array } {
    if (this.#projections.re.length < count) {
      this.#projections = { re: new Float64Array(2 * count), im: new Float64Array(2 * count) };
    }
    return this.#projections;
  }

  /** Contracts values over antennas with the row kernel. */
  overRows(re: Float32Array, im: Float32Array): void {
    const columns = this.columnRe.length;
    for (let c = 0; c < columns; c++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let r = 0; r < this.rowKernel.length; r++) {
        sumRe += this.rowKernel[r] * re[r * columns + c];
        sumIm += this.rowKernel[r] * im[r * columns + c];
      }
      this.columnRe[c] = sumRe;
      this.columnIm[c] = sumIm;
    }
  }

  /** Contracts values over antennas with the column kernel. */
  overColumns(re: Float32Array, im: Float32Array): void {
    const columns = this.columnRe.length;
    for (let r = 0; r < this.rowRe.length; r++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let c = 0; c < columns; c++) {
        sumRe += this.columnKernel[c] * re[r * columns + c];
        sumIm += this.columnKernel[c] * im[r * columns + c];
      }
      this.rowRe[r] = sumRe;
      this.rowIm[r] = sumIm;
    }
  }
}

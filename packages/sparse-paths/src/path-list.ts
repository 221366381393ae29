// Paths under construction: coordinates, real separable kernels and complex gains.
// Knows nothing of search or of bits.
import { DirichletKernel } from "./dirichlet-kernel";
import { dot } from "./dot";
import type { Planes, Window } from "./window";

/** The three kernels of a window. */
export class WindowKernels {
  readonly delay: DirichletKernel;
  readonly row: DirichletKernel;
  readonly column: DirichletKernel;
  readonly window: Window;
  readonly #row: Float64Array;
  readonly #column: Float64Array;

  constructor(window: Window) {
    this.window = window;
    this.delay = new DirichletKernel(window.subcarriers, window.delays);
    this.row = new DirichletKernel(window.rows, window.rows);
    this.column = new DirichletKernel(window.columns, window.columns);
    this.#row = new Float64Array(window.rows);
    this.#column = new Float64Array(window.columns);
  }

  /** Kernel over all antennas of a direction (row, column), `[antennas]`. */
  evaluateAngles(row: number, column: number, values: Float64Array, offset: number): void {
    const { rows, columns } = this.window;
    if (rows === 1) {
      this.column.evaluate(column, values, offset);
      return;
    }
    this.row.evaluate(row, this.#row, 0);
    this.column.evaluate(column, this.#column, 0);
    for (let r = 0, i = offset; r < rows; r++) {
      for (let c = 0; c < columns; c++, i++) values[i] = this.#row[r] * this.#column[c];
    }
  }
}

/** A growing list of paths in one window. */
export class PathList {
  readonly window: Window;
  readonly capacity: number;
  count = 0;
  /** Delay [taps], row and column [bins] of each path. */
  readonly delays: Float64Array;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly gainsRe: Float64Array;
  readonly gainsIm: Float64Array;
  /** `[capacity, delays]` and `[capacity, antennas]`. */
  readonly delayKernels: Float64Array;
  readonly angleKernels: Float64Array;
  readonly #kernels: WindowKernels;

  constructor(kernels: WindowKernels, capacity: number) {
    const { window } = kernels;
    this.window = window;
    this.capacity = capacity;
    this.#kernels = kernels;
    this.delays = new Float64Array(capacity);
    this.rows = new Float64Array(capacity);
    this.columns = new Float64Array(capacity);
    this.gainsRe = new Float64Array(capacity);
    this.gainsIm = new Float64Array(capacity);
    this.delayKernels = new Float64Array(capacity * window.delays);
    this.angleKernels = new Float64Array(capacity * window.antennas);
  }

  /** Puts path `k` at new coordinates. */
  place(k: number, delay: number, row: number, column: number): void {
    this.delays[k] = delay;
    this.rows[k] = row;
    this.columns[k] = column;
    this.#kernels.delay.evaluate(delay, this.delayKernels, k * this.window.delays);
    this.#kernels.evaluateAngles(row, column, this.angleKernels, k * this.window.antennas);
  }

  /** Inner product of the atoms of paths `k` and `l`. */
  product(k: number, l: number): number {
    const { delays, antennas } = this.window;
    const { delayKernels, angleKernels } = this;
    return (
      dot(delayKernels, k * delays, delayKernels, l * delays, delays) *
      dot(angleKernels, k * antennas, angleKernels, l * antennas, antennas)
    );
  }

  /** Adds `gain` times path `k`'s atom to a channel. */
  add(k: number, gainRe: number, gainIm: number, channel: Planes): void {
    const { delays, antennas } = this.window;
    const { delayKernels, angleKernels } = this;
    const { re, im } = channel;
    for (let d = 0, i = 0; d < delays; d++) {
      const weightRe = gainRe * delayKernels[k * delays + d];
      const weightIm = gainIm * delayKernels[k * delays + d];
      for (let a = k * antennas; a < (k + 1) * antennas; a++, i++) {
        re[i] += weightRe * angleKernels[a];
        im[i] += weightIm * angleKernels[a];
      }
    }
  }
}

// Correlation of a residual with all atoms of a grid of half a tap by half a beam. Taking
// one atom away costs an outer product; nothing is correlated again.
import { type PathList, WindowKernels } from "./path-list";
import type { Planes, Window } from "./window";

/** Cells per tap and per beam. */
const OVERSAMPLING = 2;

/** Smallest delay of a path [taps]; the largest is `delays`. */
export const FIRST_DELAY = -0.5;

export class CorrelationGrid {
  readonly #delays: number;
  readonly #antennas: number;
  readonly #delayCells: number;
  readonly #rowCells: number;
  readonly #columnCells: number;
  readonly #angleCells: number;
  /** Kernels of the cells, `[cells, bins]`; delay kernels of unit norm. */
  readonly #delayKernels: Float64Array;
  readonly #angleKernels: Float64Array;
  /** The antenna that a cell on whole beams is, or -1. */
  readonly #angleUnits: Int32Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #alongRe: Float64Array;
  readonly #alongIm: Float64Array;
  readonly #delayProducts: Float64Array;
  readonly #angleProducts: Float64Array;

  constructor(window: Window) {
    const { delays, antennas, rows, columns } = window;
    const kernels = new WindowKernels(window);
    this.#delays = delays;
    this.#antennas = antennas;
    this.#delayCells = OVERSAMPLING * delays + 1;
    this.#rowCells = rows === 1 ? 1 : OVERSAMPLING * rows;
    this.#columnCells = columns === 1 ? 1 : OVERSAMPLING * columns;
    this.#angleCells = this.#rowCells * this.#columnCells;
    this.#delayKernels = new Float64Array(this.#delayCells * delays);
    for (let cell = 0; cell < this.#delayCells; cell++) {
      kernels.delay.evaluate(this.#delayOf(cell), this.#delayKernels, cell * delays);
      const row = this.#delayKernels.subarray(cell * delays, (cell + 1) * delays);
      const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      for (let m = 0; m < delays; m++) row[m] /= norm;
    }
    this.#angleKernels = new Float64Array(this.#angleCells * antennas);
    for (let cell = 0; cell < this.#angleCells; cell++) {
      const [row, column] = this.#angleOf(cell);
      kernels.evaluateAngles(row, column, this.#angleKernels, cell * antennas);
    }
    this.#angleUnits = Int32Array.from({ length: this.#angleCells }, (_, cell) => {
      const [row, column] = this.#angleOf(cell);
      return Number.isInteger(row) && Number.isInteger(column) ? row * columns + column : -1;
    });
    this.#re = new Float64Array(this.#delayCells * this.#angleCells);
    this.#im = new Float64Array(this.#re.length);
    this.#alongRe = new Float64Array(delays * this.#angleCells);
    this.#alongIm = new Float64Array(this.#alongRe.length);
    this.#delayProducts = new Float64Array(this.#delayCells);
    this.#angleProducts = new Float64Array(this.#angleCells);
  }

  #delayOf(cell: number): number {
    return FIRST_DELAY + cell / OVERSAMPLING;
  }

  #angleOf(cell: number): [row: number, column: number] {
    return [Math.floor(cell / this.#columnCells) / OVERSAMPLING, (cell % this.#columnCells) / OVERSAMPLING];
  }

  /**
   * Correlates a residual with every cell. On a whole tap or beam the kernel is a unit vector, so only
   * the cells between cost multiplications.
   */
  reset(residual: Planes): void {
    const antennas = this.#antennas;
    const delays = this.#delays;
    const cells = this.#angleCells;
    const sourceRe = residual.re;
    const sourceIm = residual.im;
    const angleKernels = this.#angleKernels;
    const angleUnits = this.#angleUnits;
    const alongRe = this.#alongRe;
    const alongIm = this.#alongIm;
    for (let cell = 0; cell < cells; cell++) {
      const unit = angleUnits[cell];
      const kernel = cell * antennas;
      for (let d = 0; d < delays; d++) {
        const from = d * antennas;
        if (unit >= 0) {
          alongRe[d * cells + cell] = sourceRe[from + unit];
          alongIm[d * cells + cell] = sourceIm[from + unit];
          continue;
        }
        let re = 0;
        let im = 0;
        for (let a = 0; a < antennas; a++) {
          const weight = angleKernels[kernel + a];
          re += weight * sourceRe[from + a];
          im += weight * sourceIm[from + a];
        }
        alongRe[d * cells + cell] = re;
        alongIm[d * cells + cell] = im;
      }
    }
    const delayKernels = this.#delayKernels;
    const gridRe = this.#re;
    const gridIm = this.#im;
    for (let row = 0; row < this.#delayCells; row++) {
      const at = row * cells;
      if (row % 2 === 1) {
        const tap = (row - 1) / 2;
        gridRe.set(alongRe.subarray(tap * cells, (tap + 1) * cells), at);
        gridIm.set(alongIm.subarray(tap * cells, (tap + 1) * cells), at);
        continue;
      }
      for (let cell = 0; cell < cells; cell++) {
        let re = 0;
        let im = 0;
        for (let d = 0, i = cell, k = row * delays; d < delays; d++, i += cells) {
          const weight = delayKernels[k + d];
          re += weight * alongRe[i];
          im += weight * alongIm[i];
        }
        gridRe[at + cell] = re;
        gridIm[at + cell] = im;
      }
    }
  }

  /** Takes path `k` with its gain away. */
  subtract(paths: PathList, k: number): void {
    products(this.#delayKernels, paths.delayKernels, k, this.#delays, this.#delayProducts);
    products(this.#angleKernels, paths.angleKernels, k, this.#antennas, this.#angleProducts);
    const cells = this.#angleCells;
    const gridRe = this.#re;
    const gridIm = this.#im;
    const delayProducts = this.#delayProducts;
    const angleProducts = this.#angleProducts;
    for (let row = 0, i = 0; row < delayProducts.length; row++) {
      const re = paths.gainsRe[k] * delayProducts[row];
      const im = paths.gainsIm[k] * delayProducts[row];
      for (let cell = 0; cell < cells; cell++, i++) {
        gridRe[i] -= re * angleProducts[cell];
        gridIm[i] -= im * angleProducts[cell];
      }
    }
  }

  /** The cell of largest correlation: its coordinates and the energy that its atom would take away. */
  peak(): { delay: number; row: number; column: number; energy: number } {
    const gridRe = this.#re;
    const gridIm = this.#im;
    let best = 0;
    let energy = -1;
    for (let i = 0; i < gridRe.length; i++) {
      const power = gridRe[i] * gridRe[i] + gridIm[i] * gridIm[i];
      if (power > energy) {
        energy = power;
        best = i;
      }
    }
    const [row, column] = this.#angleOf(best % this.#angleCells);
    return { delay: this.#delayOf(Math.floor(best / this.#angleCells)), row, column, energy };
  }

  /** Number of cells. */
  get cells(): number {
    return this.#re.length;
  }
}

/** Inner products of every row of `table` with row `k` of `kernels`. */
function products(
  table: Float64Array,
  kernels: Float64Array,
  k: number,
  length: number,
  out: Float64Array,
): void {
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let m = 0; m < length; m++) sum += table[row * length + m] * kernels[k * length + m];
    out[row] = sum;
  }
}

// Correlation of a residual with all atoms of a grid of half a tap by half a beam. Taking
// one atom away costs an outer product; nothing is correlated again.
import { dot } from "./dot";
import { type PathList, WindowKernels } from "./path-list";
import type { Planes, Window } from "./window";

/** Cells per tap and per beam. */
const OVERSAMPLING = 2;

/** Smallest delay of a path [taps]; the largest is `delays`. */
export const FIRST_DELAY = -0.5;

/** A cell of the grid: its coordinates and the energy that its atom would take away. */
export interface Peak {
  readonly delay: number;
  readonly row: number;
  readonly column: number;
  readonly energy: number;
}

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
        alongRe[d * cells + cell] = dot(angleKernels, kernel, sourceRe, from, antennas);
        alongIm[d * cells + cell] = dot(angleKernels, kernel, sourceIm, from, antennas);
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
      // Two cells at a time.
      for (let cell = 0; cell < cells; cell += 2) {
        let re0 = 0;
        let im0 = 0;
        let re1 = 0;
        let im1 = 0;
        for (let d = 0, i = cell, k = row * delays; d < delays; d++, i += cells) {
          const weight = delayKernels[k + d];
          re0 += weight * alongRe[i];
          im0 += weight * alongIm[i];
          re1 += weight * alongRe[i + 1];
          im1 += weight * alongIm[i + 1];
        }
        gridRe[at + cell] = re0;
        gridIm[at + cell] = im0;
        if (cell + 1 < cells) {
          gridRe[at + cell + 1] = re1;
          gridIm[at + cell + 1] = im1;
        }
      }
    }
  }

  /** Takes path `k` with its gain away; gives the peak of what is left, found in the same pass. */
  subtract(paths: PathList, k: number): Peak {
    products(this.#delayKernels, paths.delayKernels, k, this.#delays, this.#delayProducts);
    products(this.#angleKernels, paths.angleKernels, k, this.#antennas, this.#angleProducts);
    const cells = this.#angleCells;
    const gridRe = this.#re;
    const gridIm = this.#im;
    const delayProducts = this.#delayProducts;
    const angleProducts = this.#angleProducts;
    let best = 0;
    let energy = -1;
    for (let row = 0, i = 0; row < delayProducts.length; row++) {
      const gainRe = paths.gainsRe[k] * delayProducts[row];
      const gainIm = paths.gainsIm[k] * delayProducts[row];
      for (let cell = 0; cell < cells; cell++, i++) {
        const re = gridRe[i] - gainRe * angleProducts[cell];
        const im = gridIm[i] - gainIm * angleProducts[cell];
        gridRe[i] = re;
        gridIm[i] = im;
        const power = re * re + im * im;
        if (power > energy) {
          energy = power;
          best = i;
        }
      }
    }
    return this.#peakAt(best, energy);
  }

  /** The cell of largest correlation. */
  peak(): Peak {
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
    return this.#peakAt(best, energy);
  }

  #peakAt(best: number, energy: number): Peak {
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
  for (let row = 0; row < out.length; row++) out[row] = dot(table, row * length, kernels, k * length, length);
}

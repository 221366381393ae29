// Correlation of the residual with all atoms of a grid of half a tap by half a beam. Taking
// one atom away costs an outer product; nothing is correlated again.
import { type PathList, WindowKernels } from "./path-list";
import { angleCellsPerAntenna, padded, type SearchField } from "./search-field";

/** Smallest delay of a path [taps]; the largest is `delays`. */
export const FIRST_DELAY = -0.5;

/** A cell of the grid: its coordinates and the energy that its atom would take away. */
export interface Peak {
  readonly delay: number;
  readonly row: number;
  readonly column: number;
  readonly energy: number;
}

/**
 * On a whole tap or beam a kernel is a unit vector, so those cells are the residual itself. Rows of the
 * grid: whole taps, then those between from -0.5 on. Columns: a block of `stride` for the whole beams,
 * then one for each combination of half beams.
 */
export class CorrelationGrid {
  readonly #field: SearchField;
  /** Columns of the grid, and those off the whole beams. */
  readonly #cells: number;
  readonly #between: number;

  constructor(field: SearchField) {
    this.#field = field;
    const { window, stride, blocks } = field;
    const { delays, antennas } = window;
    this.#cells = stride * angleCellsPerAntenna(window);
    this.#between = this.#cells - stride;
    const kernels = new WindowKernels(window);
    const delayKernel = new Float64Array(delays);
    for (let cell = 0; cell <= delays; cell++) {
      kernels.delay.evaluate(FIRST_DELAY + cell, delayKernel, 0);
      const norm = Math.sqrt(delayKernel.reduce((sum, value) => sum + value * value, 0));
      for (let m = 0; m < delays; m++) {
        blocks.delayTable.values[cell * padded(delays) + m] = delayKernel[m] / norm;
      }
    }
    const angleKernel = new Float64Array(antennas);
    for (let cell = 0; cell < this.#between; cell++) {
      if (cell % stride >= antennas) continue;
      const [row, column] = this.#angleOf(cell + stride);
      kernels.evaluateAngles(row, column, angleKernel, 0);
      for (let m = 0; m < antennas; m++) {
        blocks.angleTable.values[cell * stride + m] = angleKernel[m];
        blocks.angleColumns.values[m * this.#between + cell] = angleKernel[m];
      }
    }
  }

  #angleOf(cell: number): [row: number, column: number] {
    const { window, stride } = this.#field;
    const { rows, columns } = window;
    const antenna = cell % stride;
    const combination = Math.floor(cell / stride);
    const rowHalves = rows === 1 ? 0 : combination % 2;
    const columnHalves = rows === 1 ? combination : combination >> 1;
    return [Math.floor(antenna / columns) + rowHalves / 2, (antenna % columns) + columnHalves / 2];
  }

  /** Correlates the residual with every cell. */
  reset(): void {
    const { window, stride, blocks, kernels } = this.#field;
    const { delays, antennas } = window;
    const cells = this.#cells;
    const between = this.#between;
    const { gridRe, gridIm, delayTable, angleColumns, residualRe, residualIm } = blocks;
    for (const [grid, residual] of [
      [gridRe, residualRe],
      [gridIm, residualIm],
    ]) {
      for (let d = 0; d < delays; d++) {
        grid.values.set(residual.values.subarray(d * stride, (d + 1) * stride), d * cells);
      }
      const beside = grid.at + 4 * stride;
      kernels.multiply(
        residual.at,
        angleColumns.at,
        beside,
        delays,
        antennas,
        between,
        stride,
        between,
        cells,
      );
      const below = grid.at + 4 * delays * cells;
      kernels.multiply(
        delayTable.at,
        grid.at,
        below,
        delays + 1,
        delays,
        cells,
        padded(delays),
        cells,
        cells,
      );
    }
  }

  /** Takes path `k` with its gain away. */
  subtract(paths: PathList, k: number): void {
    const { window, stride, blocks, kernels } = this.#field;
    const { delays } = window;
    const { gridRe, gridIm, newDelay, newAngle, delayProducts, angleProducts, unused } = blocks;
    const { delayTable, angleTable } = blocks;
    this.#field.setNew(paths, k);
    delayProducts.values.set(newDelay.values.subarray(0, delays));
    angleProducts.values.set(newAngle.values);
    const halves = delayProducts.at + 4 * delays;
    kernels.alongDelays(
      delayTable.at,
      delayTable.at,
      newDelay.at,
      halves,
      unused.at,
      delays + 1,
      padded(delays),
    );
    kernels.alongDelays(
      angleTable.at,
      angleTable.at,
      newAngle.at,
      angleProducts.at + 4 * stride,
      unused.at,
      this.#between,
      stride,
    );
    kernels.addAtom(
      gridRe.at,
      gridIm.at,
      -paths.gainsRe[k],
      -paths.gainsIm[k],
      delayProducts.at,
      angleProducts.at,
      2 * delays + 1,
      this.#cells,
    );
  }

  /** The cell of largest correlation. */
  peak(): Peak {
    const { window, blocks, kernels } = this.#field;
    const { gridRe, gridIm } = blocks;
    const best = kernels.peak(gridRe.at, gridIm.at, 2 * window.delays + 1, this.#cells);
    const tap = Math.floor(best / this.#cells);
    const [row, column] = this.#angleOf(best % this.#cells);
    return {
      delay: tap < window.delays ? tap : FIRST_DELAY + (tap - window.delays),
      row,
      column,
      energy: gridRe.values[best] ** 2 + gridIm.values[best] ** 2,
    };
  }

  /** Number of cells. */
  get cells(): number {
    const { window } = this.#field;
    return (2 * window.delays + 1) * window.antennas * angleCellsPerAntenna(window);
  }
}

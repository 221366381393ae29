// Odds of a coordinate: habits of the channel, flat within half cells, and kernels of several widths around the paths
// already sent. A distribution function in integers, so that any grid can be coded with it, however fine.
import type { SymbolSink, SymbolSource } from "@csi-feedback/sparse-paths/parts";
import { shares } from "./fixed-point";
import { edgeOf, UNITS } from "./tokens";

const TOTAL = 2 ** 28;
/** One, for the kernels' distribution function. */
const KERNEL_ONE = 2 ** 20;
const HALF_CELL = UNITS / 2;

/**
 * The distribution function of the kernel around 0, C(d) = 1/2 + d / (2 (w + |d|)), times {@link KERNEL_ONE}.
 */
function kernel(d: number, width: number): number {
  const outside = Math.floor(((KERNEL_ONE / 2) * width) / (width + Math.abs(d)));
  return d >= 0 ? KERNEL_ONE - outside : outside;
}

export class Mixture {
  readonly #cells: number;
  readonly #shares: Float64Array;
  readonly #before: Float64Array;
  readonly #widths: readonly number[];
  readonly #places: Float64Array;
  /** Length of the circle, 0 on a line [units]. */
  readonly #period: number;

  /**
   * @param scores - logarithmic weights of the half cells, then of each path for each kernel, in units of 1/4096.
   * @param places - of the paths [units].
   */
  constructor(
    scores: Float64Array,
    cells: number,
    scales: readonly number[],
    places: Float64Array,
    circular: boolean,
  ) {
    this.#cells = cells;
    this.#shares = shares(scores, TOTAL);
    this.#before = new Float64Array(cells + 1);
    for (let i = 0; i < cells; i++) this.#before[i + 1] = this.#before[i] + this.#shares[i];
    this.#widths = scales.map((scale) => Math.round(scale * UNITS));
    this.#places = places;
    this.#period = circular ? cells * HALF_CELL : 0;
  }

  /** Part `index` of half cells divided into `parts`, of those from part `from` on. */
  encode(sink: SymbolSink, index: number, parts: number, from: number): void {
    const start = this.#weightBelow(from, parts);
    const low = this.#weightBelow(index, parts);
    const high = this.#weightBelow(index + 1, parts);
    sink.encode(low - start, high - low, this.#weightBelow(this.#cells * parts, parts) - start);
  }

  decode(source: SymbolSource, parts: number, from: number): number {
    const start = this.#weightBelow(from, parts);
    const end = this.#cells * parts;
    const total = this.#weightBelow(end, parts) - start;
    const wanted = source.locate(total) + start;
    let low = from;
    let high = end;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#weightBelow(middle, parts) <= wanted) low = middle;
      else high = middle;
    }
    const below = this.#weightBelow(low, parts);
    source.consume(below - start, this.#weightBelow(low + 1, parts) - below, total);
    return low;
  }

  /** Weight of all parts before `index`; each has at least 1. */
  #weightBelow(index: number, parts: number): number {
    const x = edgeOf(index, parts);
    const cell = Math.floor(x / HALF_CELL);
    let weight = this.#before[cell] + index;
    if (cell < this.#cells) weight += Math.floor((this.#shares[cell] * (x - cell * HALF_CELL)) / HALF_CELL);
    const count = this.#places.length;
    for (let s = 0, i = this.#cells; s < this.#widths.length; s++) {
      const width = this.#widths[s];
      for (let j = 0; j < count; j++, i++) {
        const d = x - this.#places[j];
        let share = kernel(d, width);
        if (this.#period > 0) share += kernel(d - this.#period, width) + kernel(d + this.#period, width);
        weight += Math.floor((this.#shares[i] * share) / KERNEL_ONE);
      }
    }
    return weight;
  }
}

// The scalar quantizer: a table of levels and the thresholds between them. Every
// design of this package (Lloyd-Max, uniform, mu-law, entropy-constrained) ends in
// one of these. It encodes and decodes typed arrays; it does not design anything.
import { invalid } from "@csi-feedback/common/errors";

/** A scalar quantizer as plain JSON. */
export interface ScalarQuantizerJson {
  readonly kind: string;
  readonly levels: readonly number[];
  /** Absent when every threshold is the middle of its neighbouring levels. */
  readonly thresholds?: readonly number[];
  /** Probability of each index on the design data, when it is known. */
  readonly probabilities?: readonly number[];
}

/** Indices as the smallest unsigned integers that hold them. */
export type Indices = Uint8Array | Uint16Array;

const MAX_LEVELS = 65536;
const MAX_CELLS = 2 ** 18;

/**
 * A scalar quantizer: value `x` has index `i` when
 * `thresholds[i - 1] <= x < thresholds[i]`, and index `i` stands for `levels[i]`.
 *
 * @example
 * ```ts
 * import { ScalarQuantizer } from "@csi-feedback/codec";
 *
 * const quantizer = new ScalarQuantizer({ kind: "custom", levels: [-1, 0, 2] });
 * const indices = quantizer.encode([-5, 0.4, 1, 9]);
 * console.log(Array.from(indices)); // [ 0, 1, 2, 2 ]
 * console.log(Array.from(quantizer.decode(indices))); // [ -1, 0, 2, 2 ]
 * ```
 */
export class ScalarQuantizer {
  /** How it was designed, as `"lloyd-max"`. */
  readonly kind: string;
  /** Reconstruction levels, ascending. */
  readonly levels: Float64Array;
  /** Decision thresholds between neighbouring levels, ascending: one fewer than levels. */
  readonly thresholds: Float64Array;
  /** Probability of each index on the design data; absent when unknown. */
  readonly probabilities: Float64Array | undefined;
  /** Values that one index stands for. */
  readonly dimension = 1;
  /** Number of levels. */
  readonly size: number;
  /** Bits of an index at fixed width: ceil(log2 size). */
  readonly bits: number;
  readonly #midpoints: boolean;
  readonly #firstThreshold: number;
  readonly #cellsPerUnit: number;
  /** Number of thresholds below each cell of a uniform grid over the thresholds' range. */
  readonly #cellStart: Uint16Array;
  readonly #levels32: Float32Array;

  /**
   * @throws CsiFeedbackError `INVALID_QUANTIZER` unless there are 1 to 65,536 finite levels in
   * strictly ascending order, with thresholds that separate them.
   */
  constructor(json: ScalarQuantizerJson) {
    const { kind, levels, thresholds, probabilities } = json;
    const size = levels?.length;
    if (typeof kind !== "string") bad("kind must be a string", kind);
    if (!(size >= 1 && size <= MAX_LEVELS)) bad("levels must be 1 to 65536 numbers", size);
    this.kind = kind;
    this.levels = Float64Array.from(levels);
    this.size = size;
    this.bits = size <= 1 ? 0 : 32 - Math.clz32(size - 1);
    this.#midpoints = thresholds === undefined;
    this.thresholds = thresholds === undefined ? midpoints(this.levels) : Float64Array.from(thresholds);
    if (this.thresholds.length !== size - 1)
      bad(`${size} levels need ${size - 1} thresholds`, this.thresholds.length);
    for (let i = 0; i < size; i++) {
      if (!Number.isFinite(this.levels[i])) bad(`level ${i} must be finite`, this.levels[i]);
      if (i === 0) continue;
      if (!(this.levels[i] > this.levels[i - 1]))
        bad(`level ${i} must exceed the one before`, this.levels[i]);
      const threshold = this.thresholds[i - 1];
      if (!(threshold >= this.levels[i - 1] && threshold <= this.levels[i])) {
        bad(`threshold ${i - 1} must lie between its levels`, threshold);
      }
    }
    if (probabilities !== undefined && probabilities.length !== size) {
      bad(`${size} levels need ${size} probabilities`, probabilities.length);
    }
    this.probabilities = probabilities === undefined ? undefined : Float64Array.from(probabilities);
    this.#levels32 = Float32Array.from(this.levels);
    const count = this.thresholds.length;
    this.#firstThreshold = this.thresholds[0] ?? 0;
    const span = count > 1 ? this.thresholds[count - 1] - this.#firstThreshold : 0;
    const cells = Math.min(MAX_CELLS, Math.max(1, count) * 8);
    const cellsPerUnit = cells / span;
    this.#cellsPerUnit = Number.isFinite(cellsPerUnit) && cellsPerUnit > 0 ? cellsPerUnit : 0;
    this.#cellStart = new Uint16Array(cells + 2);
    this.#fillCells(cells);
  }

  #fillCells(cells: number): void {
    // Cells are numbered by the very arithmetic that encode uses, so that rounding
    // can never put a value before the thresholds its cell starts from.
    const start = this.#cellStart;
    const { thresholds } = this;
    let cell = 0;
    for (let i = 0; i < thresholds.length; i++) {
      const own = Math.trunc((thresholds[i] - this.#firstThreshold) * this.#cellsPerUnit);
      while (cell < Math.min(own, cells)) start[++cell] = i;
    }
    while (cell <= cells) start[++cell] = thresholds.length;
  }

  /**
   * Index of each value.
   *
   * @param indices - filled and returned when given; of the values' length.
   * @throws CsiFeedbackError `NOT_FINITE` when a value is not a finite number.
   */
  encode<Out extends { [index: number]: number; readonly length: number } = Indices>(
    values: ArrayLike<number>,
    indices?: Out,
  ): Out {
    const out = (indices ?? this.#indices(values.length)) as Out;
    const { thresholds } = this;
    const start = this.#cellStart;
    const first = this.#firstThreshold;
    const scale = this.#cellsPerUnit;
    const lastCell = start.length - 2;
    let poison = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      poison += value * 0;
      const place = (value - first) * scale;
      const cell = place > 0 ? (place < lastCell ? Math.trunc(place) : lastCell) : 0;
      let low = start[cell];
      let high = start[cell + 1];
      // Thresholds before `low` are below the cell; those from `high` on are above it.
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (value >= thresholds[middle]) low = middle + 1;
        else high = middle;
      }
      out[i] = low;
    }
    if (poison !== 0) notFinite(values);
    return out;
  }

  /**
   * The level of each index.
   *
   * @param values - filled and returned when given; of the indices' length.
   * @throws CsiFeedbackError `INVALID_INDEX` for an index beyond the last level.
   */
  decode(indices: ArrayLike<number>, values = new Float32Array(indices.length)): Float32Array {
    const levels = this.#levels32;
    for (let i = 0; i < indices.length; i++) {
      const level = levels[indices[i]];
      if (level === undefined) {
        const rule = `indices must be integers from 0 to ${this.size - 1}`;
        invalid("INVALID_INDEX", "ScalarQuantizer.decode", rule, indices[i]);
      }
      values[i] = level;
    }
    return values;
  }

  #indices(length: number): Indices {
    return this.size <= 256 ? new Uint8Array(length) : new Uint16Array(length);
  }

  /** Plain JSON; `new ScalarQuantizer(json)` brings the same quantizer back. */
  toJSON(): ScalarQuantizerJson {
    return {
      kind: this.kind,
      levels: Array.from(this.levels),
      ...(this.#midpoints ? {} : { thresholds: Array.from(this.thresholds) }),
      ...(this.probabilities === undefined ? {} : { probabilities: Array.from(this.probabilities) }),
    };
  }
}

/** Thresholds in the middle between neighbouring levels: the nearest-neighbour rule. */
export function midpoints(levels: ArrayLike<number>): Float64Array {
  const thresholds = new Float64Array(Math.max(0, levels.length - 1));
  for (let i = 0; i < thresholds.length; i++) thresholds[i] = levels[i] + (levels[i + 1] / 2 - levels[i] / 2);
  return thresholds;
}

function bad(rule: string, received: unknown): never {
  invalid("INVALID_QUANTIZER", "ScalarQuantizer", rule, received);
}

function notFinite(values: ArrayLike<number>): never {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      invalid(
        "NOT_FINITE",
        "ScalarQuantizer.encode",
        `values must be finite, but value ${i} is not`,
        values[i],
      );
    }
  }
  invalid("NOT_FINITE", "ScalarQuantizer.encode", "values must be finite", values);
}

// The truncated angle-delay window that both ends agree on, and the unwinding of its
// phases: after it every atom is a real, separable kernel. No search and no coding here.
import type { AngleOrder } from "@csi-feedback/channel-dft";
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";

/** Array of the base station: `elements` in a line, or a panel with antenna index `row * columns + column`. */
export type PathArray =
  | { readonly kind: "ula"; readonly elements: number }
  | { readonly kind: "upa"; readonly rows: number; readonly columns: number };

/** The angle-delay window of a channel sample, `[2, delays, antennas]`. Both ends of the link must agree on it. */
export interface PathWindow {
  /** Delay taps kept, N_c. */
  readonly delays: number;
  /** Tones of the band, N_f: the inverse DFT before the cut had this many points. */
  readonly subcarriers: number;
  readonly array: PathArray;
  /** Order of the angle axis; of both angle axes for a panel. */
  readonly angleOrder: AngleOrder;
}

/** The window of CsiNet's files and of the reference data: 32 of 1,024 taps, 32 antennas in a line, centered angles. */
export const csiNetWindow: PathWindow = {
  delays: 32,
  subcarriers: 1024,
  array: { kind: "ula", elements: 32 },
  angleOrder: "centered",
};

/** A channel with its phases unwound: planes of `[delays, antennas]`. */
export interface Planes {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A checked window with its phase tables. */
export class Window {
  readonly delays: number;
  readonly subcarriers: number;
  readonly rows: number;
  readonly columns: number;
  readonly antennas: number;
  /** Complex elements of a sample. */
  readonly size: number;
  readonly #phaseRe: Float64Array;
  readonly #phaseIm: Float64Array;

  /** @throws CsiFeedbackError `INVALID_WINDOW`. */
  constructor(window: PathWindow, functionName: string) {
    const { delays, subcarriers, array, angleOrder } = window;
    const reject = (rule: string, received: unknown) =>
      invalid("INVALID_WINDOW", functionName, rule, received);
    const [rows, columns] = array.kind === "upa" ? [array.rows, array.columns] : [1, array.elements];
    const sizes = { delays, subcarriers, rows, columns };
    for (const [name, size] of Object.entries(sizes)) {
      if (!Number.isSafeInteger(size) || size < 1) reject(`${name} must be a positive integer`, size);
    }
    if (delays > subcarriers) reject(`delays must be at most ${subcarriers}`, delays);
    if (delays * rows * columns > 65536)
      reject("a window has at most 65536 elements", delays * rows * columns);
    if (angleOrder !== "fft" && angleOrder !== "centered") {
      reject('angleOrder must be "fft" or "centered"', angleOrder);
    }
    this.delays = delays;
    this.subcarriers = subcarriers;
    this.rows = rows;
    this.columns = columns;
    this.antennas = rows * columns;
    this.size = delays * this.antennas;
    this.#phaseRe = new Float64Array(this.size);
    this.#phaseIm = new Float64Array(this.size);
    // A band of tones 0 .. N - 1 seen from its middle: exp(+-j pi (N - 1) m / N) on bin m.
    const shift = (count: number) => (angleOrder === "centered" ? Math.floor(count / 2) : 0);
    for (let d = 0, i = 0; d < delays; d++) {
      const delayPhase = (Math.PI * (subcarriers - 1) * d) / subcarriers;
      for (let r = 0; r < rows; r++) {
        const rowPhase = (Math.PI * (rows - 1) * (r - shift(rows))) / rows;
        for (let c = 0; c < columns; c++, i++) {
          const columnPhase = (Math.PI * (columns - 1) * (c - shift(columns))) / columns;
          const phase = delayPhase - rowPhase - columnPhase;
          this.#phaseRe[i] = Math.cos(phase);
          this.#phaseIm[i] = Math.sin(phase);
        }
      }
    }
  }

  /**
   * Removes the phases of the bins from a sample `[2, delays, antennas]`.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`.
   */
  unwind(sample: Float32Array, functionName: string): Planes {
    assertShape(functionName, sample, [2, this.delays, this.antennas]);
    assertFinite(functionName, sample);
    const re = new Float64Array(this.size);
    const im = new Float64Array(this.size);
    for (let i = 0; i < this.size; i++) {
      const a = sample[i];
      const b = sample[i + this.size];
      re[i] = a * this.#phaseRe[i] + b * this.#phaseIm[i];
      im[i] = b * this.#phaseRe[i] - a * this.#phaseIm[i];
    }
    return { re, im };
  }

  /** Undoes {@link Window.unwind}. */
  wind({ re, im }: Planes): Float32Array {
    const sample = new Float32Array(2 * this.size);
    for (let i = 0; i < this.size; i++) {
      sample[i] = re[i] * this.#phaseRe[i] - im[i] * this.#phaseIm[i];
      sample[i + this.size] = re[i] * this.#phaseIm[i] + im[i] * this.#phaseRe[i];
    }
    return sample;
  }
}

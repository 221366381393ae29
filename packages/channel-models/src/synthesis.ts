// From propagation paths to channels: straight into the kept delay taps and beams
// (closed form, exact), or over the full frequency grid. No randomness here.
import { invalid } from "@csi-feedback/common";
import { type AntennaArray, antennaCount, spatialFrequencies } from "./arrays";
import { DirichletKernel } from "./dirichlet";
import { type PropagationPaths, pathCount } from "./paths";

/** The OFDM grid: tone `k` lies at `carrierFrequency - bandwidth / 2 + k bandwidth / subcarriers`. */
export interface OfdmGrid {
  /** Carrier frequency [Hz]. */
  readonly carrierFrequency: number;
  /** Bandwidth [Hz]; a delay tap is 1 / bandwidth long. */
  readonly bandwidth: number;
  /** Number of tones N_f. */
  readonly subcarriers: number;
}

/** Order of the angle axis: `fft` as the DFT leaves it, `centered` with the zero beam at the middle (fftshift). */
export type AngleOrder = "fft" | "centered";

/** What {@link synthesizeAngleDelay} needs besides the paths. */
export interface AngleDelayOptions extends OfdmGrid {
  readonly array: AntennaArray;
  /** Delay taps kept, N_c. */
  readonly delays: number;
  /** Order of the angle axis; `fft` by default. */
  readonly angleOrder?: AngleOrder;
}

/** Checks a grid and throws `INVALID_GRID`. */
export function assertGrid(grid: OfdmGrid, functionName: string): void {
  if (!(grid.bandwidth > 0 && Number.isFinite(grid.bandwidth))) {
    invalid("INVALID_GRID", functionName, "bandwidth must be positive and finite", grid.bandwidth);
  }
  if (!(grid.carrierFrequency > 0 && Number.isFinite(grid.carrierFrequency))) {
    invalid(
      "INVALID_GRID",
      functionName,
      "carrierFrequency must be positive and finite",
      grid.carrierFrequency,
    );
  }
  if (!Number.isSafeInteger(grid.subcarriers) || grid.subcarriers < 1) {
    invalid("INVALID_GRID", functionName, "subcarriers must be a positive integer", grid.subcarriers);
  }
}

/** Sums paths into angle-delay channels; made once for many samples, so that its tables are shared. */
export class AngleDelaySynthesizer {
  readonly delays: number;
  readonly antennas: number;
  readonly #options: AngleDelayOptions;
  readonly #delayKernel: DirichletKernel;
  readonly #rowKernel: DirichletKernel | null;
  readonly #columnKernel: DirichletKernel;
  readonly #beamRe: Float64Array;
  readonly #beamIm: Float64Array;
  readonly #sumRe: Float64Array;
  readonly #sumIm: Float64Array;

  constructor(options: AngleDelayOptions) {
    assertGrid(options, "AngleDelaySynthesizer");
    const { subcarriers, delays, array } = options;
    if (!Number.isSafeInteger(delays) || delays < 1 || delays > subcarriers) {
      invalid(
        "INVALID_DELAYS",
        "AngleDelaySynthesizer",
        `delays must be an integer from 1 to ${subcarriers}`,
        delays,
      );
    }
    this.#options = options;
    this.delays = delays;
    this.antennas = antennaCount(array);
    const [rows, columns] = array.kind === "ula" ? [1, array.elements] : [array.rows, array.columns];
    this.#delayKernel = new DirichletKernel(subcarriers, delays, 1, 1 / Math.sqrt(subcarriers));
    this.#rowKernel = rows === 1 ? null : new DirichletKernel(rows, rows, -1, 1 / Math.sqrt(rows));
    this.#columnKernel = new DirichletKernel(columns, columns, -1, 1 / Math.sqrt(columns));
    this.#beamRe = rows === 1 ? this.#columnKernel.re : new Float64Array(this.antennas);
    this.#beamIm = rows === 1 ? this.#columnKernel.im : new Float64Array(this.antennas);
    this.#sumRe = new Float64Array(delays * this.antennas);
    this.#sumIm = new Float64Array(delays * this.antennas);
  }

  /**
   * Writes the channel of one link, `[2, delays, antennas]`, at `target[offset]`.
   * `time` [s] turns each path by its Doppler shift.
   */
  write(paths: PropagationPaths, target: Float32Array, offset = 0, time = 0): void {
    const count = pathCount(paths, "synthesizeAngleDelay");
    const { delays, antennas } = this;
    const { bandwidth, carrierFrequency } = this.#options;
    const sumRe = this.#sumRe.fill(0);
    const sumIm = this.#sumIm.fill(0);
    const beamRe = this.#beamRe;
    const beamIm = this.#beamIm;
    const { re: tapRe, im: tapIm } = this.#delayKernel;
    const firstTone = carrierFrequency - bandwidth / 2;
    for (let l = 0; l < count; l++) {
      const gainRe = paths.gainsRe[l];
      const gainIm = paths.gainsIm[l];
      if (gainRe === 0 && gainIm === 0) {
        continue;
      }
      const cycles = firstTone * paths.delays[l] - (paths.dopplerShifts?.[l] ?? 0) * time;
      const phase = -2 * Math.PI * (cycles - Math.round(cycles));
      const cosine = Math.cos(phase);
      const sine = Math.sin(phase);
      this.#delayKernel.evaluate(
        bandwidth * paths.delays[l],
        gainRe * cosine - gainIm * sine,
        gainRe * sine + gainIm * cosine,
      );
      this.#evaluateBeams(paths.azimuths[l], paths.zeniths?.[l] ?? Math.PI / 2);
      for (let d = 0, i = 0; d < delays; d++) {
        const re = tapRe[d];
        const im = tapIm[d];
        for (let m = 0; m < antennas; m++, i++) {
          sumRe[i] += re * beamRe[m] - im * beamIm[m];
          sumIm[i] += re * beamIm[m] + im * beamRe[m];
        }
      }
    }
    this.#store(target, offset);
  }

  /** Unitary DFT of the array response into the beam buffers. */
  #evaluateBeams(azimuth: number, zenith: number): void {
    const { array } = this.#options;
    const [rowFrequency, columnFrequency] = spatialFrequencies(array, azimuth, zenith);
    // Element phases exp(-j 2 pi n nu) under the kernel exp(-j 2 pi n m / N): the tone is at bin -N nu.
    if (array.kind === "ula") {
      this.#columnKernel.evaluate(-array.elements * columnFrequency, 1, 0);
      return;
    }
    const rowKernel = this.#rowKernel;
    this.#columnKernel.evaluate(-array.columns * columnFrequency, 1, 0);
    if (rowKernel === null) {
      return;
    }
    rowKernel.evaluate(-array.rows * rowFrequency, 1, 0);
    const { re: columnRe, im: columnIm } = this.#columnKernel;
    for (let r = 0, i = 0; r < array.rows; r++) {
      for (let c = 0; c < array.columns; c++, i++) {
        this.#beamRe[i] = rowKernel.re[r] * columnRe[c] - rowKernel.im[r] * columnIm[c];
        this.#beamIm[i] = rowKernel.re[r] * columnIm[c] + rowKernel.im[r] * columnRe[c];
      }
    }
  }

  #store(target: Float32Array, offset: number): void {
    const { delays, antennas } = this;
    const plane = delays * antennas;
    const columns = this.#columnKernel.re.length;
    const rows = antennas / columns;
    const centered = this.#options.angleOrder === "centered";
    const rowShift = centered ? Math.floor(rows / 2) : 0;
    const columnShift = centered ? Math.floor(columns / 2) : 0;
    for (let d = 0, i = 0; d < delays; d++) {
      for (let r = 0; r < rows; r++) {
        const row = offset + d * antennas + ((r + rowShift) % rows) * columns;
        for (let c = 0; c < columns; c++, i++) {
          const to = row + ((c + columnShift) % columns);
          target[to] = this.#sumRe[i];
          target[to + plane] = this.#sumIm[i];
        }
      }
    }
  }
}

/**
 * The angle-delay channel of one link, `[2, delays, antennas]`, real plane first:
 * unitary inverse DFT over the tones, unitary DFT over the antennas, first `delays`
 * taps, all in closed form. Equal to {@link synthesizeFrequency} followed by
 * `toAngleDelay` of `@csi-feedback/channel-dft` to float32 (for a linear array;
 * a planar array has a two-dimensional DFT here).
 *
 * @throws CsiFeedbackError `INVALID_GRID`, `INVALID_DELAYS`, `INVALID_ARRAY`, `SHAPE_MISMATCH`.
 *
 * @example
 * ```ts
 * import { synthesizeAngleDelay } from "@csi-feedback/channel-models";
 *
 * // One path broadside to the array, three taps late: all energy in one element.
 * const paths = {
 *   delays: Float64Array.of(3 / 20e6),
 *   gainsRe: Float64Array.of(1),
 *   gainsIm: Float64Array.of(0),
 *   azimuths: Float64Array.of(Math.PI / 2),
 * };
 * const channel = synthesizeAngleDelay(paths, {
 *   array: { kind: "ula", elements: 4 },
 *   carrierFrequency: 3e9,
 *   bandwidth: 20e6,
 *   subcarriers: 64,
 *   delays: 8,
 * });
 * console.log(Math.hypot(channel[3 * 4], channel[8 * 4 + 3 * 4])); // 16
 * ```
 */
export function synthesizeAngleDelay(paths: PropagationPaths, options: AngleDelayOptions): Float32Array {
  const synthesizer = new AngleDelaySynthesizer(options);
  const channel = new Float32Array(2 * synthesizer.delays * synthesizer.antennas);
  synthesizer.write(paths, channel);
  return channel;
}

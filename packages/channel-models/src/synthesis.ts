// From propagation paths to channels: straight into the kept delay taps and beams
// (closed form, exact), or over the full frequency grid. No randomness here.
import type { AngleOrder } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { type AntennaArray, antennaCount, arrayGrid, spatialFrequencies } from "./arrays";
import { DirichletKernel } from "./dirichlet";
import { type PropagationPaths, pathCount, polarizationGains } from "./paths";

/** The OFDM grid: tone `k` lies at `carrierFrequency - bandwidth / 2 + k bandwidth / subcarriers`. */
export interface OfdmGrid {
  /** Carrier frequency [Hz]. */
  readonly carrierFrequency: number;
  /** Bandwidth [Hz]; a delay tap is 1 / bandwidth long. */
  readonly bandwidth: number;
  /** Number of tones N_f. */
  readonly subcarriers: number;
}

/** What {@link synthesizeAngleDelay} needs besides the paths. */
export interface AngleDelayOptions extends OfdmGrid {
  readonly array: AntennaArray;
  /** Delay taps kept, N_c. */
  readonly delays: number;
  /** Order of the angle axis: `fft` as the DFT leaves it (the default), `centered` with the zero beam in the middle. */
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

/** Paths whose kernels are summed in one pass over the channel. */
const BLOCK = 32;

/** Sums paths into angle-delay channels; made once for many samples, so that its tables are shared. */
export class AngleDelaySynthesizer {
  /** Delay taps kept, N_c. */
  readonly delays: number;
  /** Antennas, N_t. */
  readonly antennas: number;
  readonly #options: AngleDelayOptions;
  readonly #rows: number;
  readonly #columns: number;
  readonly #delayKernel: DirichletKernel;
  readonly #rowKernel: DirichletKernel;
  readonly #columnKernel: DirichletKernel;
  // Sizes rounded up to even, for the 2 x 2 tiles of the sum.
  readonly #tapStride: number;
  readonly #beamStride: number;
  readonly #tapRe: Float64Array;
  readonly #tapIm: Float64Array;
  readonly #beamRe: Float64Array;
  readonly #beamIm: Float64Array;
  readonly #rowRe: Float64Array;
  readonly #rowIm: Float64Array;
  readonly #columnRe: Float64Array;
  readonly #columnIm: Float64Array;
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
    const [rows, columns] = arrayGrid(array);
    this.#rows = rows;
    this.#columns = columns;
    this.#delayKernel = new DirichletKernel(subcarriers, delays, 1, 1 / Math.sqrt(subcarriers));
    this.#rowKernel = new DirichletKernel(rows, rows, -1, 1 / Math.sqrt(rows));
    this.#columnKernel = new DirichletKernel(columns, columns, -1, 1 / Math.sqrt(columns));
    this.#tapStride = delays + (delays % 2);
    const beams = rows * columns;
    this.#beamStride = beams + (beams % 2);
    this.#tapRe = new Float64Array(BLOCK * this.#tapStride);
    this.#tapIm = new Float64Array(BLOCK * this.#tapStride);
    this.#beamRe = new Float64Array(BLOCK * this.#beamStride);
    this.#beamIm = new Float64Array(BLOCK * this.#beamStride);
    this.#rowRe = new Float64Array(rows);
    this.#rowIm = new Float64Array(rows);
    this.#columnRe = new Float64Array(columns);
    this.#columnIm = new Float64Array(columns);
    this.#sumRe = new Float64Array(this.#tapStride * this.#beamStride);
    this.#sumIm = new Float64Array(this.#tapStride * this.#beamStride);
  }

  /**
   * Writes the channel of one link, `[2, delays, antennas]`, at `target[offset]`.
   *
   * @param time - [s]; turns each path by its Doppler shift.
   * @throws CsiFeedbackError `SHAPE_MISMATCH` when the arrays of `paths` differ in length,
   * `MISSING_POLARIZATION` when a dual-polarised array meets single-polarised paths.
   */
  write(paths: PropagationPaths, target: Float32Array, offset = 0, time = 0): void {
    const count = pathCount(paths, "synthesizeAngleDelay");
    for (let polarization = 0; polarization < (this.#options.array.polarizations ?? 1); polarization++) {
      const [gainsRe, gainsIm] = polarizationGains(paths, polarization, "synthesizeAngleDelay");
      this.#sum(paths, count, gainsRe, gainsIm, time);
      this.#store(target, offset, polarization);
    }
  }

  /** Sums all paths with the given gains. */
  #sum(
    paths: PropagationPaths,
    count: number,
    gainsRe: Float64Array,
    gainsIm: Float64Array,
    time: number,
  ): void {
    const { bandwidth, carrierFrequency } = this.#options;
    const firstTone = carrierFrequency - bandwidth / 2;
    this.#sumRe.fill(0);
    this.#sumIm.fill(0);
    let used = 0;
    for (let l = 0; l < count; l++) {
      const cycles = firstTone * paths.delays[l] - (paths.dopplerShifts?.[l] ?? 0) * time;
      const phase = -2 * Math.PI * (cycles - Math.round(cycles));
      const cosine = Math.cos(phase);
      const sine = Math.sin(phase);
      this.#delayKernel.evaluate(
        bandwidth * paths.delays[l],
        gainsRe[l] * cosine - gainsIm[l] * sine,
        gainsRe[l] * sine + gainsIm[l] * cosine,
        this.#tapRe,
        this.#tapIm,
        used * this.#tapStride,
      );
      this.#evaluateBeams(paths.azimuths[l], paths.zeniths?.[l] ?? Math.PI / 2, used * this.#beamStride);
      if (++used === BLOCK) {
        this.#accumulate(used);
        used = 0;
      }
    }
    this.#accumulate(used);
  }

  /** Unitary DFT of the array response. Phases exp(-j 2 pi n nu) are a tone at bin -N nu. */
  #evaluateBeams(azimuth: number, zenith: number, offset: number): void {
    const rows = this.#rows;
    const columns = this.#columns;
    const [rowFrequency, columnFrequency] = spatialFrequencies(this.#options.array, azimuth, zenith);
    if (rows === 1) {
      this.#columnKernel.evaluate(-columns * columnFrequency, 1, 0, this.#beamRe, this.#beamIm, offset);
      return;
    }
    this.#columnKernel.evaluate(-columns * columnFrequency, 1, 0, this.#columnRe, this.#columnIm, 0);
    this.#rowKernel.evaluate(-rows * rowFrequency, 1, 0, this.#rowRe, this.#rowIm, 0);
    for (let r = 0, i = offset; r < rows; r++) {
      for (let c = 0; c < columns; c++, i++) {
        this.#beamRe[i] = this.#rowRe[r] * this.#columnRe[c] - this.#rowIm[r] * this.#columnIm[c];
        this.#beamIm[i] = this.#rowRe[r] * this.#columnIm[c] + this.#rowIm[r] * this.#columnRe[c];
      }
    }
  }

  /** Adds the outer products of the first `paths` kernels of the block, four elements at a time. */
  #accumulate(paths: number): void {
    const tapRe = this.#tapRe;
    const tapIm = this.#tapIm;
    const beamRe = this.#beamRe;
    const beamIm = this.#beamIm;
    const sumRe = this.#sumRe;
    const sumIm = this.#sumIm;
    const taps = this.#tapStride;
    const beams = this.#beamStride;
    for (let d = 0; d < taps; d += 2) {
      for (let m = 0; m < beams; m += 2) {
        let re00 = 0;
        let re01 = 0;
        let re10 = 0;
        let re11 = 0;
        let im00 = 0;
        let im01 = 0;
        let im10 = 0;
        let im11 = 0;
        for (let l = 0, t = d, b = m; l < paths; l++, t += taps, b += beams) {
          const tapRe0 = tapRe[t];
          const tapIm0 = tapIm[t];
          const tapRe1 = tapRe[t + 1];
          const tapIm1 = tapIm[t + 1];
          const beamRe0 = beamRe[b];
          const beamIm0 = beamIm[b];
          const beamRe1 = beamRe[b + 1];
          const beamIm1 = beamIm[b + 1];
          re00 += tapRe0 * beamRe0 - tapIm0 * beamIm0;
          im00 += tapRe0 * beamIm0 + tapIm0 * beamRe0;
          re01 += tapRe0 * beamRe1 - tapIm0 * beamIm1;
          im01 += tapRe0 * beamIm1 + tapIm0 * beamRe1;
          re10 += tapRe1 * beamRe0 - tapIm1 * beamIm0;
          im10 += tapRe1 * beamIm0 + tapIm1 * beamRe0;
          re11 += tapRe1 * beamRe1 - tapIm1 * beamIm1;
          im11 += tapRe1 * beamIm1 + tapIm1 * beamRe1;
        }
        const i = d * beams + m;
        sumRe[i] += re00;
        sumIm[i] += im00;
        sumRe[i + 1] += re01;
        sumIm[i + 1] += im01;
        sumRe[i + beams] += re10;
        sumIm[i + beams] += im10;
        sumRe[i + beams + 1] += re11;
        sumIm[i + beams + 1] += im11;
      }
    }
  }

  #store(target: Float32Array, offset: number, polarization: number): void {
    const { delays, antennas } = this;
    const rows = this.#rows;
    const columns = this.#columns;
    const plane = delays * antennas;
    const centered = this.#options.angleOrder === "centered";
    const rowShift = centered ? Math.floor(rows / 2) : 0;
    const columnShift = centered ? Math.floor(columns / 2) : 0;
    for (let d = 0; d < delays; d++) {
      let from = d * this.#beamStride;
      for (let r = 0; r < rows; r++) {
        const row = offset + d * antennas + polarization * rows * columns + ((r + rowShift) % rows) * columns;
        for (let c = 0; c < columns; c++, from++) {
          const to = row + ((c + columnShift) % columns);
          target[to] = this.#sumRe[from];
          target[to + plane] = this.#sumIm[from];
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

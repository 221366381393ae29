// Energy of a channel over the whole frequency grid and array, without synthesizing
// it there. Few paths: their pairwise correlations, which are products of real
// Dirichlet kernels. Many paths: a non-uniform fast Fourier transform over delay.
import FFT from "fft.js";
import { type AntennaArray, arrayGrid, spatialFrequencies } from "./arrays";
import type { FrequencyOptions } from "./frequency-synthesis";
import { type PropagationPaths, polarizationGains } from "./paths";

/** Number of paths from which the Fourier transform is the faster way. */
const MANY_PATHS = 160;

/** Where |sin(pi x)| is below this, sin(pi N x) / sin(pi x) is taken at its limit. */
const COINCIDENT = 1e-9;

/**
 * `sum_k sum_n |H[k, n]|^2` over all tones and antennas, to six digits or better. The
 * transforms to the angle-delay domain are unitary, so the energy of the first delay
 * taps divided by this number is the share that truncation keeps.
 *
 * @throws CsiFeedbackError `MISSING_POLARIZATION` when a dual-polarised array meets single-polarised paths.
 */
export function channelEnergy(paths: PropagationPaths, options: FrequencyOptions): number {
  let energy = 0;
  for (let p = 0; p < (options.array.polarizations ?? 1); p++) {
    const gains = polarizationGains(paths, p, "channelEnergy");
    const phased = centredGains(paths, gains, options);
    energy +=
      paths.delays.length < MANY_PATHS
        ? energyByPairs(paths, phased, options)
        : energyByTransform(paths, phased, options);
  }
  return energy;
}

type Gains = readonly [re: Float64Array, im: Float64Array];

/** The gains with the phases that the paths have at the middle of the grid and of the array. */
function centredGains(paths: PropagationPaths, [gainsRe, gainsIm]: Gains, options: FrequencyOptions): Gains {
  const { array, carrierFrequency, bandwidth, subcarriers, time = 0 } = options;
  const [rows, columns] = arrayGrid(array);
  const re = new Float64Array(gainsRe.length);
  const im = new Float64Array(gainsIm.length);
  for (let l = 0; l < re.length; l++) {
    const [row, column] = frequencies(array, paths, l);
    const cycles =
      (carrierFrequency - bandwidth / (2 * subcarriers)) * paths.delays[l] +
      (row * (rows - 1) + column * (columns - 1)) / 2 -
      (paths.dopplerShifts?.[l] ?? 0) * time;
    const phase = -2 * Math.PI * (cycles - Math.round(cycles));
    re[l] = gainsRe[l] * Math.cos(phase) - gainsIm[l] * Math.sin(phase);
    im[l] = gainsRe[l] * Math.sin(phase) + gainsIm[l] * Math.cos(phase);
  }
  return [re, im];
}

function frequencies(array: AntennaArray, paths: PropagationPaths, l: number): [number, number] {
  return spatialFrequencies(array, paths.azimuths[l], paths.zeniths?.[l] ?? Math.PI / 2);
}

function energyByPairs(paths: PropagationPaths, [re, im]: Gains, options: FrequencyOptions): number {
  const { array, bandwidth, subcarriers } = options;
  const count = re.length;
  const [rows, columns] = arrayGrid(array);
  const axes = [new Axis(subcarriers, count), new Axis(rows, count), new Axis(columns, count)];
  for (let l = 0; l < count; l++) {
    const [row, column] = frequencies(array, paths, l);
    axes[0].set(l, (bandwidth / subcarriers) * paths.delays[l]);
    axes[1].set(l, row);
    axes[2].set(l, column);
  }
  const used = axes.filter((axis) => axis.size > 1);
  const cells = subcarriers * rows * columns;
  let energy = 0;
  for (let l = 0; l < count; l++) {
    energy += cells * (re[l] * re[l] + im[l] * im[l]);
    for (let k = 0; k < l; k++) {
      let kernel = 2 * (re[l] * re[k] + im[l] * im[k]);
      for (const axis of used) {
        kernel *= axis.kernel(l, k);
      }
      energy += kernel;
    }
  }
  return energy;
}

/** Sines and cosines of pi x and pi N x for every path, on one axis of N elements. */
class Axis {
  readonly size: number;
  readonly #sine: Float64Array;
  readonly #cosine: Float64Array;
  readonly #fullSine: Float64Array;
  readonly #fullCosine: Float64Array;

  constructor(size: number, count: number) {
    this.size = size;
    this.#sine = new Float64Array(count);
    this.#cosine = new Float64Array(count);
    this.#fullSine = new Float64Array(count);
    this.#fullCosine = new Float64Array(count);
  }

  set(path: number, frequency: number): void {
    this.#sine[path] = Math.sin(Math.PI * frequency);
    this.#cosine[path] = Math.cos(Math.PI * frequency);
    this.#fullSine[path] = Math.sin(Math.PI * this.size * frequency);
    this.#fullCosine[path] = Math.cos(Math.PI * this.size * frequency);
  }

  /** sin(pi N x) / sin(pi x) for the difference x of two paths' frequencies. */
  kernel(l: number, k: number): number {
    const denominator = this.#sine[l] * this.#cosine[k] - this.#cosine[l] * this.#sine[k];
    if (denominator > COINCIDENT || denominator < -COINCIDENT) {
      return (
        (this.#fullSine[l] * this.#fullCosine[k] - this.#fullCosine[l] * this.#fullSine[k]) / denominator
      );
    }
    const full = this.#fullCosine[l] * this.#fullCosine[k] + this.#fullSine[l] * this.#fullSine[k];
    const single = this.#cosine[l] * this.#cosine[k] + this.#sine[l] * this.#sine[k];
    return (this.size * full) / single;
  }
}

/** Grid points over which a path is spread. */
const WIDTH = 8;

/** The spreading kernel exp(beta (sqrt(1 - (x / half width)^2) - 1)), x in grid points. */
function spreading(x: number): number {
  const inside = 1 - ((2 * x) / WIDTH) ** 2;
  return inside <= 0 ? 0 : Math.exp(2.3 * WIDTH * (Math.sqrt(inside) - 1));
}

interface TransformPlan {
  readonly size: number;
  readonly fft: FFT;
  /** For each tone from the middle outwards, 1 / |Fourier transform of the kernel|^2. */
  readonly weights: Float64Array;
}

const plans = new Map<number, TransformPlan>();

/** The transform for a number of tones: a grid of at least twice as many points. */
function planFor(subcarriers: number): TransformPlan {
  const known = plans.get(subcarriers);
  if (known !== undefined) {
    return known;
  }
  const size = Math.max(16, 2 ** Math.ceil(Math.log2(2 * subcarriers)));
  const nodes = 200;
  const weights = Float64Array.from({ length: subcarriers }, (_, k) => {
    const tone = (k - (subcarriers - 1) / 2) / size;
    let transform = 0;
    for (let i = 0; i < nodes; i++) {
      const x = (WIDTH / 2) * (-1 + (2 * i + 1) / nodes);
      transform += spreading(x) * Math.cos(2 * Math.PI * tone * x);
    }
    return ((transform * WIDTH) / nodes) ** -2;
  });
  const plan = { size, fft: new FFT(size), weights };
  plans.set(subcarriers, plan);
  return plan;
}

function energyByTransform(paths: PropagationPaths, [re, im]: Gains, options: FrequencyOptions): number {
  const { array, bandwidth, subcarriers } = options;
  const { size, fft, weights } = planFor(subcarriers);
  const [rows, columns] = arrayGrid(array);
  const elements = rows * columns;
  const grid = new Float64Array(2 * size * elements);
  const steering = new Float64Array(2 * elements);
  // The paths' phases are those at the middle of the grid, between two tones when their number is even.
  const half = (subcarriers - 1) / 2 - Math.floor((subcarriers - 1) / 2);
  for (let l = 0; l < re.length; l++) {
    const [rowFrequency, columnFrequency] = frequencies(array, paths, l);
    const stepRe = Math.cos(2 * Math.PI * columnFrequency);
    const stepIm = -Math.sin(2 * Math.PI * columnFrequency);
    for (let r = 0, at = 0; r < rows; r++) {
      const phase =
        2 * Math.PI * (((columns - 1) / 2) * columnFrequency - (r - (rows - 1) / 2) * rowFrequency);
      let gainRe = re[l] * Math.cos(phase) - im[l] * Math.sin(phase);
      let gainIm = re[l] * Math.sin(phase) + im[l] * Math.cos(phase);
      for (let c = 0; c < columns; c++, at += 2) {
        steering[at] = gainRe;
        steering[at + 1] = gainIm;
        const turned = gainRe * stepRe - gainIm * stepIm;
        gainIm = gainRe * stepIm + gainIm * stepRe;
        gainRe = turned;
      }
    }
    const position = (bandwidth * paths.delays[l] * size) / subcarriers;
    const first = Math.ceil(position - WIDTH / 2);
    for (let g = first; g < first + WIDTH; g++) {
      const weight = spreading(g - position);
      // Half a tone of shift when the middle lies between two tones.
      const turn = (-2 * Math.PI * half * g) / size;
      const cosine = weight * Math.cos(turn);
      const sine = weight * Math.sin(turn);
      const row = 2 * elements * (((g % size) + size) % size);
      for (let n = 0, at = row; n < 2 * elements; n += 2, at += 2) {
        grid[at] += steering[n] * cosine - steering[n + 1] * sine;
        grid[at + 1] += steering[n] * sine + steering[n + 1] * cosine;
      }
    }
  }
  const column = fft.createComplexArray();
  const spectrum = fft.createComplexArray();
  let energy = 0;
  for (let n = 0; n < elements; n++) {
    for (let g = 0, at = 2 * n; g < 2 * size; g += 2, at += 2 * elements) {
      column[g] = grid[at];
      column[g + 1] = grid[at + 1];
    }
    fft.transform(spectrum, column);
    for (let k = 0; k < subcarriers; k++) {
      // Tone k lies k - (subcarriers - 1) / 2 from the middle, of which `half` is in the grid already.
      const bin = 2 * ((k - Math.floor((subcarriers - 1) / 2) - Math.ceil(half * 2) + size) % size);
      energy += weights[k] * (spectrum[bin] ** 2 + spectrum[bin + 1] ** 2);
    }
  }
  return energy;
}

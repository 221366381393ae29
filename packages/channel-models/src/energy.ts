// Energy of a channel over the whole frequency grid and array, without synthesizing
// it: the paths' pairwise correlations are products of real Dirichlet kernels.
import { spatialFrequencies } from "./arrays";
import type { PropagationPaths } from "./paths";
import type { FrequencyOptions } from "./frequency-synthesis";

/** Where |sin(pi x)| is below this, sin(pi N x) / sin(pi x) is taken at its limit. */
const COINCIDENT = 1e-9;

/**
 * `sum_k sum_n |H[k, n]|^2` over all tones and antennas. The transforms to the
 * angle-delay domain are unitary, so the energy of the first delay taps divided by
 * this number is the share that truncation keeps.
 */
export function channelEnergy(paths: PropagationPaths, options: FrequencyOptions): number {
  const { array, carrierFrequency, bandwidth, subcarriers, time = 0 } = options;
  const count = paths.delays.length;
  const [rows, columns] = array.kind === "ula" ? [1, array.elements] : [array.rows, array.columns];
  const delayAxis = new Axis(subcarriers, count);
  const rowAxis = new Axis(rows, count);
  const columnAxis = new Axis(columns, count);
  const re = new Float64Array(count);
  const im = new Float64Array(count);
  for (let l = 0; l < count; l++) {
    const [row, column] = spatialFrequencies(array, paths.azimuths[l], paths.zeniths?.[l] ?? Math.PI / 2);
    delayAxis.set(l, (bandwidth / subcarriers) * paths.delays[l]);
    rowAxis.set(l, row);
    columnAxis.set(l, column);
    // With its phase at the middle of every axis, a path correlates with others by real kernels.
    const cycles =
      (carrierFrequency - bandwidth / (2 * subcarriers)) * paths.delays[l] +
      (row * (rows - 1) + column * (columns - 1)) / 2 -
      (paths.dopplerShifts?.[l] ?? 0) * time;
    const phase = -2 * Math.PI * (cycles - Math.round(cycles));
    re[l] = paths.gainsRe[l] * Math.cos(phase) - paths.gainsIm[l] * Math.sin(phase);
    im[l] = paths.gainsRe[l] * Math.sin(phase) + paths.gainsIm[l] * Math.cos(phase);
  }
  const cells = subcarriers * rows * columns;
  let energy = 0;
  for (let l = 0; l < count; l++) {
    const gainRe = re[l];
    const gainIm = im[l];
    const { sine: ds, cosine: dc, fullSine: dfs, fullCosine: dfc } = delayAxis;
    const { sine: cs, cosine: cc, fullSine: cfs, fullCosine: cfc } = columnAxis;
    let pairs = 0;
    for (let k = 0; k < l; k++) {
      let numerator = 1;
      let denominator = ds[l] * dc[k] - dc[l] * ds[k];
      if (denominator > COINCIDENT || denominator < -COINCIDENT) {
        numerator = dfs[l] * dfc[k] - dfc[l] * dfs[k];
      } else {
        numerator = delayAxis.limit(l, k);
        denominator = 1;
      }
      const across = cs[l] * cc[k] - cc[l] * cs[k];
      if (across > COINCIDENT || across < -COINCIDENT) {
        numerator *= cfs[l] * cfc[k] - cfc[l] * cfs[k];
        denominator *= across;
      } else {
        numerator *= columnAxis.limit(l, k);
      }
      let kernel = numerator / denominator;
      if (rows > 1) {
        kernel *= rowAxis.kernel(l, k);
      }
      pairs += kernel * (gainRe * re[k] + gainIm * im[k]);
    }
    energy += cells * (gainRe * gainRe + gainIm * gainIm) + 2 * pairs;
  }
  return energy;
}

/** Sines and cosines of pi x and pi N x for every path, on one axis of N elements. */
class Axis {
  readonly sine: Float64Array;
  readonly cosine: Float64Array;
  readonly fullSine: Float64Array;
  readonly fullCosine: Float64Array;
  readonly #size: number;

  constructor(size: number, count: number) {
    this.#size = size;
    this.sine = new Float64Array(count);
    this.cosine = new Float64Array(count);
    this.fullSine = new Float64Array(count);
    this.fullCosine = new Float64Array(count);
  }

  set(path: number, frequency: number): void {
    this.sine[path] = Math.sin(Math.PI * frequency);
    this.cosine[path] = Math.cos(Math.PI * frequency);
    this.fullSine[path] = Math.sin(Math.PI * this.#size * frequency);
    this.fullCosine[path] = Math.cos(Math.PI * this.#size * frequency);
  }

  /** The kernel's limit N cos(pi N x) / cos(pi x) where x is an integer. */
  limit(l: number, k: number): number {
    const full = this.fullCosine[l] * this.fullCosine[k] + this.fullSine[l] * this.fullSine[k];
    const single = this.cosine[l] * this.cosine[k] + this.sine[l] * this.sine[k];
    return (this.#size * full) / single;
  }

  /** sin(pi N x) / sin(pi x) for the difference x of two paths' frequencies. */
  kernel(l: number, k: number): number {
    const denominator = this.sine[l] * this.cosine[k] - this.cosine[l] * this.sine[k];
    if (Math.abs(denominator) <= COINCIDENT) {
      return this.limit(l, k);
    }
    return (this.fullSine[l] * this.fullCosine[k] - this.fullCosine[l] * this.fullSine[k]) / denominator;
  }
}

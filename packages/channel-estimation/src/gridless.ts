// Pursuit without a grid: each wave is found on a dictionary, then the directions, the
// distances and the gains of all waves found so far are refined together (Levenberg-
// Marquardt on the exact spherical waves). What is left is the maximum-likelihood estimate.
import { invalid } from "@csi-feedback/common";
import {
  addScaled,
  assertVariance,
  assertVector,
  type ComplexVector,
  copyVector,
  energy,
  innerProduct,
  zeroVector,
} from "./complex";
import type { Dictionary } from "./dictionary";
import { detectionThreshold, type SparseEstimate } from "./pursuit";
import { type AntennaPlaces, arrayResponse, assertPlaces, excessDerivatives, type Wave } from "./waves";

/** Options of {@link gridlessPursuit}. */
export interface GridlessOptions {
  readonly places: AntennaPlaces;
  /** Where waves are looked for; a polar dictionary, oversampled twice or more. */
  readonly dictionary: Dictionary;
  /** Nearest source [wavelengths]. */
  readonly nearest: number;
  /** Variance of the complex noise on each antenna. */
  readonly noiseVariance: number;
  /** Most waves; 32 unless told. */
  readonly paths?: number;
}

/** A wave with its gain. */
interface Path extends Wave {
  readonly re: number;
  readonly im: number;
}

const STEPS_PER_PICK = 2;
const LAST_STEPS = 12;

/**
 * Gridless matching pursuit: pick the strongest wave of the residual, refine all waves together, and go on until no
 * wave explains more than noise would. It needs the noise variance and not the number of paths.
 *
 * @param observed - the channel and noise, `[antennas]`.
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_FINITE`.
 *
 * @example
 * ```ts
 * import { arrayResponse, gridlessPursuit, polarDictionary } from "@csi-feedback/channel-estimation";
 *
 * const places = { across: Float64Array.from({ length: 128 }, (_, n) => 0.5 * (n - 63.5)) };
 * const dictionary = polarDictionary(places, { nearest: 200, oversampling: 2 });
 * const channel = arrayResponse(places, { u: 0.1234, v: 0, curvature: 1 / 314 });
 * const { waves } = gridlessPursuit(channel, { places, dictionary, nearest: 200, noiseVariance: 1e-9 });
 * console.log(waves[0].u.toFixed(4), (1 / waves[0].curvature).toFixed(0)); // 0.1234 314
 * ```
 */
export function gridlessPursuit(observed: ComplexVector, options: GridlessOptions): SparseEstimate {
  const { places, dictionary, nearest, noiseVariance, paths: most = 32 } = options;
  assertPlaces("gridlessPursuit", places);
  assertVariance("gridlessPursuit", noiseVariance);
  assertVector("gridlessPursuit", "observed", observed, places.across.length);
  if (!(nearest > 0)) invalid("INVALID_ARGUMENT", "gridlessPursuit", "nearest must be positive", nearest);
  const fit = new Fit(places, observed, 1 / nearest);
  const threshold = detectionThreshold(noiseVariance, dictionary.size);
  const energies = new Float64Array(dictionary.size);
  let paths: Path[] = [];
  let residual = copyVector(observed);
  // Below this, what is left of a channel without noise is rounding.
  const least = Math.max(threshold, 1e-12 * energy(observed));
  while (paths.length < most) {
    energies.fill(0);
    dictionary.addCorrelations(residual, energies);
    const index = energies.reduce((best, value, i) => (value > energies[best] ? i : best), 0);
    if (!(energies[index] > least)) break;
    const wave = dictionary.wave(index);
    const [re, im] = innerProduct(arrayResponse(places, wave), residual);
    paths = fit.refine([...paths, { ...wave, re, im }], STEPS_PER_PICK);
    residual = fit.residual(paths);
  }
  paths = fit.refine(paths, LAST_STEPS);
  const channel = zeroVector(observed.re.length);
  for (const path of paths) addScaled(channel, arrayResponse(places, path), path.re, path.im);
  return { channel, waves: paths.map(({ u, v, curvature }) => ({ u, v, curvature })) };
}

/** Least squares over the paths of one observation. */
class Fit {
  readonly #places: AntennaPlaces;
  readonly #observed: ComplexVector;
  readonly #mostCurved: number;
  /** Real parameters of a path: gain (2), u, v on planar arrays, curvature. */
  readonly #perPath: number;

  constructor(places: AntennaPlaces, observed: ComplexVector, mostCurved: number) {
    this.#places = places;
    this.#observed = observed;
    this.#mostCurved = mostCurved;
    this.#perPath = places.up === undefined ? 4 : 5;
  }

  residual(paths: readonly Path[]): ComplexVector {
    const rest = copyVector(this.#observed);
    for (const path of paths) addScaled(rest, arrayResponse(this.#places, path), -path.re, -path.im);
    return rest;
  }

  /** Levenberg-Marquardt: damped Gauss-Newton steps that are taken only when the residual falls. */
  refine(start: readonly Path[], steps: number): Path[] {
    let paths = [...start];
    if (paths.length === 0) return paths;
    let rest = this.residual(paths);
    let cost = energy(rest);
    let damping = 1e-3;
    for (let step = 0; step < steps; step++) {
      const { normal, slope } = this.#normalEquations(paths, rest);
      const change = solveDamped(normal, slope, damping);
      const moved = change && this.#move(paths, change);
      const movedRest = moved && this.residual(moved);
      const movedCost = movedRest === undefined ? Number.POSITIVE_INFINITY : energy(movedRest);
      if (moved === undefined || movedRest === undefined || !(movedCost < cost)) {
        damping *= 10;
        if (damping > 1e6) break;
        continue;
      }
      const gained = cost - movedCost;
      [paths, rest, cost] = [moved, movedRest, movedCost];
      damping = Math.max(damping / 10, 1e-9);
      if (gained < 1e-7 * cost) break;
    }
    return paths;
  }

  #move(paths: readonly Path[], change: Float64Array): Path[] {
    const planar = this.#places.up !== undefined;
    const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
    return paths.map(({ re, im, u, v, curvature }, k) => {
      const [dRe, dIm, dU, ...others] = change.subarray(k * this.#perPath, (k + 1) * this.#perPath);
      const dV = planar ? others[0] : 0;
      return {
        re: re + dRe,
        im: im + dIm,
        u: clamp(u + dU, -1, 1),
        v: clamp(v + dV, -1, 1),
        curvature: clamp(curvature + others[others.length - 1], 0, this.#mostCurved),
      };
    });
  }

  /** `J^T J` and `J^T residual` over the real parameters. */
  #normalEquations(
    paths: readonly Path[],
    rest: ComplexVector,
  ): { normal: Float64Array[]; slope: Float64Array } {
    const { across, up } = this.#places;
    const count = across.length;
    const columns: ComplexVector[] = [];
    for (const path of paths) {
      const response = arrayResponse(this.#places, path);
      const turned = { re: response.im.map((value) => -value), im: response.re };
      const derivatives = Array.from({ length: this.#perPath - 2 }, () => zeroVector(count));
      for (let n = 0; n < count; n++) {
        const [byU, byV, byCurvature] = excessDerivatives(across[n], up === undefined ? 0 : up[n], path);
        // d/dx of g a is -j 2 pi (de/dx) g a.
        const re = 2 * Math.PI * (path.re * response.im[n] + path.im * response.re[n]);
        const im = -2 * Math.PI * (path.re * response.re[n] - path.im * response.im[n]);
        const slopes = up === undefined ? [byU, byCurvature] : [byU, byV, byCurvature];
        for (const [i, slope] of slopes.entries()) {
          derivatives[i].re[n] = re * slope;
          derivatives[i].im[n] = im * slope;
        }
      }
      columns.push(response, turned, ...derivatives);
    }
    const slope = Float64Array.from(columns, (column) => innerProduct(column, rest)[0]);
    // A curvature at the end of its range that is drawn beyond it stays where it is.
    const held = columns.map((_, i) => {
      const { curvature } = paths[Math.floor(i / this.#perPath)];
      if ((i + 1) % this.#perPath !== 0) return false;
      return slope[i] < 0 ? curvature === 0 : curvature === this.#mostCurved;
    });
    const normal = columns.map((column, i) => {
      const row = new Float64Array(columns.length);
      for (let j = 0; j < i; j++) if (!held[i] && !held[j]) row[j] = innerProduct(column, columns[j])[0];
      row[i] = energy(column);
      if (held[i]) slope[i] = 0;
      return row;
    });
    return { normal, slope };
  }
}

/** `(A + damping diag(A)) x = b` by Cholesky, lower triangle given; undefined when that breaks down. */
function solveDamped(
  lower: readonly Float64Array[],
  b: Float64Array,
  damping: number,
): Float64Array | undefined {
  const size = b.length;
  const factor = lower.map((row) => Float64Array.from(row));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? lower[i][i] * (1 + damping) : lower[i][j];
      for (let k = 0; k < j; k++) sum -= factor[i][k] * factor[j][k];
      if (i !== j) factor[i][j] = sum / factor[j][j];
      else if (sum > 0) factor[i][i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i][k] * x[k];
    x[i] /= factor[i][i];
  }
  for (let i = size - 1; i >= 0; i--) {
    x[i] /= factor[i][i];
    for (let k = 0; k < i; k++) x[k] -= factor[i][k] * x[i];
  }
  return x;
}

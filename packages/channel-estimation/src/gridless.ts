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
import { detectionThreshold, largest, type SparseEstimate } from "./pursuit";
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
/** Refinement ends when a step gains less than this share of what is left: far less than noise moves the estimate. */
const LEAST_GAIN = 1e-5;

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
  // Below this, what is left of a channel without noise is rounding.
  const least = Math.max(threshold, 1e-12 * energy(observed));
  let state = fit.evaluate([]);
  while (state.paths.length < most) {
    energies.fill(0);
    dictionary.addCorrelations(state.rest, energies);
    fit.count += dictionary.multiplyAccumulates;
    const index = largest(energies);
    if (!(energies[index] > least)) break;
    const wave = dictionary.wave(index);
    const [re, im] = innerProduct(arrayResponse(places, wave), state.rest);
    state = fit.refine(fit.evaluate([...state.paths, { ...wave, re, im }]), STEPS_PER_PICK);
  }
  const { paths, responses } = fit.refine(state, LAST_STEPS);
  const channel = zeroVector(observed.re.length);
  for (const [k, { re, im }] of paths.entries()) addScaled(channel, responses[k], re, im);
  const waves = paths.map(({ u, v, curvature }) => ({ u, v, curvature }));
  return {
    channel,
    waves,
    multiplyAccumulates: Math.round(fit.count) + 4 * paths.length * observed.re.length,
  };
}

/** Paths, and what follows from them. */
interface State {
  readonly paths: readonly Path[];
  /** The array's response to each path, unit norm. */
  readonly responses: readonly ComplexVector[];
  /** What the paths leave of the observation, and its energy. */
  readonly rest: ComplexVector;
  readonly cost: number;
}

/** Least squares over the paths of one observation. */
class Fit {
  readonly #places: AntennaPlaces;
  readonly #observed: ComplexVector;
  readonly #mostCurved: number;
  /** Real parameters of a path: gain (2), u, v on planar arrays, curvature. */
  readonly #perPath: number;
  readonly #columns: ComplexVector[] = [];
  /** Real multiply-accumulates so far. */
  count = 0;

  constructor(places: AntennaPlaces, observed: ComplexVector, mostCurved: number) {
    this.#places = places;
    this.#observed = observed;
    this.#mostCurved = mostCurved;
    this.#perPath = places.up === undefined ? 4 : 5;
  }

  evaluate(paths: readonly Path[]): State {
    const rest = copyVector(this.#observed);
    // Of a path: the excess and the subtraction; then the energy.
    this.count += (9 * paths.length + 2) * rest.re.length;
    const responses = paths.map((path) => {
      const response = arrayResponse(this.#places, path);
      addScaled(rest, response, -path.re, -path.im);
      return response;
    });
    return { paths, responses, rest, cost: energy(rest) };
  }

  /** Levenberg-Marquardt: damped Gauss-Newton steps that are taken only when the residual falls. */
  refine(start: State, steps: number): State {
    let state = start;
    if (state.paths.length === 0) return state;
    let equations = this.#normalEquations(state);
    let damping = 1e-3;
    for (let step = 0; step < steps; step++) {
      const change = solveDamped(equations.normal, equations.slope, damping);
      const moved = change && this.evaluate(this.#move(state.paths, change));
      if (moved === undefined || !(moved.cost < state.cost)) {
        damping *= 10;
        if (damping > 1e6) break;
        continue;
      }
      const gained = state.cost - moved.cost;
      state = moved;
      if (gained < LEAST_GAIN * state.cost || step === steps - 1) break;
      damping = Math.max(damping / 10, 1e-9);
      equations = this.#normalEquations(state);
    }
    return state;
  }

  #move(paths: readonly Path[], change: Float64Array): Path[] {
    const planar = this.#places.up !== undefined;
    const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
    return paths.map(({ re, im, u, v, curvature }, k) => {
      const first = k * this.#perPath;
      return {
        re: re + change[first],
        im: im + change[first + 1],
        u: clamp(u + change[first + 2], -1, 1),
        v: planar ? clamp(v + change[first + 3], -1, 1) : v,
        curvature: clamp(curvature + change[first + this.#perPath - 1], 0, this.#mostCurved),
      };
    });
  }

  /** `J^T J`, its lower triangle, and `J^T rest` over the real parameters. */
  #normalEquations({ paths, responses, rest }: State): { normal: Float64Array[]; slope: Float64Array } {
    const columns = this.#jacobian(paths, responses);
    const { length } = columns;
    // The columns themselves, their products with the rest and with each other, and solving.
    this.count += (5 * length + 2 * length + length * (length + 1)) * rest.re.length + length ** 3 / 6;
    const slope = new Float64Array(columns.length);
    for (const [i, column] of columns.entries()) slope[i] = realProduct(column, rest);
    // A curvature at the end of its range that is drawn beyond it stays where it is.
    const held = columns.map((_, i) => {
      if ((i + 1) % this.#perPath !== 0) return false;
      const { curvature } = paths[Math.floor(i / this.#perPath)];
      return slope[i] < 0 ? curvature === 0 : curvature === this.#mostCurved;
    });
    const normal: Float64Array[] = [];
    for (let i = 0; i < columns.length; i++) {
      const row = new Float64Array(columns.length);
      for (let j = 0; j < i; j++) if (!held[i] && !held[j]) row[j] = realProduct(columns[i], columns[j]);
      row[i] = realProduct(columns[i], columns[i]);
      if (held[i]) slope[i] = 0;
      normal.push(row);
    }
    return { normal, slope };
  }

  /** Derivatives of the paths' sum by each real parameter; they last until the next call. */
  #jacobian(paths: readonly Path[], responses: readonly ComplexVector[]): ComplexVector[] {
    const antennas = this.#observed.re.length;
    while (this.#columns.length < paths.length * this.#perPath) this.#columns.push(zeroVector(antennas));
    const columns = this.#columns.slice(0, paths.length * this.#perPath);
    for (const [k, path] of paths.entries()) {
      const { re, im } = responses[k];
      const [byReal, byImaginary, ...byWave] = columns.slice(k * this.#perPath, (k + 1) * this.#perPath);
      byReal.re.set(re);
      byReal.im.set(im);
      byImaginary.im.set(re);
      for (let n = 0; n < antennas; n++) byImaginary.re[n] = -im[n];
      for (const [i, slopes] of excessDerivatives(this.#places, path).entries()) {
        const column = byWave[i];
        // -j 2 pi (de/dx) g a, for an excess e.
        for (let n = 0; n < antennas; n++) {
          const slope = 2 * Math.PI * slopes[n];
          column.re[n] = slope * (path.re * im[n] + path.im * re[n]);
          column.im[n] = slope * (path.im * im[n] - path.re * re[n]);
        }
      }
    }
    return columns;
  }
}

/** `Re(a^H b)`, in sums that do not wait for each other. */
function realProduct(a: ComplexVector, b: ComplexVector): number {
  const { re: x, im: y } = a;
  const { re: s, im: t } = b;
  let even = 0;
  let odd = 0;
  let evenIm = 0;
  let oddIm = 0;
  const pairs = x.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    even += x[i] * s[i];
    odd += x[i + 1] * s[i + 1];
    evenIm += y[i] * t[i];
    oddIm += y[i + 1] * t[i + 1];
  }
  const last = pairs < x.length ? x[pairs] * s[pairs] + y[pairs] * t[pairs] : 0;
  return even + odd + evenIm + oddIm + last;
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

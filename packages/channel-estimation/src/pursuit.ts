// Orthogonal matching pursuit: for one observation (OMP), for several that share their
// waves (SOMP), and with plane waves first and curved ones after (hybrid field). All are one
// loop that keeps an orthonormal basis of what was picked, so every pick re-fits all gains.
import { invalid } from "@csi-feedback/common";
import {
  addScaled,
  assertVariance,
  assertVector,
  type ComplexMatrix,
  type ComplexVector,
  copyVector,
  energy,
  innerProduct,
  scale,
  zeroVector,
} from "./complex";
import { type Dictionary, SensedDictionary } from "./dictionary";
import type { Wave } from "./waves";

/** When to stop. At least one of the two must be given. */
export interface StoppingRule {
  /** Most atoms to pick. */
  readonly picks?: number;
  /**
   * Variance of the complex noise on each observed value: picking ends when no atom explains more than noise alone
   * would let the best of all atoms explain, with a false alarm in one channel of a hundred.
   */
  readonly noiseVariance?: number;
}

/** A channel as a sum of waves. */
export interface SparseEstimate {
  /** The channel, `[antennas]`. */
  readonly channel: ComplexVector;
  /** The waves that were picked, in that order. */
  readonly waves: readonly Wave[];
  /**
   * Real multiply-accumulates that it took, of several observations its share. Sines, cosines and roots are not
   * counted.
   */
  readonly multiplyAccumulates: number;
}

/** What pursuit picks from: dictionaries one after the other, each with its own rule. */
interface Phase {
  readonly dictionary: Dictionary;
  readonly rule: StoppingRule;
}

const FALSE_ALARM = 0.01;

/** Energy that the largest of `atoms` correlations with noise exceeds in one channel of a hundred. */
export function detectionThreshold(noiseVariance: number, atoms: number): number {
  return noiseVariance * Math.log(atoms / FALSE_ALARM);
}

function checkRule(functionName: string, { picks, noiseVariance }: StoppingRule): void {
  if (picks === undefined && noiseVariance === undefined) {
    invalid("INVALID_ARGUMENT", functionName, "picks or noiseVariance must be given", undefined);
  }
  if (picks !== undefined && (!Number.isSafeInteger(picks) || picks < 0)) {
    invalid("INVALID_ARGUMENT", functionName, "picks must be a non-negative integer", picks);
  }
  if (noiseVariance !== undefined) assertVariance(functionName, noiseVariance);
}

/**
 * Orthogonal matching pursuit of one channel.
 *
 * @param observed - the channel and noise, `[antennas]`; or what the pilots see of it, `[pilots]`.
 * @param pilots - the combining matrix, when the observation is not the channel itself.
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SHAPE`, `NOT_FINITE`.
 *
 * @example
 * ```ts
 * import { angleDictionary, omp } from "@csi-feedback/channel-estimation";
 *
 * const across = Float64Array.from({ length: 8 }, (_, n) => 0.5 * (n - 3.5));
 * const dictionary = angleDictionary({ across });
 * const channel = dictionary.atom(2);
 * const estimate = omp(channel, dictionary, { picks: 1 });
 * console.log(estimate.waves[0].u === dictionary.wave(2).u); // true
 * ```
 */
export function omp(
  observed: ComplexVector,
  dictionary: Dictionary,
  rule: StoppingRule,
  pilots?: ComplexMatrix,
): SparseEstimate {
  checkRule("omp", rule);
  return pursue("omp", [observed], [{ dictionary, rule }], pilots)[0];
}

/**
 * Simultaneous orthogonal matching pursuit: channels that share their waves and not their gains, such as those of
 * neighbouring subcarriers or of moments at which a user has hardly moved. Atoms are picked by the sum of their
 * energies.
 *
 * @throws CsiFeedbackError `EMPTY` without observations, and as {@link omp}.
 */
export function somp(
  observed: readonly ComplexVector[],
  dictionary: Dictionary,
  rule: StoppingRule,
  pilots?: ComplexMatrix,
): SparseEstimate[] {
  checkRule("somp", rule);
  if (observed.length === 0) invalid("EMPTY", "somp", "needs at least one observation", 0);
  return pursue("somp", observed, [{ dictionary, rule }], pilots);
}

/** Options of {@link hybridFieldOmp}. */
export interface HybridFieldOptions {
  /** Dictionary of the far-field paths: plane waves. */
  readonly far: Dictionary;
  readonly farRule: StoppingRule;
  /** Dictionary of the near-field paths. */
  readonly near: Dictionary;
  readonly nearRule: StoppingRule;
  readonly pilots?: ComplexMatrix;
}

/**
 * Hybrid-field orthogonal matching pursuit (Wei and Dai 2022): far-field paths in the angle domain first, then
 * near-field paths in the polar domain on what is left. Unlike the published form, every near-field pick re-fits the
 * gains of the far-field ones as well, which can only lower the residual.
 *
 * @throws CsiFeedbackError as {@link omp}.
 */
export function hybridFieldOmp(observed: ComplexVector, options: HybridFieldOptions): SparseEstimate {
  const { far, farRule, near, nearRule, pilots } = options;
  checkRule("hybridFieldOmp", farRule);
  checkRule("hybridFieldOmp", nearRule);
  const phases = [
    { dictionary: far, rule: farRule },
    { dictionary: near, rule: nearRule },
  ];
  return pursue("hybridFieldOmp", [observed], phases, pilots)[0];
}

/** Combining matrices seen through a dictionary cost much to set up, and are used for many channels. */
const sensed = new WeakMap<Dictionary, WeakMap<ComplexMatrix, SensedDictionary>>();

function sense(dictionary: Dictionary, pilots: ComplexMatrix): SensedDictionary {
  const known = sensed.get(dictionary) ?? new WeakMap<ComplexMatrix, SensedDictionary>();
  sensed.set(dictionary, known);
  const found = known.get(pilots) ?? new SensedDictionary(dictionary, pilots);
  known.set(pilots, found);
  return found;
}

interface Pick {
  readonly dictionary: Dictionary;
  readonly index: number;
  /** Norm of the atom as it was observed. */
  readonly norm: number;
}

function pursue(
  functionName: string,
  observed: readonly ComplexVector[],
  phases: readonly Phase[],
  pilots: ComplexMatrix | undefined,
): SparseEstimate[] {
  const length = pilots?.rows ?? phases[0].dictionary.antennas;
  for (const one of observed) assertVector(functionName, "observed", one, length);
  const residuals = observed.map(copyVector);
  const basis: ComplexVector[] = [];
  /** Column k: the k-th atom in the basis. */
  const triangle: ComplexVector[] = [];
  const picks: Pick[] = [];
  let count = 0;
  for (const { dictionary, rule } of phases) {
    const view = pilots === undefined ? dictionary : sense(dictionary, pilots);
    const energies = new Float64Array(view.size);
    const { picks: most = Number.POSITIVE_INFINITY, noiseVariance } = rule;
    const threshold =
      noiseVariance === undefined ? 0 : detectionThreshold(noiseVariance, view.size) * observed.length;
    for (let pick = 0; pick < most && picks.length < length; pick++) {
      energies.fill(0);
      for (const residual of residuals) view.addCorrelations(residual, energies);
      count += view.multiplyAccumulates + orthogonalising(basis.length, length) / observed.length;
      const index = largest(energies);
      if (!(energies[index] > threshold) || !extend(view.atom(index), basis, triangle)) break;
      const norm = view instanceof SensedDictionary ? view.norms[index] : 1;
      picks.push({ dictionary, index, norm });
      for (const residual of residuals) {
        const [re, im] = innerProduct(basis[basis.length - 1], residual);
        addScaled(residual, basis[basis.length - 1], -re, -im);
      }
      count += 8 * length;
    }
  }
  const { antennas } = phases[0].dictionary;
  count += 4 * picks.length * (length + antennas);
  return observed.map((one) => ({
    ...combine(one, basis, triangle, picks, antennas),
    multiplyAccumulates: Math.round(count),
  }));
}

/** Multiply-accumulates of {@link extend}: twice a projection on each direction, and a norm. */
function orthogonalising(directions: number, length: number): number {
  return 2 * directions * 8 * length + 4 * length;
}

/** Place of the largest value. */
export function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Orthogonalises an atom, twice for accuracy, and adds it; false when it lies in the span already. */
function extend(atom: ComplexVector, basis: ComplexVector[], triangle: ComplexVector[]): boolean {
  const column = zeroVector(basis.length + 1);
  const rest = copyVector(atom);
  for (let pass = 0; pass < 2; pass++) {
    for (const [k, direction] of basis.entries()) {
      const [re, im] = innerProduct(direction, rest);
      addScaled(rest, direction, -re, -im);
      column.re[k] += re;
      column.im[k] += im;
    }
  }
  const norm = Math.sqrt(energy(rest));
  if (norm < 1e-7) return false;
  scale(rest, 1 / norm);
  column.re[basis.length] = norm;
  basis.push(rest);
  triangle.push(column);
  return true;
}

/** Gains of the picked atoms by back substitution, and the channel they give. */
function combine(
  observed: ComplexVector,
  basis: readonly ComplexVector[],
  triangle: readonly ComplexVector[],
  picks: readonly Pick[],
  antennas: number,
): Omit<SparseEstimate, "multiplyAccumulates"> {
  const gains = zeroVector(basis.length);
  for (const [k, direction] of basis.entries())
    [gains.re[k], gains.im[k]] = innerProduct(direction, observed);
  const channel = zeroVector(antennas);
  for (let k = basis.length - 1; k >= 0; k--) {
    const column = triangle[k];
    const re = gains.re[k] / column.re[k];
    const im = gains.im[k] / column.re[k];
    for (let i = 0; i < k; i++) {
      gains.re[i] -= re * column.re[i] - im * column.im[i];
      gains.im[i] -= re * column.im[i] + im * column.re[i];
    }
    const { dictionary, index, norm } = picks[k];
    addScaled(channel, dictionary.atom(index), re / norm, im / norm);
  }
  return { channel, waves: picks.map(({ dictionary, index }) => dictionary.wave(index)) };
}

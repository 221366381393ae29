// What a quantizer is designed on, seen the same way whether it is a set of samples
// or a density: moments of the cells between thresholds.

/** Moments of every cell of a quantizer; the weights add up to one. */
export interface CellMoments {
  readonly weight: Float64Array;
  /** Mean of `x - level` over the source, counted where x is in the cell. */
  readonly first: Float64Array;
  /** Mean of `(x - level)^2`, counted where x is in the cell. */
  readonly second: Float64Array;
}

export interface DesignSource {
  /** Added to every level and threshold of the finished design. */
  readonly offset: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly variance: number;
  moments(thresholds: ArrayLike<number>, levels: ArrayLike<number>): CellMoments;
}

/** Entropy of a distribution [bits]. */
export function entropyOf(probabilities: ArrayLike<number>): number {
  let entropy = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] > 0) entropy -= probabilities[i] * Math.log2(probabilities[i]);
  }
  return entropy;
}

export function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

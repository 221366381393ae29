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

/** Data in a unit of their own, in which neither their mean nor their size costs any digits. */
export interface DesignSource {
  /** A number x here is `scale * (offset + x)` in the unit of the data. */
  readonly offset: number;
  readonly scale: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly variance: number;
  moments(thresholds: ArrayLike<number>, levels: ArrayLike<number>): CellMoments;
}

/** Numbers in the unit of the data; those beyond the largest number there become it. */
export function placed({ offset, scale }: DesignSource, numbers: Float64Array): number[] {
  const largest = Number.MAX_VALUE;
  return Array.from(numbers, (x) => Math.min(Math.max(scale * (offset + x), -largest), largest));
}

/** The mean squared error of cells in the square of the unit of the data. */
export function errorOf({ scale }: DesignSource, { second }: CellMoments): number {
  return sum(second) * scale * scale;
}

/** Which of ascending levels are different numbers in the unit of the data; the others have become the one before. */
export function distinctLevels(source: DesignSource, levels: Float64Array): number[] {
  const numbers = placed(source, levels);
  const kept: number[] = [];
  numbers.forEach((level, i) => {
    if (i === 0 || level > numbers[i - 1]) kept.push(i);
  });
  return kept;
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

// Lloyd-Max design from a density. Lloyd's iteration alone needs about L^2 rounds for
// L levels; Newton's method on the same conditions needs a handful, because the
// derivative of the centroid conditions is tridiagonal. A Newton step that does not
// lower the error is replaced by a Lloyd step, so the error never rises.
import { invalid } from "@csi-feedback/common/errors";
import { type Density, IntegrableDensity } from "./density";
import { type CellMoments, entropyOf, sum } from "./design-source";
import type { QuantizerDesign } from "./quantizer-size";
import { midpoints, ScalarQuantizer } from "./scalar-quantizer";

/** A relative change of the error that rounding alone may cause. */
const STAGNATION = 1e-13;

/** Newton's method from the companded start; an iteration costs O(L) for L levels. */
export function designFromDensity(
  density: Density,
  size: number,
  tolerance = 1e-10,
  maximumIterations = 200,
): QuantizerDesign {
  const source = new IntegrableDensity("designLloydMax", density);
  const smallest = tolerance * Math.sqrt(source.variance);
  let levels = source.compandedLevels(size);
  let moments = source.moments(midpoints(levels), levels);
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < maximumIterations) {
    iterations++;
    const error = sum(moments.second);
    const next = improve(source, levels, moments, error);
    converged =
      largestStep(levels, next.levels) <= smallest ||
      Math.abs(sum(next.moments.second) - error) <= STAGNATION * error;
    ({ levels, moments } = next);
  }
  for (let i = 1; i < size; i++) {
    if (!(levels[i] > levels[i - 1])) {
      invalid("INVALID_DENSITY", "designLloydMax", `the density must support ${size} levels`, levels[i]);
    }
  }
  const probabilities = Array.from(moments.weight);
  return {
    quantizer: new ScalarQuantizer({ kind: "lloyd-max", levels: Array.from(levels), probabilities }),
    meanSquaredError: sum(moments.second),
    entropy: entropyOf(probabilities),
    iterations,
    converged,
  };
}

/** A Newton step, shortened until it lowers the error, or else a Lloyd step. */
function improve(source: IntegrableDensity, levels: Float64Array, moments: CellMoments, error: number) {
  const step = newtonStep(levels, moments, (x) => source.at(x));
  for (let factor = 1; factor > 0.1; factor /= 2) {
    const next = levels.map((level, i) => level + factor * step[i]);
    if (!ascending(next, source)) continue;
    const nextMoments = source.moments(midpoints(next), next);
    if (sum(nextMoments.second) <= error * (1 + STAGNATION)) return { levels: next, moments: nextMoments };
  }
  const next = levels.map((level, i) =>
    moments.weight[i] > 0 ? level + moments.first[i] / moments.weight[i] : level,
  );
  return { levels: next, moments: source.moments(midpoints(next), next) };
}

/** Solves the tridiagonal Newton system (Thomas' algorithm) for the step of every level. */
function newtonStep(
  levels: Float64Array,
  moments: CellMoments,
  density: (x: number) => number,
): Float64Array {
  const size = levels.length;
  // coupling[i]: half the gap between levels i and i + 1, times half the density at their threshold.
  const coupling = new Float64Array(size);
  for (let i = 0; i + 1 < size; i++) {
    const half = (levels[i + 1] - levels[i]) / 2;
    coupling[i] = (half * density(levels[i] + half)) / 2;
  }
  const upper = new Float64Array(size);
  const step = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const before = i > 0 ? coupling[i - 1] : 0;
    const diagonal = moments.weight[i] - coupling[i] - before;
    const pivot = diagonal + before * (i > 0 ? upper[i - 1] : 0);
    upper[i] = -coupling[i] / pivot;
    step[i] = (moments.first[i] + before * (i > 0 ? step[i - 1] : 0)) / pivot;
  }
  for (let i = size - 2; i >= 0; i--) step[i] -= upper[i] * step[i + 1];
  return step;
}

function ascending(levels: Float64Array, source: IntegrableDensity): boolean {
  if (!(levels[0] > source.minimum && levels[levels.length - 1] < source.maximum)) return false;
  for (let i = 1; i < levels.length; i++) if (!(levels[i] > levels[i - 1])) return false;
  return true;
}

function largestStep(from: Float64Array, to: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < from.length; i++) largest = Math.max(largest, Math.abs(to[i] - from[i]));
  return largest;
}

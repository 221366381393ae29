// The entropy-constrained scalar quantizer: least mean squared error for a given
// entropy of the indices, for links where the indices are arithmetic-coded. P. A. Chou,
// T. Lookabaugh, R. M. Gray, "Entropy-constrained vector quantization", IEEE Trans.
// ASSP 37, 1989, in one dimension.
import { invalid } from "@csi-feedback/common/errors";
import { type Density, isDensity } from "./density";
import { distinctLevels, entropyOf, errorOf, placed, sum } from "./design-source";
import type { DesignData } from "./lloyd-max";
import type { QuantizerDesign } from "./quantizer-size";
import { midpoints, ScalarQuantizer } from "./scalar-quantizer";
import { SortedSamples } from "./sorted-samples";

export interface EntropyConstrainedOptions {
  /** Most entropy of the indices [bits]. */
  readonly entropy: number;
  /** Weight of each sample; not for histograms and densities. */
  readonly weights?: ArrayLike<number>;
}

/**
 * The scalar quantizer with the least mean squared error D among those whose indices have entropy H.
 *
 * It minimises `D + lambda H`: an index of probability p costs `-log2 p` bits, so a value goes to the
 * level i with the least `(x - y[i])^2 - lambda log2 p[i]`, which moves each threshold to
 * `(y[i] + y[i + 1]) / 2 + lambda (log2 p[i] - log2 p[i + 1]) / (2 (y[i + 1] - y[i]))`. Levels stay
 * centroids, and levels that win nowhere are dropped. The start is uniform, once with a level and once
 * with a threshold at the mean. `lambda` is found by bisection; only quantizers on the lower convex
 * hull of (H, D) are found, so at low rates H may end some hundredths of a bit below what was asked.
 * At high rates the result is nearly uniform and stays 0.25 bit above the rate-distortion function.
 *
 * @throws CsiFeedbackError `INVALID_ENTROPY`, or as {@link designLloydMax}.
 *
 * @example
 * ```ts
 * import { designEntropyConstrained, designLloydMax, laplacianDensity } from "@csi-feedback/codec";
 *
 * const { entropy, meanSquaredError } = designEntropyConstrained(laplacianDensity(), { entropy: 2 });
 * console.log(entropy <= 2, meanSquaredError < designLloydMax(laplacianDensity(), { bits: 2 }).meanSquaredError); // true true
 * ```
 */
export function designEntropyConstrained(
  data: DesignData,
  options: EntropyConstrainedOptions,
): QuantizerDesign {
  const { entropy, weights } = options;
  if (!(entropy > 0 && entropy <= 16)) {
    invalid(
      "INVALID_ENTROPY",
      "designEntropyConstrained",
      "entropy must be above 0 and at most 16 bits",
      entropy,
    );
  }
  const samples = isDensity(data)
    ? discretised(data)
    : new SortedSamples("designEntropyConstrained", data, weights);
  let low = 0;
  let high = 16 * samples.variance || 1;
  let best = optimise(samples, high);
  for (let i = 0; i < 50 && high - low > 1e-7 * high && best.entropy < entropy - 1e-4; i++) {
    const lambda = i < 25 ? Math.sqrt(Math.max(low, high * 1e-9) * high) : (low + high) / 2;
    const trial = optimise(samples, lambda);
    if (trial.entropy > entropy) low = lambda;
    else {
      high = lambda;
      if (trial.error <= best.error) best = trial;
    }
  }
  const kept = distinctLevels(samples, best.levels);
  const levels = Float64Array.from(kept, (i) => best.levels[i]);
  const thresholds = Float64Array.from(kept.slice(1), (i) => best.thresholds[i - 1]);
  const moments = samples.moments(thresholds, levels);
  return {
    quantizer: new ScalarQuantizer({
      kind: "entropy-constrained",
      levels: placed(samples, levels),
      thresholds: placed(samples, thresholds),
      probabilities: Array.from(moments.weight),
    }),
    meanSquaredError: errorOf(samples, moments),
    entropy: entropyOf(moments.weight),
    iterations: best.iterations,
    converged: best.converged,
  };
}

const POINTS = 65536;

/** A density as weighted points, one for each of 65,536 equal intervals: fine against any step that 16 bits allow. */
function discretised(density: Density): SortedSamples {
  const width = (density.maximum - density.minimum) / POINTS;
  const points = Float64Array.from({ length: POINTS }, (_, i) => density.minimum + (i + 0.5) * width);
  return new SortedSamples("designEntropyConstrained", points, points.map(density.density));
}

interface State {
  readonly levels: Float64Array;
  readonly thresholds: Float64Array;
  readonly weight: Float64Array;
  readonly error: number;
  readonly entropy: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** The better of two starts: a level at the mean, or a threshold. */
function optimise(samples: SortedSamples, lambda: number): State {
  // Where lambda is small the best step is sqrt(6 lambda / ln 2): D = step^2 / 12, H = h - log2 step.
  const step = Math.max(
    Math.sqrt((6 * lambda) / Math.LN2) / 1.2,
    (samples.maximum - samples.minimum) / 60000,
  );
  const [a, b] = [0, 0.5].map((shift) => {
    // Levels near samples only: all others would be dropped at once.
    const cells = new Set(
      Float64Array.from(samples.values, (value) => Math.floor(value / step - shift + 0.5)),
    );
    return iterate(
      samples,
      Float64Array.from(cells, (cell) => (cell + shift) * step),
      lambda,
    );
  });
  return a.error + lambda * a.entropy <= b.error + lambda * b.entropy ? a : b;
}

function iterate(samples: SortedSamples, start: Float64Array, lambda: number): State {
  let cut = { levels: start, thresholds: midpoints(start) };
  let last = Number.POSITIVE_INFINITY;
  for (let iterations = 1; ; iterations++) {
    const { weight, first, second } = samples.moments(cut.thresholds, cut.levels);
    const kept: number[] = [];
    for (let i = 0; i < weight.length; i++) if (weight[i] > 0) kept.push(i);
    // Moving a level to its centroid lowers the cell's error by first^2 / weight.
    const levels = Float64Array.from(kept, (i) => cut.levels[i] + first[i] / weight[i]);
    const error = sum(second) - kept.reduce((saved, i) => saved + first[i] ** 2 / weight[i], 0);
    const entropy = entropyOf(weight);
    const cost = error + lambda * entropy;
    const whole = kept.length === weight.length;
    const converged = whole && last - cost <= 1e-7 * cost;
    if (whole && (converged || iterations >= 300)) {
      return { levels, thresholds: cut.thresholds, weight, error, entropy, iterations, converged };
    }
    last = cost;
    const bits = Float64Array.from(kept, (i) => -Math.log2(weight[i]));
    cut = cutCells(levels, bits, lambda);
  }
}

/** Thresholds between the levels that win somewhere; a level whose cell would be empty is dropped. */
function cutCells(levels: Float64Array, bits: Float64Array, lambda: number) {
  const kept: number[] = [];
  const thresholds: number[] = [];
  const threshold = (a: number, b: number) =>
    levels[a] + (levels[b] - levels[a]) / 2 + (lambda * (bits[b] - bits[a])) / (2 * (levels[b] - levels[a]));
  for (let i = 0; i < levels.length; i++) {
    let cut = Number.NEGATIVE_INFINITY;
    while (kept.length > 0) {
      cut = threshold(kept[kept.length - 1], i);
      // The lower envelope of parabolas: the newcomer hides the last level when it wins before that level does.
      if (thresholds.length > 0 && cut <= thresholds[thresholds.length - 1]) {
        kept.pop();
        thresholds.pop();
      } else break;
    }
    if (kept.length > 0) thresholds.push(cut);
    kept.push(i);
  }
  return {
    levels: Float64Array.from(kept, (i) => levels[i]),
    thresholds: Float64Array.from(thresholds),
  };
}

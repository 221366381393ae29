// Probability densities as designs need them: a function, where it lives, and where
// it bends. Integrals are Gauss-Legendre sums over panels that never straddle a bend.
import { invalid } from "@csi-feedback/common/errors";
import type { CellMoments, DesignSource } from "./design-source";

/** A probability density on a finite interval. */
export interface Density {
  /** The density, up to a factor: designs divide by its integral. */
  readonly density: (x: number) => number;
  /** Where it is taken as zero below and above. */
  readonly minimum: number;
  readonly maximum: number;
  /** Places inside where it is not smooth. */
  readonly bends?: readonly number[];
}

export function isDensity(data: object): data is Density {
  return "density" in data;
}

/** Gaussian density, cut off at 9 standard deviations. */
export function gaussianDensity(mean = 0, deviation = 1): Density {
  return {
    density: (x) => Math.exp(-0.5 * ((x - mean) / deviation) ** 2),
    minimum: mean - 9 * deviation,
    maximum: mean + 9 * deviation,
  };
}

/** Laplacian (two-sided exponential) density, cut off at 30 standard deviations. */
export function laplacianDensity(mean = 0, deviation = 1): Density {
  return {
    density: (x) => Math.exp((-Math.SQRT2 * Math.abs(x - mean)) / deviation),
    minimum: mean - 30 * deviation,
    maximum: mean + 30 * deviation,
    bends: [mean],
  };
}

/** Rayleigh density with scale `sigma` (mean `sigma * sqrt(pi / 2)`), cut off at `9 * sigma`. */
export function rayleighDensity(sigma = 1): Density {
  return { density: (x) => x * Math.exp(-0.5 * (x / sigma) ** 2), minimum: 0, maximum: 9 * sigma };
}

// Abscissas and weights of the 8-point Gauss-Legendre rule on [-1, 1], positive half.
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];
const PANELS = 512;

/** A density scaled to integrate to one, cut into panels fine enough for the 8-point rule. */
export class IntegrableDensity implements DesignSource {
  readonly offset = 0;
  readonly scale = 1;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly variance: number;
  readonly #edges: Float64Array;
  readonly #density: (x: number) => number;
  readonly #factor: number;

  /** @throws CsiFeedbackError `INVALID_DENSITY` for an empty interval or a density that is negative, not finite or zero. */
  constructor(functionName: string, density: Density) {
    const { minimum, maximum, bends = [] } = density;
    if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && maximum > minimum)) {
      invalid("INVALID_DENSITY", functionName, "minimum and maximum must be finite and ascend", [
        minimum,
        maximum,
      ]);
    }
    this.minimum = minimum;
    this.maximum = maximum;
    this.#density = density.density;
    const edges = Array.from({ length: PANELS + 1 }, (_, i) => minimum + ((maximum - minimum) * i) / PANELS);
    edges.push(...bends.filter((bend) => bend > minimum && bend < maximum));
    this.#edges = Float64Array.from(new Set(edges)).sort();
    for (const edge of this.#edges) {
      const value = density.density(edge);
      if (!(value >= 0 && Number.isFinite(value))) {
        invalid(
          "INVALID_DENSITY",
          functionName,
          `the density must be finite and not negative, but at ${edge} it is not`,
          value,
        );
      }
    }
    this.#factor = 1;
    const center = (minimum + maximum) / 2;
    const whole = this.moments(Float64Array.of(), Float64Array.of(center));
    if (!(whole.weight[0] > 0))
      invalid("INVALID_DENSITY", functionName, "the density must not be zero everywhere", 0);
    this.#factor = 1 / whole.weight[0];
    const offset = whole.first[0] * this.#factor;
    this.mean = center + offset;
    this.variance = this.moments(Float64Array.of(), Float64Array.of(this.mean)).second[0];
  }

  at(x: number): number {
    return this.#density(x) * this.#factor;
  }

  /** Moments of every cell between `thresholds`, each about its level. */
  moments(thresholds: ArrayLike<number>, levels: ArrayLike<number>): CellMoments {
    const size = levels.length;
    const weight = new Float64Array(size);
    const first = new Float64Array(size);
    const second = new Float64Array(size);
    const edges = this.#edges;
    let panel = 1;
    let from = this.minimum;
    for (let cell = 0; cell < size; cell++) {
      const end = cell === size - 1 ? this.maximum : Math.min(Math.max(thresholds[cell], from), this.maximum);
      const level = levels[cell];
      while (from < end) {
        while (edges[panel] <= from) panel++;
        const to = Math.min(end, edges[panel]);
        const half = (to - from) / 2;
        const middle = from + half;
        for (let node = 0; node < 8; node++) {
          const x = middle + (node < 4 ? -half : half) * NODES[node & 3];
          const mass = WEIGHTS[node & 3] * half * this.#density(x) * this.#factor;
          const error = x - level;
          weight[cell] += mass;
          first[cell] += mass * error;
          second[cell] += mass * error * error;
        }
        from = to;
      }
    }
    return { weight, first, second };
  }

  /** `count` levels at equal shares of the integral of the cube root of the density (Panter and Dite, 1951). */
  compandedLevels(count: number): Float64Array {
    const parts = Math.max(1, Math.ceil((8 * count) / PANELS));
    const edges = subdivide(this.#edges, parts);
    const running = new Float64Array(edges.length);
    for (let i = 1; i < edges.length; i++) {
      const middle = Math.cbrt(this.#density((edges[i - 1] + edges[i]) / 2));
      running[i] = running[i - 1] + middle * (edges[i] - edges[i - 1]);
    }
    let panel = 0;
    return Float64Array.from({ length: count }, (_, i) => {
      const share = (running[edges.length - 1] * (i + 0.5)) / count;
      while (running[panel + 1] < share) panel++;
      const part = (share - running[panel]) / (running[panel + 1] - running[panel]);
      return edges[panel] + part * (edges[panel + 1] - edges[panel]);
    });
  }
}

/** Every interval between `edges` cut into `parts` equal ones. */
function subdivide(edges: Float64Array, parts: number): Float64Array {
  return Float64Array.from({ length: (edges.length - 1) * parts + 1 }, (_, i) => {
    const edge = Math.floor(i / parts);
    const part = (i % parts) / parts;
    return part === 0 ? edges[edge] : edges[edge] + part * (edges[edge + 1] - edges[edge]);
  });
}

// Estimators of the channel from what is rebuilt of it that are solved for, not trained: one number, a gain for every
// cell, and a filter over the neighbourhood whose weights follow the level of the element.
import { Cholesky } from "@csi-feedback/sparse-paths/parts";

/** Channels and what is rebuilt of them, `[2, 32, 32]` each. */
export interface Pairs {
  readonly count: number;
  truth(sample: number): Float32Array;
  rebuilt(sample: number): Float32Array;
  /** Magnitude of the weakest path sent. */
  weakest(sample: number): number;
}

/** What is made of a rebuilt channel. */
export type Control = (rebuilt: Float32Array, weakest: number) => Float32Array;

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** Filters reach this far in both directions. */
const REACH = 2;
const OFFSETS = (2 * REACH + 1) ** 2;
/** Levels of an element over the weakest path, an octave apart, between which the weights of a filter are mixed. */
const LEVELS = 8;
const LOWEST = -5;

/** Least-squares gains with one value for every `cells`-th element. */
export function fitGains(pairs: Pairs, cells: number): Control {
  const own = new Float64Array(cells);
  const shared = new Float64Array(cells);
  for (let sample = 0; sample < pairs.count; sample++) {
    const truth = pairs.truth(sample);
    for (const [i, value] of pairs.rebuilt(sample).entries()) {
      own[i % cells] += value ** 2;
      shared[i % cells] += value * truth[i];
    }
  }
  // Cells that hardly any path reaches keep a gain near 1.
  const ridge = (1e-3 * own.reduce((a, b) => a + b, 0)) / cells;
  const gains = shared.map((value, i) => (value + ridge) / (own[i] + ridge));
  return (rebuilt) => rebuilt.map((value, i) => value * gains[i % cells]);
}

/** The least-squares filter of the remainder. */
export function fitFilter(pairs: Pairs): Control {
  const size = LEVELS * OFFSETS;
  const products = new Float64Array(size * size);
  const targets = new Float64Array(size);
  const near = new Float64Array(2 * OFFSETS);
  for (let sample = 0; sample < pairs.count; sample++) {
    const truth = pairs.truth(sample);
    const rebuilt = pairs.rebuilt(sample);
    const weakest = pairs.weakest(sample);
    for (let i = 0; i < PLANE; i++) {
      const mixed = levelsOf(rebuilt, i, weakest);
      neighbours(rebuilt, i, near);
      for (const [level, share] of mixed) {
        for (let p = 0; p < OFFSETS; p++) {
          const row = level * OFFSETS + p;
          const re = share * near[p];
          const im = share * near[OFFSETS + p];
          targets[row] += re * (truth[i] - rebuilt[i]) + im * (truth[i + PLANE] - rebuilt[i + PLANE]);
          for (const [otherLevel, otherShare] of mixed) {
            const at = row * size + otherLevel * OFFSETS;
            for (let q = 0; q < OFFSETS; q++) {
              products[at + q] += otherShare * (re * near[q] + im * near[OFFSETS + q]);
            }
          }
        }
      }
    }
  }
  const system = new Cholesky(size);
  for (let p = 0; p < size; p++) {
    for (let q = 0; q <= p; q++) {
      system.set(p, q, products[p * size + q] + (p === q ? 1e-4 * products[p * size + p] + 1e-9 : 0));
    }
  }
  system.factor();
  system.solve(targets);
  return (rebuilt, weakest) => {
    const result = rebuilt.slice();
    for (let i = 0; i < PLANE; i++) {
      neighbours(rebuilt, i, near);
      for (const [level, share] of levelsOf(rebuilt, i, weakest)) {
        for (let p = 0; p < OFFSETS; p++) {
          const weight = share * targets[level * OFFSETS + p];
          result[i] += weight * near[p];
          result[i + PLANE] += weight * near[OFFSETS + p];
        }
      }
    }
    return result;
  };
}

/** The two levels that an element lies between, and its share in each. */
function levelsOf(rebuilt: Float32Array, i: number, weakest: number): [level: number, share: number][] {
  const octaves = Math.log2(Math.hypot(rebuilt[i], rebuilt[i + PLANE]) / weakest + 1e-12) - LOWEST;
  const place = Math.min(LEVELS - 1 - 1e-9, Math.max(0, octaves));
  const below = Math.floor(place);
  return [
    [below, 1 - (place - below)],
    [below + 1, place - below],
  ];
}

/** The elements around element `i`, real parts and then imaginary parts; zero outside. */
function neighbours(rebuilt: Float32Array, i: number, near: Float64Array): void {
  const delay = Math.floor(i / SIDE);
  const angle = i % SIDE;
  for (let down = -REACH, p = 0; down <= REACH; down++) {
    for (let right = -REACH; right <= REACH; right++, p++) {
      const inside = delay + down >= 0 && delay + down < SIDE && angle + right >= 0 && angle + right < SIDE;
      const at = i + SIDE * down + right;
      near[p] = inside ? rebuilt[at] : 0;
      near[OFFSETS + p] = inside ? rebuilt[at + PLANE] : 0;
    }
  }
}

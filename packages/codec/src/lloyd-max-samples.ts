// Lloyd-Max design from samples: alternate the two conditions of an optimal scalar
// quantizer until nothing moves. 1. Thresholds lie midway between levels (nearest
// neighbour). 2. Each level is the mean of the samples of its cell (centroid).
// Samples are sorted once; an iteration then costs O(L log n) for L levels.
import { distinctLevels, entropyOf, errorOf, placed } from "./design-source";
import type { QuantizerDesign } from "./quantizer-size";
import { midpoints, ScalarQuantizer } from "./scalar-quantizer";
import type { SortedSamples } from "./sorted-samples";

/** The best of several starts. */
export function designFromSamples(
  data: SortedSamples,
  levels: number,
  tolerance = 1e-7,
  maximumIterations = 1000,
): QuantizerDesign {
  const size = Math.min(levels, data.count);
  const settings = { tolerance: tolerance * Math.sqrt(data.variance), maximumIterations };
  let best: Iterated | undefined;
  for (const start of size === data.count ? [data.values.slice()] : startingLevels(data, size)) {
    const result = iterate(data, start, settings);
    if (best === undefined || result.distortion < best.distortion) best = result;
  }
  return finishDesign(data, best as Iterated);
}

interface Iterated {
  readonly levels: Float64Array;
  readonly distortion: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Starting levels, each strictly ascending, about the samples' mean. */
function startingLevels(data: SortedSamples, size: number): Float64Array[] {
  const low = data.values[0];
  const high = data.values[data.count - 1];
  const uniform = Float64Array.from({ length: size }, (_, i) => low + ((high - low) * (i + 0.5)) / size);
  const quantiles = Float64Array.from({ length: size }, (_, i) => data.quantile((i + 0.5) / size));
  return [uniform, spread(data, quantiles), spread(data, companded(data, size))];
}

/** Levels at equal shares of the integral of the cube root of the density, by histogram. */
function companded(data: SortedSamples, size: number): Float64Array {
  const low = data.values[0];
  const bins = Math.min(4096, 8 * size);
  const width = (data.values[data.count - 1] - low) / bins;
  const running = new Float64Array(bins + 1);
  let at = 0;
  for (let bin = 0; bin < bins; bin++) {
    const next = bin === bins - 1 ? data.count : data.below(low + (bin + 1) * width, at);
    running[bin + 1] = running[bin] + Math.cbrt(data.weight[next] - data.weight[at]);
    at = next;
  }
  let bin = 0;
  return Float64Array.from({ length: size }, (_, i) => {
    const share = (running[bins] * (i + 0.5)) / size;
    while (running[bin + 1] < share) bin++;
    return low + (bin + (share - running[bin]) / (running[bin + 1] - running[bin])) * width;
  });
}

/** Makes levels strictly ascending by moving repeated ones to unused sample values. */
function spread(data: SortedSamples, levels: Float64Array): Float64Array {
  const distinct = new Set(levels);
  for (let i = 0; distinct.size < levels.length; i++) {
    // Visits the sample values in an order that scatters: stride coprime to most counts.
    distinct.add(data.values[(i * 7919) % data.count]);
    if (i >= data.count)
      for (const value of data.values) if (distinct.size < levels.length) distinct.add(value);
  }
  return Float64Array.from(distinct).sort();
}

function iterate(
  data: SortedSamples,
  start: Float64Array,
  settings: { tolerance: number; maximumIterations: number },
): Iterated {
  const levels = start;
  const cuts = new Int32Array(levels.length + 1);
  for (let iterations = 1; ; iterations++) {
    const distortion = cutCells(data, levels, cuts);
    const moved = moveToCentroids(data, levels, cuts);
    const converged = moved <= settings.tolerance;
    if (converged || iterations >= settings.maximumIterations) {
      return {
        levels,
        distortion: converged ? cutCells(data, levels, cuts) : distortion,
        iterations,
        converged,
      };
    }
  }
}

/** Fills `cuts` with the first sample of each cell; returns the mean squared error. */
function cutCells(data: SortedSamples, levels: Float64Array, cuts: Int32Array): number {
  let distortion = 0;
  for (let i = 0; i < levels.length; i++) {
    const from = cuts[i];
    const to =
      i === levels.length - 1 ? data.count : data.below(levels[i] + (levels[i + 1] - levels[i]) / 2, from);
    cuts[i + 1] = to;
    distortion += data.error(from, to, levels[i]);
  }
  return distortion;
}

/** Moves every level to its cell's centroid and empty cells to where they help most; returns the largest step. */
function moveToCentroids(data: SortedSamples, levels: Float64Array, cuts: Int32Array): number {
  let largest = 0;
  let empty = 0;
  for (let i = 0; i < levels.length; i++) {
    if (cuts[i + 1] === cuts[i]) {
      levels[i] = Number.NaN;
      empty++;
      continue;
    }
    const inside = data.centroid(cuts[i], cuts[i + 1]);
    largest = Math.max(largest, Math.abs(inside - levels[i]));
    levels[i] = inside;
  }
  if (empty === 0) return largest;
  fillEmpty(data, levels, cuts, empty);
  return Number.POSITIVE_INFINITY;
}

interface Cell {
  readonly from: number;
  readonly to: number;
  /** Squared error about the centroid; -1 where there is but one value, which cannot be split. */
  readonly error: number;
}

/**
 * Splits the cells with the largest errors, one for each empty level. Where many are empty, they are
 * filled in rounds, each from the worst eighth of the cells, so that the halves are looked at again.
 */
function fillEmpty(data: SortedSamples, levels: Float64Array, cuts: Int32Array, empty: number): void {
  const cell = (from: number, to: number): Cell => ({
    from,
    to,
    error: to - from > 1 ? data.error(from, to, data.centroid(from, to)) : -1,
  });
  let cells: Cell[] = [];
  for (let i = 0; i < levels.length; i++) if (cuts[i + 1] > cuts[i]) cells.push(cell(cuts[i], cuts[i + 1]));
  for (let left = empty; left > 0; ) {
    cells.sort((a, b) => b.error - a.error);
    const most = Math.min(left, Math.ceil(cells.length / 8));
    const worst = cells.slice(0, most).filter(({ from, to }) => to - from > 1);
    const halves = worst.flatMap(({ from, to }) => {
      const cut = Math.min(Math.max(data.below(data.centroid(from, to)), from + 1), to - 1);
      return [cell(from, cut), cell(cut, to)];
    });
    cells = [...halves, ...cells.slice(worst.length)];
    left -= worst.length;
  }
  cells.sort((a, b) => a.from - b.from);
  cells.forEach(({ from, to }, i) => {
    levels[i] = data.centroid(from, to);
  });
}

/** Puts the levels back into the unit of the samples; those that become one number there are one level. */
function finishDesign(data: SortedSamples, { levels, iterations, converged }: Iterated): QuantizerDesign {
  const distinct = Float64Array.from(distinctLevels(data, levels), (i) => levels[i]);
  const moments = data.moments(midpoints(distinct), distinct);
  const probabilities = Array.from(moments.weight);
  return {
    quantizer: new ScalarQuantizer({ kind: "lloyd-max", levels: placed(data, distinct), probabilities }),
    meanSquaredError: errorOf(data, moments),
    entropy: entropyOf(probabilities),
    iterations,
    converged,
  };
}

// The user's search: paths are added a few at a time, all of them fitted jointly after each addition, and the number
// that the budget is best spent on is the one where what the fit leaves and what quantisation leaves are least.
import { pathModels } from "@csi-feedback/sparse-paths";
import {
  BitCounter,
  type CellGrid,
  cellGrid,
  coordinatesOf,
  gainOf,
  inCellOrder,
  NOTHING,
  PathCoder,
  PathEstimator,
  PathTables,
  type Planes,
  type QuantizedPath,
  searchPaths,
  stepIndexOf,
  stepOf,
  type Window,
} from "@csi-feedback/sparse-paths/parts";
import { Atoms, copyOf, fitJointly, type Paths, pathsOf, residualOf } from "./joint-fit";
import { polishPaths, quantizeAlone, quantizeJointly } from "./joint-quantize";

/** What the search asks of the code. */
export interface Code {
  /** Bits of a report with these paths, in any order, and this index of the step. */
  bitsOf(paths: readonly QuantizedPath[], index: number): number;
  /** Called with a first list, to choose what the bits depend on. */
  settle(paths: readonly QuantizedPath[], index: number): void;
  /** Variance of the estimation noise on a complex element. */
  readonly noise: number;
}

/** What a report may say. */
export interface Choice {
  /** Index of the step. */
  readonly index: number;
  readonly paths: readonly QuantizedPath[];
  /** Energy of what the paths leave. */
  readonly error: number;
}

/** Bits of a list, roughly. */
type RoughBits = (paths: readonly QuantizedPath[]) => number;

/** What a report costs beside its paths, about. */
const HEADER_BITS = 11;
/** Energy that quantisation leaves of each path [steps^2]. */
export const PATH_ERROR = 0.45;
/** Growth of a list from one fit to the next. */
const GROWTH = 1.3;
/** Additions without a better prospect after which the search ends. */
const PATIENCE = 2;
/** Prospects that are quantised, and steps tried for each. */
const TRIED = 2;
const OFFSETS = [-2, 0, 2, 4] as const;
/** The same for lists of fewer than {@link FEW} paths, where a try costs little. */
const FEW = 20;
const MOST_TRIED = 3;
const MANY_OFFSETS = [-4, -3, -2, -1, 0, 1, 2, 3, 4] as const;
/** Paths above which one fitted list is tried, and those of sparse-paths only as they are: they are far behind there. */
const MANY = 50;
const MOST_PATHS = 160;
/** A report this many times worse than expected has failed. */
const FAILURE = 3;
/** Weakest path that is worth its bits [steps]. */
export const WEAKEST = 1.2;
/** Steps between two lists' finest ones that are likely. */
const COARSEST = 8;
/** Strongest path [steps]. */
const LARGEST_MAGNITUDE = 2 ** 20;

interface Prospect {
  readonly paths: Paths;
  readonly index: number;
  readonly expected: number;
}

/** What finds the paths of a report. */
export interface Search {
  /** The best report found within `budget` bits; undefined when not even one path fits. */
  search(channel: Planes, budget: number, code: Code): Choice | undefined;
}

/** Searches one channel at a time. */
export class JointSearch implements Search {
  readonly #window: Window;
  readonly #estimator: PathEstimator;
  /** For counting bits roughly: the network is slower. */
  readonly #tables: readonly PathTables[];

  readonly #quantizeList: typeof quantizeJointly;

  /** Another way to quantise than {@link quantizeJointly} is for measuring what that one is worth. */
  constructor(window: Window, quantizeList = quantizeJointly) {
    this.#window = window;
    this.#quantizeList = quantizeList;
    this.#tables = pathModels.map((model) => new PathTables(model, cellGrid(window)));
    this.#estimator = new PathEstimator(window);
  }

  search(channel: Planes, budget: number, code: Code): Choice | undefined {
    const plain = searchPaths(channel, this.#estimator, this.#tables, {
      budget: budget - HEADER_BITS,
      paths: MOST_PATHS,
      effort: "thorough",
      noise: code.noise,
    });
    if (plain.paths.length === 0) return undefined;
    code.settle(plain.paths, plain.index);
    let best: Choice | undefined;
    const consider = (choice: Choice | undefined) => {
      if (choice && (best === undefined || choice.error < best.error)) best = choice;
    };
    // What the codes differ by in length, so that the shorter one's list need not be found by the longer one.
    const tables = this.#tables[plain.model];
    const ratio = code.bitsOf(plain.paths, plain.index) / plainBits(plain.paths, tables);
    const rough = (paths: readonly QuantizedPath[]) => ratio * plainBits(paths, tables);
    const finest = Math.max(0, Math.ceil(stepIndexOf(Math.sqrt(code.noise / 2))));
    const within = (index: number) => Math.min(NOTHING - 1, Math.max(finest, index));
    const prospects = this.#prospects(channel, budget, rough, code.noise);
    const length = prospects[0]?.paths.delays.length ?? 0;
    const few = length < FEW;
    const enough = few ? MOST_TRIED : length < MANY ? TRIED : 1;
    let tried = 0;
    let longest = MOST_PATHS;
    for (const { paths, index, expected } of prospects) {
      const count = paths.delays.length;
      if (count > longest) continue;
      const price = PATH_ERROR * stepOf(index) ** 2;
      const fitted = copyOf(paths);
      fitJointly(channel, fitted, this.#estimator.kernels, { steps: 6, gain: 0.01, price });
      const start = this.#finest(fitted, budget, rough, index);
      for (const offset of few ? MANY_OFFSETS : OFFSETS) {
        const at = within(start + offset);
        consider(this.#quantize(channel, fitted, at, budget, code));
        if (few) consider(this.#polished(channel, at, this.#alone(fitted, stepOf(at)), budget, code));
      }
      tried++;
      // Many paths on a few places cancel each other and may not survive quantisation: then a shorter list is better.
      const survived = best !== undefined && best.error < FAILURE * expected;
      if (survived && tried >= enough) break;
      if (!survived) longest = Math.floor(count / GROWTH ** 2);
    }
    consider(this.#polished(channel, plain.index, plain.paths, budget, code));
    if (length >= MANY) return best;
    const plainPaths = parametersOf(plain.paths, stepOf(plain.index), cellGrid(this.#window));
    for (const offset of [-2, -1, 0]) {
      consider(this.#quantize(channel, plainPaths, within(plain.index + offset), budget, code));
    }
    return best;
  }

  /** The strongest paths of a quantised list that the budget affords, each tried one part aside. */
  #polished(channel: Planes, index: number, paths: readonly QuantizedPath[], budget: number, code: Code) {
    const kept = [...paths].sort(inCellOrder);
    while (kept.length > 0) {
      const error = polishPaths(
        channel,
        kept,
        stepOf(index),
        this.#estimator.kernels,
        cellGrid(this.#window),
      );
      if (code.bitsOf(kept, index) <= budget) return { index, paths: kept, error };
      kept.pop();
    }
    return undefined;
  }

  /** Lists of growing length with the step that the budget affords each, best expectation first. */
  #prospects(channel: Planes, budget: number, bitsOf: RoughBits, noise: number): Prospect[] {
    const prospects: Prospect[] = [];
    let least = Number.POSITIVE_INFINITY;
    let waited = 0;
    let price = 0;
    let near: number | undefined;
    for (const { paths, error } of growingLists(channel, this.#estimator, noise, () => price)) {
      const index = this.#finest(paths, budget, bitsOf, near);
      near = index;
      price = PATH_ERROR * stepOf(index) ** 2;
      const expected = error + price * paths.delays.length;
      prospects.push({ paths: copyOf(paths), index, expected });
      waited = expected < 0.98 * least ? 0 : waited + 1;
      if (waited >= PATIENCE) break;
      least = Math.min(least, expected);
    }
    return prospects.sort((a, b) => a.expected - b.expected);
  }

  /** The finest step at which all paths of a list fit the budget, each quantised alone. */
  #finest(paths: Paths, budget: number, bitsOf: RoughBits, near: number | undefined): number {
    const fits = (index: number) => bitsOf(this.#alone(paths, stepOf(index))) <= budget;
    // Bits fall as the step grows: the smallest index whose bits fit.
    const strongest = strongestOf(paths);
    let low = Math.max(0, Math.ceil(stepIndexOf(strongest / LARGEST_MAGNITUDE)));
    let high = Math.min(NOTHING - 1, Math.max(low, Math.ceil(stepIndexOf(strongest))));
    if (near !== undefined) {
      if (near - COARSEST > low && !fits(near - COARSEST)) low = near - COARSEST + 1;
      if (near + COARSEST < high && fits(near + COARSEST)) high = near + COARSEST;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (fits(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #alone(paths: Paths, step: number): QuantizedPath[] {
    return quantizeAlone(strongPaths(paths, WEAKEST * step), step, cellGrid(this.#window));
  }

  /** Quantises the strong paths of a list; drops the weakest until the budget holds. */
  #quantize(channel: Planes, paths: Paths, index: number, budget: number, code: Code): Choice | undefined {
    const step = stepOf(index);
    let kept = strongPaths(paths, WEAKEST * step);
    for (let tries = 0; tries < 4 && kept.delays.length > 0; tries++) {
      const { paths: quantized, error } = this.#quantizeList(
        channel,
        kept,
        step,
        this.#estimator.kernels,
        cellGrid(this.#window),
      );
      const bits = code.bitsOf(quantized, index);
      if (bits <= budget) return { index, paths: quantized, error };
      const excess = Math.max(1, Math.round(((bits - budget) / bits) * quantized.length));
      kept = strongest(kept, quantized.length - excess);
    }
    return undefined;
  }
}

/**
 * Lists of growing length: what is left of the channel is added to, and all paths are fitted again at the price asked for
 * before each fit.
 */
export function* growingLists(
  channel: Planes,
  estimator: PathEstimator,
  noise: number,
  price: () => number,
): Generator<{ paths: Paths; error: number }> {
  const { kernels } = estimator;
  let paths = pathsOf(0);
  while (paths.delays.length < MOST_PATHS) {
    const { length } = paths.delays;
    const atoms = new Atoms(kernels, length);
    atoms.placeAll(paths);
    const rest = residualOf(channel, paths, atoms);
    const add = Math.min(MOST_PATHS, Math.ceil(GROWTH * length + 1)) - length;
    const found = estimator.estimate(rest, { paths: add, noise });
    if (found.count === 0) return;
    paths = joined(paths, found, found.count);
    const error = fitJointly(channel, paths, kernels, { steps: 5, gain: 0.02, price: price() });
    yield { paths, error };
  }
}

function magnitudesOf({ gainsRe, gainsIm }: Paths): Float64Array {
  return gainsRe.map((re, k) => Math.hypot(re, gainsIm[k]));
}

function strongestOf(paths: Paths): number {
  return magnitudesOf(paths).reduce((a, b) => Math.max(a, b), 0);
}

function picked(paths: Paths, which: readonly number[]): Paths {
  const pick = (values: Float64Array) => Float64Array.from(which, (k) => values[k]);
  return {
    delays: pick(paths.delays),
    columns: pick(paths.columns),
    gainsRe: pick(paths.gainsRe),
    gainsIm: pick(paths.gainsIm),
  };
}

/** The paths of a magnitude of at least `least`. */
export function strongPaths(paths: Paths, least: number): Paths {
  const magnitudes = magnitudesOf(paths);
  return picked(
    paths,
    Array.from(magnitudes.keys()).filter((k) => magnitudes[k] >= least),
  );
}

function strongest(paths: Paths, count: number): Paths {
  const magnitudes = magnitudesOf(paths);
  const order = Array.from(magnitudes.keys()).sort((a, b) => magnitudes[b] - magnitudes[a]);
  return picked(paths, order.slice(0, Math.max(0, count)));
}

function joined(a: Paths, b: Paths, count: number): Paths {
  const join = (first: Float64Array, second: Float64Array) =>
    Float64Array.of(...first, ...second.subarray(0, count));
  return {
    delays: join(a.delays, b.delays),
    columns: join(a.columns, b.columns),
    gainsRe: join(a.gainsRe, b.gainsRe),
    gainsIm: join(a.gainsIm, b.gainsIm),
  };
}

/** Bits of paths by the tables of sparse-paths. */
function plainBits(paths: readonly QuantizedPath[], tables: PathTables): number {
  const counter = new BitCounter();
  const coder = new PathCoder(tables);
  for (const path of [...paths].sort(inCellOrder)) {
    coder.encode(path, counter);
  }
  return counter.bits;
}

/** The paths that quantised ones stand for. */
export function parametersOf(quantized: readonly QuantizedPath[], step: number, grid: CellGrid): Paths {
  const paths = pathsOf(quantized.length);
  for (const [k, path] of quantized.entries()) {
    const [delay, , column] = coordinatesOf(path, grid);
    const [re, im] = gainOf(path);
    paths.delays[k] = delay;
    paths.columns[k] = column;
    paths.gainsRe[k] = re * step;
    paths.gainsIm[k] = im * step;
  }
  return paths;
}

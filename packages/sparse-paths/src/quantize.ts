// Closed-loop quantisation: delays and angles are quantised, the gains solved again around
// the quantised atoms, and quantised one after the other so that each takes up the errors
// of those before. Chooses which paths a step affords; the step is the caller's choice.
import type { PathEstimator } from "./estimate";
import { BitCounter, PathCoder, type PathTables } from "./path-coder";
import type { PathList } from "./path-list";
import {
  classOfGain,
  coordinatesOf,
  gainOf,
  inCellOrder,
  type QuantizedPath,
  quantizeCoordinates,
  withGain,
} from "./quantized-path";

/** Weakest path that is worth its bits [steps]. */
const WEAKEST = 1.3;

/** About what the weakest path of a report takes; how many to leave out at once follows from it. */
const BITS_OF_A_WEAK_PATH = 16;

/** Quantised paths in the order of the report, and what they leave. */
export interface QuantizedList {
  readonly paths: readonly QuantizedPath[];
  /** Energy of the channel minus paths. */
  readonly error: number;
}

/** A coder for counting with, so that a search does not make thousands. */
const counting = new WeakMap<PathTables, PathCoder>();

/** Bits of paths, in the order of a report. */
function pathBits(paths: readonly QuantizedPath[], tables: PathTables): number {
  const counter = new BitCounter();
  const coder = counting.get(tables) ?? new PathCoder(tables);
  counting.set(tables, coder);
  coder.restart();
  for (const path of paths) coder.encode(path, counter);
  return counter.bits;
}

/** A path of an estimated list, quantised alone. */
interface Candidate {
  readonly index: number;
  readonly power: number;
  readonly path: QuantizedPath;
}

/** The paths of a list that are strong enough at a step, each quantised alone, strongest first. */
function strongPaths(list: PathList, step: number, tables: PathTables): Candidate[] {
  const strong: Candidate[] = [];
  for (let k = 0; k < list.count; k++) {
    const re = list.gainsRe[k] / step;
    const im = list.gainsIm[k] / step;
    const power = re * re + im * im;
    if (power < WEAKEST * WEAKEST) continue;
    const magnitudeClass = classOfGain(Math.sqrt(power));
    const { delays, rows, columns } = list;
    const place = quantizeCoordinates(delays[k], rows[k], columns[k], magnitudeClass, tables.grid);
    strong.push({ index: k, power, path: withGain(place, re, im) });
  }
  return strong.sort((a, b) => b.power - a.power);
}

function candidateBits(candidates: readonly Candidate[], tables: PathTables): number {
  return pathBits(candidates.map(({ path }) => path).sort(inCellOrder), tables);
}

/** Bits of all paths that are strong enough at a step, each quantised alone. */
export function roughBits(list: PathList, step: number, tables: PathTables): number {
  return candidateBits(strongPaths(list, step, tables), tables);
}

/** Quantises the strongest paths of a list that a step and a budget of bits afford; the estimator has the channel. */
export function quantizeList(
  list: PathList,
  step: number,
  budget: number,
  tables: PathTables,
  estimator: PathEstimator,
): QuantizedList {
  const strong = strongPaths(list, step, tables);
  let count = strong.length;
  // Solved gains are smaller on the whole than those of paths alone: one more may fit.
  const few = () => Math.max(1, Math.floor((bits - budget) / BITS_OF_A_WEAK_PATH));
  let bits = candidateBits(strong, tables);
  while (bits > budget && count > 1) {
    count -= few();
    bits = candidateBits(strong.slice(0, count), tables);
  }
  count = Math.min(strong.length, count + 1);
  for (;;) {
    const chosen = strong.slice(0, count).sort((a, b) => inCellOrder(a.path, b.path));
    const quantized = closeLoop(list, chosen, step, tables, estimator);
    bits = pathBits(quantized.paths, tables);
    if (bits <= budget) return quantized;
    count -= Math.min(count, few());
  }
}

function closeLoop(
  list: PathList,
  chosen: readonly Candidate[],
  step: number,
  tables: PathTables,
  estimator: PathEstimator,
): QuantizedList {
  const count = chosen.length;
  const { field } = estimator;
  const atoms = estimator.list("quantized", count);
  atoms.count = count;
  const places = chosen.map(({ path }) => path);
  for (const [k, { index }] of chosen.entries()) {
    atoms.place(k, ...coordinatesOf(places[k], tables.grid));
    atoms.gainsRe[k] = list.gainsRe[index];
    atoms.gainsIm[k] = list.gainsIm[index];
  }
  field.restart(atoms);
  let factor = estimator.solveGains(atoms);
  // Solved gains may belong to another class, which has another grid of places.
  let moved = false;
  for (let k = 0; k < count; k++) {
    const magnitudeClass = classOfGain(Math.hypot(atoms.gainsRe[k], atoms.gainsIm[k]) / step);
    if (magnitudeClass === places[k].magnitudeClass) continue;
    const { delays, rows, columns } = list;
    const { index } = chosen[k];
    places[k] = quantizeCoordinates(delays[index], rows[index], columns[index], magnitudeClass, tables.grid);
    atoms.place(k, ...coordinatesOf(places[k], tables.grid));
    moved = true;
  }
  if (moved) {
    field.restart(atoms);
    factor = estimator.solveGains(atoms);
  }
  // Nearest plane: the last gain first, each around what those after it have become.
  const re = factor.multiplyTransposed(atoms.gainsRe);
  const im = factor.multiplyTransposed(atoms.gainsIm);
  const paths: QuantizedPath[] = new Array(count);
  for (let k = count - 1; k >= 0; k--) {
    const pivot = factor.get(k, k) * step;
    paths[k] = withGain(places[k], re[k] / pivot, im[k] / pivot);
    const [gainRe, gainIm] = gainOf(paths[k]);
    atoms.gainsRe[k] = gainRe * step;
    atoms.gainsIm[k] = gainIm * step;
    for (let j = 0; j < k; j++) {
      re[j] -= factor.get(k, j) * atoms.gainsRe[k];
      im[j] -= factor.get(k, j) * atoms.gainsIm[k];
    }
  }
  field.restart(atoms);
  return { paths: paths.sort(inCellOrder), error: field.energy() };
}

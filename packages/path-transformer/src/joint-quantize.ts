// Quantising all parameters of all paths against each other: the weakest path first, each
// number rounded around what those before it have become, and all paths not yet quantised
// solved again around them (nearest plane on the Gauss-Newton lattice, linearised anew as
// it goes). Then every path is tried one cell aside as long as that helps.
import {
  type CellGrid,
  type Cholesky,
  cellParts,
  classOfGain,
  coordinatesOf,
  gainOf,
  type Planes,
  type QuantizedPath,
  quantizeCoordinates,
  type WindowKernels,
  withGain,
} from "@csi-feedback/sparse-paths/parts";
import {
  Atoms,
  copyOf,
  energyOf,
  gradientOf,
  gramOf,
  PARAMETERS,
  type Paths,
  type PolarGains,
  polarOf,
  residualOf,
} from "./joint-fit";

/** Quantised paths and the energy that they leave. */
export interface QuantizedPaths {
  readonly paths: QuantizedPath[];
  readonly error: number;
}

/** Share of the remaining paths that is quantised between two linearisations. */
const CHUNK = 0.25;
/** Energy that quantisation leaves along one parameter, and how far paths may move to make up for it, a priori. */
const LEFT = 0.2;

/** Rounds over all paths in which each is tried aside. */
const SWEEPS = 3;
const SPREAD = { gain: 0.3, place: 0.1 } as const;

/** Each path rounded by itself. */
export function quantizeAlone(paths: Paths, step: number, grid: CellGrid): QuantizedPath[] {
  return Array.from(paths.delays, (delay, k) => {
    const re = paths.gainsRe[k] / step;
    const im = paths.gainsIm[k] / step;
    const magnitudeClass = classOfGain(Math.hypot(re, im));
    return withGain(quantizeCoordinates(delay, 0, paths.columns[k], magnitudeClass, grid), re, im);
  });
}

/** Quantises `paths` (in any order) with a step; `kernels` are those of the window of `channel`. */
export function quantizeJointly(
  channel: Planes,
  paths: Paths,
  step: number,
  kernels: WindowKernels,
  grid: CellGrid,
): QuantizedPaths {
  const order = Array.from(paths.delays.keys()).sort(
    (a, b) => Math.hypot(paths.gainsRe[b], paths.gainsIm[b]) - Math.hypot(paths.gainsRe[a], paths.gainsIm[a]),
  );
  const pick = (values: Float64Array) => Float64Array.from(order, (k) => values[k]);
  const current = copyOf({
    delays: pick(paths.delays),
    columns: pick(paths.columns),
    gainsRe: pick(paths.gainsRe),
    gainsIm: pick(paths.gainsIm),
  });
  const count = order.length;
  const { columns } = kernels.window;
  const quantized: QuantizedPath[] = new Array(count);
  const atoms = new Atoms(kernels, count);
  atoms.placeAll(current);
  let left = count;
  while (left > 0) {
    const residual = residualOf(channel, current, atoms);
    const head = atoms.first(left);
    const gains = polarOf(current);
    const gram = gramOf(head, gains);
    // What is no error of quantisation must not be taken for one: moves that would mend it are not small.
    const noise = Math.max(LEFT * step ** 2, energyOf(residual) / (2 * residual.re.length));
    for (let i = 0; i < gram.size; i++) {
      const spread =
        i % PARAMETERS < 2 ? SPREAD.gain * gains.magnitude[Math.floor(i / PARAMETERS)] : SPREAD.place;
      gram.set(i, i, gram.get(i, i) + noise / spread ** 2);
    }
    gram.factor();
    const y = gradientOf(residual, head, gains);
    gram.solveLower(y);
    const until = left - Math.max(1, Math.floor(CHUNK * left));
    const settle = (i: number, move: number) => {
      for (let j = 0; j < i; j++) y[j] -= gram.get(i, j) * move;
    };
    for (let k = left - 1; k >= until; k--) {
      const at = PARAMETERS * k;
      const angleMove = y[at + 3] / gram.get(at + 3, at + 3);
      const magnitudeClass = classOfGain(expectedMagnitude(gram, y, at, gains.magnitude[k]) / step);
      const place = (delay: number, column: number) =>
        quantizeCoordinates(delay, 0, wrap(column, columns), magnitudeClass, grid);
      const [, , settled] = coordinatesOf(place(current.delays[k], current.columns[k] + angleMove), grid);
      // Once around the circle the kernel of an even number of antennas has changed its sign.
      const turns = Math.round((current.columns[k] + angleMove - settled) / columns);
      const sign = columns % 2 === 0 && turns % 2 !== 0 ? -1 : 1;
      const column = settled + turns * columns;
      settle(at + 3, column - current.columns[k]);
      const delayMove = y[at + 2] / gram.get(at + 2, at + 2);
      const there = place(current.delays[k] + delayMove, settled);
      const [delay] = coordinatesOf(there, grid);
      settle(at + 2, delay - current.delays[k]);
      const across = y[at + 1] / gram.get(at + 1, at + 1);
      const along = (y[at] - gram.get(at + 1, at) * across) / gram.get(at, at);
      const turned = gains.magnitude[k] + along;
      quantized[k] = withGain(
        there,
        (sign * (turned * gains.cosine[k] - across * gains.sine[k])) / step,
        (sign * (turned * gains.sine[k] + across * gains.cosine[k])) / step,
      );
      const [re, im] = gainOf(quantized[k]).map((part) => sign * step * part);
      current.delays[k] = delay;
      current.columns[k] = column;
      current.gainsRe[k] = re;
      current.gainsIm[k] = im;
      settle(at + 1, im * gains.cosine[k] - re * gains.sine[k]);
      settle(at, re * gains.cosine[k] + im * gains.sine[k] - gains.magnitude[k]);
    }
    // Those left move to where they make up for the errors.
    gram.solveUpper(y, PARAMETERS * until);
    atoms.placeAll(current);
    makeUp(channel, current, atoms, gains, y.subarray(0, PARAMETERS * until), kernels);
    left = until;
  }
  const residual = residualOf(channel, current, atoms);
  polish(quantized, residual, step, kernels, grid, SWEEPS);
  return { paths: quantized, error: energyOf(residual) };
}

/** Magnitude of a path's gain were the path not quantised: a class must not be left for good. */
function expectedMagnitude(gram: Cholesky, y: Float64Array, at: number, magnitude: number): number {
  const moves = y.slice(at, at + PARAMETERS);
  for (let i = PARAMETERS - 1; i >= 0; i--) {
    moves[i] /= gram.get(at + i, at + i);
    for (let j = 0; j < i; j++) moves[j] -= gram.get(at + i, at + j) * moves[i];
  }
  return Math.hypot(magnitude + moves[0], moves[1]);
}

/** Moves the first paths to where they make up for the errors of the quantised ones, if that proves true. */
function makeUp(
  channel: Planes,
  current: Paths,
  atoms: Atoms,
  gains: PolarGains,
  moves: Float64Array,
  kernels: WindowKernels,
): void {
  const { delays: taps } = kernels.window;
  const before = copyOf(current);
  const energy = energyOf(residualOf(channel, current, atoms));
  const limit = (value: number) => Math.max(-0.2, Math.min(0.2, value));
  for (let share = 1; share > 0.2; share /= 2) {
    for (let k = 0, at = 0; at < moves.length; k++, at += PARAMETERS) {
      const turned = gains.magnitude[k] + share * moves[at];
      const across = share * moves[at + 1];
      current.gainsRe[k] = turned * gains.cosine[k] - across * gains.sine[k];
      current.gainsIm[k] = turned * gains.sine[k] + across * gains.cosine[k];
      const delay = before.delays[k] + limit(share * moves[at + 2]);
      current.delays[k] = Math.min(taps - 1e-6, Math.max(-0.5, delay));
      current.columns[k] = before.columns[k] + limit(share * moves[at + 3]);
    }
    atoms.placeAll(current);
    if (energyOf(residualOf(channel, current, atoms)) < energy) return;
  }
  for (const name of ["delays", "columns", "gainsRe", "gainsIm"] as const) current[name].set(before[name]);
  atoms.placeAll(current);
}

function wrap(column: number, columns: number): number {
  return column - columns * Math.floor(column / columns);
}

/** Tries quantised paths one part aside each, in place; gives the energy that they leave. */
export function polishPaths(
  channel: Planes,
  paths: QuantizedPath[],
  step: number,
  kernels: WindowKernels,
  grid: CellGrid,
): number {
  const rest = { re: channel.re.slice(), im: channel.im.slice() };
  const atom = new Atoms(kernels, 1);
  for (const path of paths) {
    const [delay, , column] = coordinatesOf(path, grid);
    const [re, im] = gainOf(path);
    atom.place(0, delay, column);
    atom.add(0, -re * step, -im * step, rest);
  }
  polish(paths, rest, step, kernels, grid, SWEEPS);
  return energyOf(rest);
}

/** Tries each path one step aside in delay and angle, and at its best gain there, keeping what helps. */
function polish(
  paths: QuantizedPath[],
  residual: Planes,
  step: number,
  kernels: WindowKernels,
  grid: CellGrid,
  sweeps: number,
): void {
  const atom = new Atoms(kernels, 1);
  const projected = new Float64Array(6);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let changed = false;
    for (const [k, path] of paths.entries()) {
      const [delay, , column] = coordinatesOf(path, grid);
      const [re, im] = gainOf(path);
      atom.place(0, delay, column);
      atom.add(0, re * step, im * step, residual);
      // Energy that a path of gain g and atom A takes away: 2 Re(conj(g) <A, r>) - |g|^2 |A|^2.
      const worth = (candidate: QuantizedPath) => {
        const [gainRe, gainIm] = gainOf(candidate);
        return (
          2 * step * (gainRe * projected[0] + gainIm * projected[1]) -
          (gainRe ** 2 + gainIm ** 2) * step ** 2 * atom.norm(0)
        );
      };
      atom.project(0, residual, projected);
      let best = path;
      let most = worth(path);
      const spacing = 1 / (2 * cellParts(path.magnitudeClass));
      for (let dd = -1; dd <= 1; dd++) {
        for (let dc = -1; dc <= 1; dc++) {
          const place = quantizeCoordinates(
            delay + dd * spacing,
            0,
            wrap(column + dc * spacing, kernels.window.columns),
            path.magnitudeClass,
            grid,
          );
          const [toDelay, , toColumn] = coordinatesOf(place, grid);
          atom.place(0, toDelay, toColumn);
          atom.project(0, residual, projected);
          const scale = step * atom.norm(0);
          const candidate = withGain(place, projected[0] / scale, projected[1] / scale);
          const value = worth(candidate);
          if (value > most * (1 + 1e-12)) {
            most = value;
            best = candidate;
            changed = true;
          }
        }
      }
      paths[k] = best;
      const [bestDelay, , bestColumn] = coordinatesOf(best, grid);
      const [bestRe, bestIm] = gainOf(best);
      atom.place(0, bestDelay, bestColumn);
      atom.add(0, -bestRe * step, -bestIm * step, residual);
    }
    if (!changed) break;
  }
}

// The rate-distortion search at the user's side: how many paths, at which step, with which
// entropy model, under a budget of bits.
import { invalid } from "@csi-feedback/common";
import { type PathEstimator, unitEnergy } from "./estimate";
import type { PathTables } from "./path-coder";
import type { PathList } from "./path-list";
import { quantizeList, roughBits } from "./quantize";
import type { QuantizedPath } from "./quantized-path";
import type { Planes } from "./window";

/** The step is 2^((index - origin) / per octave); the last index says that the channel is zero. */
export const STEPS = 512;
export const NOTHING = STEPS - 1;
const STEPS_PER_OCTAVE = 8;
const STEP_ORIGIN = 320;
/** Strongest path [steps]: 108 dB above the weakest. */
const LARGEST_MAGNITUDE = 2 ** 18;

/**
 * How much the search may cost: growth of the list between two sweeps over all of it, steps tried around
 * the one aimed at, and rounds in which the paths that fit are refined to do without the others.
 */
const efforts = {
  fast: { sweepGrowth: 1.5, offsets: [-1], polishing: 0 },
  thorough: { sweepGrowth: 1.04, offsets: [-3, -2, -1, 0, 1], polishing: 1 },
} as const;

/** How hard the user's side tries. */
export type Effort = keyof typeof efforts;

/** What a search may spend. */
export interface SearchOptions {
  /** Bits that the paths may take. */
  readonly budget: number;
  readonly paths: number;
  readonly effort: Effort;
  readonly residual?: number;
  readonly noise?: number;
}

/** What a report will say. */
export interface Choice {
  readonly model: number;
  readonly index: number;
  /** In the order of the report. */
  readonly paths: readonly QuantizedPath[];
}

export function isEffort(effort: unknown): effort is Effort {
  return typeof effort === "string" && Object.hasOwn(efforts, effort);
}

/** The quantisation step of an index. */
export function stepOf(index: number): number {
  return 2 ** ((index - STEP_ORIGIN) / STEPS_PER_OCTAVE);
}

/** The index, not rounded, of a step. */
export function stepIndexOf(step: number): number {
  return STEPS_PER_OCTAVE * Math.log2(step) + STEP_ORIGIN;
}

/** Finds the paths of an unwound channel that a budget is best spent on. */
export function searchPaths(
  channel: Planes,
  estimator: PathEstimator,
  tables: readonly PathTables[],
  options: SearchOptions,
): Choice {
  const { budget, paths, residual, noise } = options;
  const { sweepGrowth, offsets, polishing } = efforts[options.effort];
  const { unit, norm } = unitEnergy(channel);
  const list = estimator.estimate(unit, {
    paths,
    sweepGrowth,
    ...(residual === undefined ? {} : { residual }),
    ...(noise === undefined ? {} : { noise: noise / norm ** 2 }),
    enough: (found) => expectedBits(found, stepOfLast(found)) > budget,
  });
  if (list.count === 0) return { model: 0, index: NOTHING, paths: [] };
  const finest = Math.max(0, Math.ceil(stepIndexOf(finestStep(list, norm, options))));
  const chosen = chooseModel(list, norm, budget, tables);
  const { model } = chosen;
  const index = Math.max(finest, chosen.index);
  let best: (Choice & { error: number }) | undefined;
  const tryAround = (from: PathList, center: number, around: readonly number[]) => {
    for (const offset of around) {
      const tried = Math.min(NOTHING - 1, Math.max(finest, center + offset));
      const quantized = quantizeList(from, stepOf(tried) / norm, budget, tables[model], estimator);
      if (best === undefined || quantized.error < best.error) {
        best = { model, index: tried, ...quantized };
      }
    }
    return best as Choice;
  };
  let choice = tryAround(list, index, offsets);
  for (let round = 0; round < polishing && choice.paths.length > 0; round++) {
    const kept = estimator.strongest(list, choice.paths.length, 3);
    choice = tryAround(kept, choice.index, [-1, 0, 1]);
  }
  return choice;
}

/** The step below which bits buy nothing: the range of magnitudes ends, or noise or the residual asked for covers it. */
function finestStep(list: PathList, norm: number, { residual = 0, noise = 0 }: SearchOptions): number {
  // A step of s leaves s^2 / 12 in each of four numbers a path.
  const allowed = (residual * norm ** 2) / list.count;
  const range = (norm * strongestGain(list)) / LARGEST_MAGNITUDE;
  return Math.max(range, Math.sqrt(noise / 2), Math.sqrt(allowed / 2));
}

function strongestGain(list: PathList): number {
  let strongest = 0;
  for (let k = 0; k < list.count; k++) {
    strongest = Math.max(strongest, Math.hypot(list.gainsRe[k], list.gainsIm[k]));
  }
  return strongest;
}

/** The model that codes a list in the fewest bits, and the finest step at which all its strong paths fit. */
function chooseModel(
  list: PathList,
  norm: number,
  budget: number,
  tables: readonly PathTables[],
): { model: number; index: number } {
  const strongest = norm * strongestGain(list);
  const top = Math.ceil(stepIndexOf(strongest));
  if (top < 1 || top >= NOTHING) {
    invalid("OUT_OF_RANGE", "PathCodec.encode", "gains must be between 2^-40 and 2^23", strongest);
  }
  const least = Math.max(0, Math.ceil(stepIndexOf(strongest / LARGEST_MAGNITUDE)));
  // The rule of thumb, corrected by what the code really takes where it points to.
  let correction = 1;
  let index = top;
  const correct = (model: number) => {
    const bits = roughBits(list, stepOf(index) / norm, tables[model]);
    // Where no path is strong enough the code takes nothing, which says nothing of other steps.
    if (bits > 0) correction = bits / Math.max(1, expectedBits(list, stepOf(index) / norm));
    return bits;
  };
  const aim = () => {
    let low = least;
    let high = top;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (correction * expectedBits(list, stepOf(middle) / norm) <= budget) high = middle;
      else low = middle + 1;
    }
    index = low;
  };
  aim();
  let model = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of tables.keys()) {
    const bits = correct(candidate);
    if (bits < fewest) {
      fewest = bits;
      model = candidate;
    }
  }
  for (let round = 0; round < 2; round++) {
    correct(model);
    aim();
  }
  // Where the rule of thumb was far off: coarser until the paths fit, finer until there are any.
  let bits = correct(model);
  const bitsAt = (step: number) => {
    index = step;
    return correct(model);
  };
  if (bits > 2 * budget) while (index < top && bits > budget) bits = bitsAt(index + 1);
  while (index > least && bits === 0) bits = bitsAt(index - 1);
  return { model, index };
}

/** Rule of thumb for the bits of the paths of a list that are worth sending at a step. */
function expectedBits(list: PathList, step: number): number {
  let bits = 0;
  for (let k = 0; k < list.count; k++) {
    const octaves = 0.5 * Math.log2((list.gainsRe[k] ** 2 + list.gainsIm[k] ** 2) / (step * step));
    if (octaves > 0) bits += 4 * octaves + 8.5;
  }
  return bits;
}

/** The step at which the last path found is just worth sending. */
function stepOfLast(list: PathList): number {
  const last = list.count - 1;
  return Math.hypot(list.gainsRe[last], list.gainsIm[last]) / 1.7;
}

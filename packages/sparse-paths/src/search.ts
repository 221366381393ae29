// The rate-distortion search at the user's side: how many paths, at which step, with which
// entropy model, under a budget of bits.
import { invalid } from "@csi-feedback/common";
import { energyOf, type PathEstimator } from "./estimate";
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

/** How much the search may cost: growth of the list between sweeps, and steps tried around the finest affordable one. */
const efforts = {
  fast: { sweepGrowth: 3, jointGains: false, offsets: [1], polishing: 0 },
  thorough: { sweepGrowth: 1.25, jointGains: true, offsets: [-2, -1, 0, 1, 2, 3, 4, 5, 6], polishing: 1 },
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
  const { sweepGrowth, jointGains, offsets, polishing } = efforts[options.effort];
  const list = estimator.estimate(channel, {
    paths,
    sweepGrowth,
    jointGains,
    ...(residual === undefined ? {} : { residual }),
    ...(noise === undefined ? {} : { noise }),
    enough: (found) => expectedBits(found) > budget,
  });
  if (list.count === 0) return { model: 0, index: NOTHING, paths: [] };
  const finest = Math.max(0, Math.ceil(stepIndexOf(finestStep(list, channel, options))));
  const chosen = chooseModel(list, budget, tables);
  const { model } = chosen;
  const index = Math.max(finest, chosen.index);
  let best: (Choice & { error: number }) | undefined;
  const tryAround = (from: PathList, center: number, around: readonly number[]) => {
    for (const offset of around) {
      const tried = Math.min(NOTHING - 1, Math.max(finest, center + offset));
      const quantized = quantizeList(from, channel, stepOf(tried), budget, tables[model], estimator.kernels);
      const error = energyOf(quantized.residual);
      if (best === undefined || error < best.error) {
        best = { model, index: tried, paths: quantized.paths, error };
      }
    }
    return best as Choice;
  };
  let choice = tryAround(list, index, offsets);
  for (let round = 0; round < polishing && choice.paths.length > 0; round++) {
    const kept = estimator.strongest(list, choice.paths.length, channel, 3);
    choice = tryAround(kept, choice.index, [-1, 0, 1]);
  }
  return choice;
}

/** The step below which bits buy nothing: the range of magnitudes ends, or noise or the residual asked for covers it. */
function finestStep(list: PathList, channel: Planes, { residual = 0, noise = 0 }: SearchOptions): number {
  // A step of s leaves s^2 / 12 in each of four numbers a path.
  const allowed = (residual * energyOf(channel)) / list.count;
  return Math.max(strongestGain(list) / LARGEST_MAGNITUDE, Math.sqrt(noise / 2), Math.sqrt(allowed / 2));
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
  budget: number,
  tables: readonly PathTables[],
): { model: number; index: number } {
  const strongest = strongestGain(list);
  const top = Math.ceil(stepIndexOf(strongest));
  if (top < 1 || top >= NOTHING) {
    invalid("OUT_OF_RANGE", "PathCodec.encode", "gains must be between 2^-40 and 2^23", strongest);
  }
  const finest = (model: number) => {
    // Bits fall as the step grows: the smallest index whose bits fit.
    let low = Math.max(0, Math.ceil(stepIndexOf(strongest / LARGEST_MAGNITUDE)));
    let high = top;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (roughBits(list, stepOf(middle), tables[model]) <= budget) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const index = finest(0);
  let model = 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [candidate, table] of tables.entries()) {
    const bits = roughBits(list, stepOf(index), table);
    if (bits < fewest) {
      fewest = bits;
      model = candidate;
    }
  }
  return { model, index: model === 0 ? index : finest(model) };
}

/** Bits that the paths of a list may take if the last one found is the weakest worth sending. */
function expectedBits(list: PathList): number {
  const last = list.count - 1;
  const weakest = Math.hypot(list.gainsRe[last], list.gainsIm[last]) / 1.7;
  let octaves = 0;
  for (let k = 0; k < list.count; k++) {
    octaves += Math.max(0, Math.log2(Math.hypot(list.gainsRe[k], list.gainsIm[k]) / weakest));
  }
  return 4 * octaves + 8.5 * list.count;
}

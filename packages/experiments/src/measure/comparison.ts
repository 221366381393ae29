// The comparison that Table III and Figure 5 share: every method on every channel and
// ratio of a profile, on the same data with the same budget, and the controls beside them.
import type { ExperimentContext, MeasuredRow, Profile } from "../experiment";
import type { TrainingDefinition } from "../training/definition";
import {
  type BaselineName,
  baselineContestants,
  type Cell,
  type Contestant,
  cellsOf,
  contestantRows,
  definitionsOf,
  llmContestants,
  multiRatioContestant,
  type Training,
} from "./contestants";
import { controlRows } from "./controls";
import { runSteps, type Step } from "./steps";
import { testData } from "./test-data";

/** Baselines of a profile; the readings of papers without text or code only where there is time for them. */
function baselinesOf({ name }: Profile): readonly BaselineName[] {
  const known = ["idasnet", "crnet", "csinet"] as const;
  return name === "paper" ? [...known, "transindecnet", "gcrnet"] : known;
}

/** Everything that is trained for one channel. */
export function contestantsOf(cell: Cell, training: Training): Contestant[] {
  return [
    ...llmContestants(cell, training),
    ...(cell.ratios.length > 1 ? [multiRatioContestant(cell, training)] : []),
    ...baselineContestants(baselinesOf(training.profile), cell, training),
  ];
}

/** Every training that {@link comparisonRows} asks for. */
export function comparisonTrainings(
  profile: Profile,
  seed: number,
  cells: readonly Cell[] = cellsOf(profile),
): TrainingDefinition[] {
  return cells.flatMap((cell) => definitionsOf(contestantsOf(cell, { profile, seed })));
}

/** NMSE and SGCS of all methods and controls. */
export function comparisonRows(
  context: ExperimentContext,
  cells: readonly Cell[] = cellsOf(context.profile),
): Promise<MeasuredRow[]> {
  const { profile, seed } = context;
  const steps = cells.flatMap((cell): Step[] => {
    const { channel, ratios } = cell;
    return [
      ...contestantsOf(cell, { profile, seed }).map((contestant) => ({
        title: `${channel}: ${contestant.method} at ${contestant.ratios.join(", ")}`,
        rows: async () => contestantRows(context, contestant, await testData(context, channel)),
      })),
      ...ratios.map((ratio) => ({
        title: `${channel}: controls at ${ratio}`,
        rows: async () => controlRows(context, await testData(context, channel), ratio),
      })),
    ];
  });
  return runSteps(context, steps);
}

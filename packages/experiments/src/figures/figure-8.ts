// Figure 8: one LLMCsiNet for all compression ratios on COST2100 outdoor, beside one
// trained for each ratio, and the baselines.
//
// Expect the model for all ratios close to those for one; in the paper it matches -M.
// Laptop profile: the trainings are those of Table III, and shared with it.
//
//   csi-feedback reproduce figure-8 --profile laptop
//   csi-feedback figure 8
import type { Experiment, Profile } from "../experiment";
import {
  baselineContestants,
  type Contestant,
  definitionsOf,
  llmContestants,
  multiRatioContestant,
  outdoorCell,
} from "../measure/contestants";
import { METRIC } from "../measure/rows";
import { nmseWithLargest } from "../measure/with-largest";

function list(profile: Profile, seed: number): Contestant[] {
  const cell = outdoorCell(profile);
  const training = { profile, seed };
  return [
    multiRatioContestant(cell, training),
    ...llmContestants(cell, training),
    ...baselineContestants(["idasnet", "crnet"], cell, training),
  ];
}

export const figure8: Experiment = {
  id: "figure-8",
  title: "Figure 8: one model for all compression ratios, COST2100 outdoor",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  measure: (context) => {
    const { profile, seed } = context;
    return nmseWithLargest(context, outdoorCell(profile), list(profile, seed));
  },
  figures: async (rows) => (await import("./over-ratio")).overRatio("figure-8", rows, METRIC.nmse),
  notes: ["The paper's values are those that its text tells for the models of one ratio."],
};

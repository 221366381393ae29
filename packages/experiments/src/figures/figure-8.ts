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
  contestantRows,
  definitionsOf,
  llmContestants,
  multiRatioContestant,
  outdoorCell,
} from "../measure/contestants";
import { CONTROL, controlRows } from "../measure/controls";
import { METRIC } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { testData } from "../measure/test-data";

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
  async measure(context) {
    const { profile, seed } = context;
    const { channel, ratios } = outdoorCell(profile);
    const sets = await testData(context, channel);
    const steps = [
      ...list(profile, seed).map((contestant) => ({
        title: `${contestant.method} at ${contestant.ratios.join(", ")}`,
        rows: () => contestantRows(context, contestant, sets),
      })),
      ...ratios.map((ratio) => ({
        title: `controls at ${ratio}`,
        rows: async () =>
          (await controlRows(context, sets, ratio)).filter(({ method }) => method === CONTROL.largest),
      })),
    ];
    return (await runSteps(context, steps)).filter(({ metric }) => metric === METRIC.nmse);
  },
  figures: async (rows) => (await import("./over-ratio")).overRatio("figure-8", rows, METRIC.nmse),
  notes: ["The paper's values are those that its text tells for the models of one ratio."],
};

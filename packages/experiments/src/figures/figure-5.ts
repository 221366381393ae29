// Figure 5: NMSE of every method over the compression ratio, one panel a channel; of the
// paper only the numbers that its text tells are beside ours.
//
// Expect what Table III's header says; the trainings are the same, and shared with it.
//
//   csi-feedback reproduce figure-5 --profile laptop
//   csi-feedback figure 5
import type { Experiment } from "../experiment";
import { comparisonRows, comparisonTrainings } from "../measure/comparison";
import { METRIC } from "../measure/rows";

export const figure5: Experiment = {
  id: "figure-5",
  title: "Figure 5: NMSE over the compression ratio",
  trainings: (profile, seed) => comparisonTrainings(profile, seed),
  async measure(context) {
    return (await comparisonRows(context)).filter(({ metric }) => metric === METRIC.nmse);
  },
  figures: async (rows) => (await import("./over-ratio")).overRatio("figure-5", rows, METRIC.nmse),
  notes: [
    "Of the paper's curves only the values told in its text are compared.",
    "LLMCsiNet of the smaller profiles is put beside the paper's LLMCsiNet-L.",
    "TransInDecNet and GCRNet-1x are our reading: neither text nor code was found.",
  ],
};

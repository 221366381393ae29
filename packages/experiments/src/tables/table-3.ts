// Table III: SGCS of every method on the channels and ratios of the profile.
//
// Expect the controls in the first places: at equal numbers of sent values the M largest
// elements alone beat every baseline of the paper, and LLMCsiNet in its residual form gains on
// them; networks with a fixed codeword have hardly begun to learn. Laptop profile: networks of a
// size that two processor cores train, 2,500 samples and 5 epochs for each, 42 trainings of half a
// minute (CRNet) to two minutes (LLMCsiNet), an hour with ten minutes of measuring. Paper profile:
// 20,000 samples, 600 epochs and layers of GPT-2 Large; a GPU and days.
//
//   csi-feedback reproduce table-3 --profile laptop
//   csi-feedback table 3
import type { Experiment } from "../experiment";
import { comparisonRows, comparisonTrainings } from "../measure/comparison";
import { METRIC } from "../measure/rows";

export const table3: Experiment = {
  id: "table-3",
  title: "Table III: SGCS",
  trainings: (profile, seed) => comparisonTrainings(profile, seed),
  async measure(context) {
    return (await comparisonRows(context)).filter(({ metric }) => metric === METRIC.sgcs);
  },
  notes: [
    "LLMCsiNet of the smaller profiles is put beside the paper's LLMCsiNet-L.",
    "Channels that stand for the paper's: for COST2100out the semi-urban model without line of sight, for DeepMIMOo1 a ray-traced street canyon.",
    "TransInDecNet and GCRNet-1x are our reading: neither text nor code was found.",
    "CRNet's numbers on DeepMIMOo1 below 1/8 are missing in our copy of the table.",
  ],
};

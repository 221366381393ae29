// Beyond the paper: is it the language model? LLMCsiNet on COST2100 outdoor with layers that
// are pretrained or random, tuned or frozen, and without any (the visible elements and the
// preliminary decoder alone), one model for all ratios each.
//
// Expect tenths of a decibel between all of them in the residual form. Laptop profile: five
// trainings of two minutes on two processor cores, of which two are Figure 10's.
//
//   csi-feedback reproduce backbone --profile laptop
//   csi-feedback figure backbone
import type { Experiment, Profile } from "../experiment";
import { type Contestant, definitionsOf, largestSize, outdoorCell } from "../measure/contestants";
import { METRIC } from "../measure/rows";
import { nmseWithLargest } from "../measure/with-largest";
import { type LlmCsiNetVariant, llmCsiNetDefinition } from "../training/definitions";

const variants: Readonly<Record<string, LlmCsiNetVariant>> = {
  "pretrained, tuned": {},
  "pretrained, frozen": { layers: "frozen" },
  "random, tuned": { weights: "random" },
  "random, frozen": { weights: "random", layers: "frozen" },
  "no layers: top M and f_PD": { without: ["tokenPredictor"] },
};

function list(profile: Profile, seed: number): Contestant[] {
  const { channel, ratios } = outdoorCell(profile);
  const { variant: size } = largestSize(profile);
  return Object.entries(variants).map(([method, variant]) => ({
    method,
    ratios,
    definition: llmCsiNetDefinition({ channel, ratios, profile, seed, variant: { ...size, ...variant } }),
  }));
}

export const backbone: Experiment = {
  id: "backbone",
  title: "Pretrained or random, tuned or frozen layers, or none, COST2100 outdoor",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  measure: (context) => {
    const { profile, seed } = context;
    return nmseWithLargest(context, outdoorCell(profile), list(profile, seed));
  },
  figures: async (rows) => (await import("./over-ratio")).overRatio("backbone", rows, METRIC.nmse),
  notes: [
    "The paper never compares with layers at random. In the paper profile the layers are random as well until a file of GPT-2 Large is named, and the first two variants equal the next two.",
  ],
};

// Figure 10: what each module of LLMCsiNet is worth on COST2100 outdoor: without the
// encoder (random elements are fed back), without the preliminary decoder, without the token
// predictor.
//
// Expect the choice of elements to be worth most by far: 10 dB and more. In the residual form
// of the smaller profiles the two decoders can do each other's work, so that one of them costs a
// few tenths of a decibel. Laptop profile: one model for all ratios each, so four trainings of
// which one is Figure 8's; ten minutes on two processor cores.
//
//   csi-feedback reproduce figure-10 --profile laptop
//   csi-feedback figure 10
import type { Module } from "@csi-feedback/networks";
import type { Experiment, MeasuredRow, Profile } from "../experiment";
import { type Contestant, definitionsOf, largestSize, outdoorCell } from "../measure/contestants";
import { METRIC } from "../measure/rows";
import { nmseWithLargest } from "../measure/with-largest";
import { figure10Losses } from "../paper/figures";
import { llmCsiNetDefinition } from "../training/definitions";
import type { Ratio } from "../training/ratio";

const LOSS = "NMSE lost without it [dB]";

const modules: Readonly<Record<Module, string>> = {
  encoder: "w/o f_EN",
  preliminaryDecoder: "w/o f_PD",
  tokenPredictor: "w/o f_TP",
};

/** The whole network and the three without a module; the paper trains each for one ratio, the others for all. */
function list(profile: Profile, seed: number): Contestant[] {
  const { channel, ratios } = outdoorCell(profile);
  const { method, variant } = largestSize(profile);
  const served: readonly (readonly Ratio[])[] =
    profile.name === "paper" ? ratios.map((ratio) => [ratio]) : [ratios];
  const left = [undefined, ...(Object.keys(modules) as Module[])];
  return left.flatMap((module) =>
    served.map((some) => ({
      method: module === undefined ? method : `${method} ${modules[module]}`,
      ratios: some,
      definition: llmCsiNetDefinition({
        channel,
        ratios: some,
        profile,
        seed,
        variant: { ...variant, ...(module === undefined ? {} : { without: [module] }) },
      }),
    })),
  );
}

/** What each module is worth: NMSE without it, less that of the whole network. */
function lossRows(rows: readonly MeasuredRow[], whole: string): MeasuredRow[] {
  return rows.flatMap((one) => {
    const { paper, low, high, ...rest } = one;
    const of = rows.find(
      ({ method, ratio, condition }) =>
        method === whole && ratio === one.ratio && condition === one.condition,
    );
    const without = one.method.startsWith(`${whole} w/o `);
    return of && without ? [{ ...rest, metric: LOSS, value: one.value - of.value }] : [];
  });
}

const told = Object.entries(figure10Losses)
  .map(([module, [least, most]]) => `${modules[module as Module]} ${least} to ${most} dB`)
  .join(", ");

export const figure10: Experiment = {
  id: "figure-10",
  title: "Figure 10: ablation of the modules, COST2100 outdoor",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  async measure(context) {
    const { profile, seed } = context;
    const rows = await nmseWithLargest(context, outdoorCell(profile), list(profile, seed));
    return [...rows, ...lossRows(rows, largestSize(profile).method)];
  },
  figures: async (rows) => (await import("./over-ratio")).overRatio("figure-10", rows, METRIC.nmse),
  notes: [
    `The paper tells only how much NMSE is lost, about: ${told}. Ours of the same kind is "${LOSS}".`,
    "Without f_EN a fixed random set of elements is fed back. The smaller profiles train one model for all ratios.",
  ],
};

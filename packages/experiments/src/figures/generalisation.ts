// Beyond the paper: trained on one channel, tested on all four, at 1/8; and trained on a
// mixture of all.
//
// Expect rows of CRNet that are good in one place only, and rows of LLMCsiNet that are much
// alike. Laptop profile: the trainings on one channel are those of Table III; two more on the
// mixture, ten minutes.
//
//   csi-feedback reproduce generalisation --profile laptop
//   csi-feedback figure generalisation
import type { Experiment, Profile, ResultRow } from "../experiment";
import {
  allChannels,
  baselineContestants,
  type Contestant,
  contestantRows,
  definitionsOf,
  largestSize,
  llmContestants,
} from "../measure/contestants";
import { METRIC } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { generatedTest } from "../measure/test-data";
import { baselineDefinition, llmCsiNetDefinition } from "../training/definitions";

const RATIO = "1/8";
const MIXTURE = "all of them";

interface Trained {
  readonly on: string;
  readonly contestant: Contestant;
}

const channelsOf = ({ name }: Profile): readonly string[] =>
  name === "smoke" ? ["cost2100-indoor", "street-canyon"] : allChannels;

function list(profile: Profile, seed: number): Trained[] {
  const training = { profile, seed };
  const channels = channelsOf(profile);
  const { method, variant } = largestSize(profile);
  const single = channels.flatMap((on) => {
    const cell = { channel: on, ratios: [RATIO] } as const;
    const own = llmContestants(cell, training).filter((one) => one.method === method);
    return [...own, ...baselineContestants(["crnet"], cell, training)].map((contestant) => ({
      on,
      contestant,
    }));
  });
  const ratios = [RATIO] as const;
  const mixed: readonly Contestant[] = [
    { method, ratios, definition: llmCsiNetDefinition({ channel: channels, ratios, variant, ...training }) },
    {
      method: "CRNet",
      ratios,
      definition: baselineDefinition("crnet", { channel: channels, ratio: RATIO, ...training }),
    },
  ];
  return [...single, ...mixed.map((contestant) => ({ on: MIXTURE, contestant }))];
}

export const generalisation: Experiment = {
  id: "generalisation",
  title: "Trained on one channel, tested on all, at 1/8",
  trainings: (profile, seed) => definitionsOf(list(profile, seed).map(({ contestant }) => contestant)),
  async measure(context) {
    const { profile, seed } = context;
    const steps = list(profile, seed).flatMap(({ on, contestant }) =>
      channelsOf(profile).map((channel) => ({
        title: `${contestant.method}, trained on ${on}, tested on ${channel}`,
        async rows() {
          const condition = `trained on ${on}`;
          const set = await generatedTest(context, channel);
          const rows = await contestantRows(context, contestant, [set], { condition });
          // The paper's numbers are of networks that were trained on what they are tested on.
          return on === channel ? rows : rows.map(({ paper, ...row }) => row);
        },
      })),
    );
    return (await runSteps(context, steps)).filter(({ metric }) => metric === METRIC.nmse);
  },
  figures: (rows) => draw(rows),
};

async function draw(rows: readonly ResultRow[]) {
  const { heatmapFigure } = await import("@csi-feedback/eval/figures");
  return [...new Set(rows.map(({ method }) => method))].map((method) => {
    const own = rows.filter((row) => row.method === method);
    const tested = [...new Set(own.map(({ channel }) => channel))];
    const conditions = [...new Set(own.map(({ condition }) => condition))];
    return {
      name: `generalisation-${method.toLowerCase()}`,
      specification: heatmapFigure({
        title: `${method}, ratio ${RATIO}`,
        subtitle: `${own[0].profile} profile, ${own[0].samples} test samples`,
        rows: conditions.map((condition) => condition.replace("trained on ", "")),
        rowTitle: "Trained on",
        columns: tested,
        columnTitle: "Tested on",
        values: conditions.flatMap((condition) =>
          tested.map(
            (channel) =>
              own.find((row) => row.condition === condition && row.channel === channel)?.value ?? Number.NaN,
          ),
        ),
        valueTitle: METRIC.nmse,
      }),
    };
  });
}

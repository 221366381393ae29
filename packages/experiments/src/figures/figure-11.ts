// Figure 11: transfer between COST2100 indoor and outdoor at 1/8: NMSE after fine-tuning on
// few samples of the other channel, and the time that it took.
//
// Expect LLMCsiNet far ahead before any fine-tuning, as what it keeps of a channel needs no
// learning, and baselines that need the samples. Laptop profile: 6 base trainings that Table III
// has too, and 12 short ones; a quarter of an hour.
//
//   csi-feedback reproduce figure-11 --profile laptop
//   csi-feedback figure 11
import type { Experiment, ExperimentContext, MeasuredRow, Profile, ResultRow } from "../experiment";
import {
  baselineContestants,
  type Contestant,
  contestantRows,
  definitionsOf,
  largestSize,
  llmContestants,
} from "../measure/contestants";
import { METRIC, row, whereOf } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { generatedTest } from "../measure/test-data";
import { figure11 as printed } from "../paper/figures";
import { paperMethod } from "../paper/lookup";
import { transferDefinition } from "../training/definitions";

const RATIO = "1/8";
const TIME = "Fine-tuning time [s]";
const TIMES = "Fine-tuning time over CRNet's";

const moves = [
  { from: "cost2100-indoor", to: "cost2100-outdoor" },
  { from: "cost2100-outdoor", to: "cost2100-indoor" },
] as const;

/** Samples of the new channel. */
function shots({ name, samples }: Profile): readonly number[] {
  if (name === "paper") return [500, 1000, 1500, 2000, 2500, 3000];
  return name === "laptop" ? [500, 3000] : [Math.ceil(samples.train / 2)];
}

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly base: Contestant;
  /** Fine-tuned on so many samples. */
  readonly tuned: readonly { readonly samples: number; readonly contestant: Contestant }[];
}

function transfers(profile: Profile, seed: number): Transfer[] {
  const training = { profile, seed };
  return moves.flatMap(({ from, to }) => {
    const cell = { channel: from, ratios: [RATIO] } as const;
    const { method } = largestSize(profile);
    const bases = [
      ...llmContestants(cell, training).filter((contestant) => contestant.method === method),
      ...baselineContestants(["idasnet", "crnet"], cell, training),
    ];
    return bases.map((base) => ({
      from,
      to,
      base,
      tuned: shots(profile).map((samples) => ({
        samples,
        contestant: {
          ...base,
          definition: transferDefinition(base.definition, { channel: to, samples, profile, seed }),
        },
      })),
    }));
  });
}

function printedValue(method: string, { from }: Transfer, samples: number): number | undefined {
  const values: Readonly<Record<string, number>> = printed.nmse;
  if (from !== "cost2100-outdoor" || samples !== printed.samples) return undefined;
  return values[paperMethod(method)];
}

async function transferRows(context: ExperimentContext, transfer: Transfer): Promise<MeasuredRow[]> {
  const { from, to, base, tuned } = transfer;
  const set = await generatedTest(context, to);
  const nmseOf = async (contestant: Contestant, samples: number) => {
    const condition = `from ${from}, ${samples} samples`;
    const rows = await contestantRows(context, contestant, [set], { condition });
    const paper = printedValue(contestant.method, transfer, samples);
    return rows.flatMap(({ paper: unused, ...one }) =>
      one.metric === METRIC.nmse ? [paper === undefined ? one : { ...one, paper }] : [],
    );
  };
  const rows: MeasuredRow[] = await nmseOf(base, 0);
  for (const { samples, contestant } of tuned) {
    rows.push(...(await nmseOf(contestant, samples)));
    const { summary } = await context.trained(contestant.definition);
    const subject = {
      method: contestant.method,
      ratio: RATIO,
      condition: `from ${from}, ${samples} samples`,
      epochs: summary.epochs,
    };
    rows.push(row(subject, TIME, summary.seconds, { ...whereOf(set), label: "training run", samples }));
  }
  return rows;
}

/** Fine-tuning times of LLMCsiNet over those of CRNet on as many samples. */
function timesOverCrNet(rows: readonly MeasuredRow[]): MeasuredRow[] {
  const times = rows.filter(({ metric }) => metric === TIME);
  return times.flatMap((one) => {
    const other = times.find(
      ({ method, channel, condition }) =>
        method === "CRNet" && channel === one.channel && condition === one.condition,
    );
    if (other === undefined || !one.method.startsWith("LLMCsiNet")) return [];
    return [{ ...one, metric: TIMES, value: one.value / other.value, paper: printed.timeOverCrNet }];
  });
}

export const figure11: Experiment = {
  id: "figure-11",
  title: "Figure 11: transfer between COST2100 indoor and outdoor",
  trainings: (profile, seed) =>
    transfers(profile, seed).flatMap(({ base, tuned }) =>
      definitionsOf([base, ...tuned.map(({ contestant }) => contestant)]),
    ),
  async measure(context) {
    const { profile, seed } = context;
    const steps = transfers(profile, seed).map((transfer) => ({
      title: `${transfer.base.method} from ${transfer.from} to ${transfer.to}`,
      rows: () => transferRows(context, transfer),
    }));
    const rows = await runSteps(context, steps);
    return [...rows, ...timesOverCrNet(rows)];
  },
  async figures(rows) {
    const { overCondition } = await import("./over-condition");
    const position = ({ condition }: ResultRow) => Number(/, (\d+) samples$/.exec(condition)?.[1]);
    return moves.flatMap(({ from, to }) => {
      const own = rows.filter((one) => one.channel === to && one.condition.startsWith(`from ${from},`));
      if (own.length === 0) return [];
      const common = { title: `From ${from} to ${to}, ratio ${RATIO}`, position };
      const x = { title: "Fine-tuning samples" };
      return [
        overCondition(own, { ...common, name: `figure-11-${to}`, metric: METRIC.nmse, x }),
        overCondition(own, {
          ...common,
          name: `figure-11-${to}-time`,
          metric: TIME,
          x,
          y: { scale: "log" },
        }),
      ];
    });
  },
  notes: [
    `The paper tells two values and that LLMCsiNet-L takes about ${printed.timeOverCrNet} times as long as CRNet.`,
    "0 samples: the network of the one channel as it is on the other.",
  ],
};

// Beyond the paper: how much of a difference is luck? The same training with three seeds,
// each with data, weights and batches of its own, on COST2100 indoor at 1/8.
//
// Expect a spread of tenths of a decibel: smaller differences between methods say nothing.
// Laptop profile: nine trainings, of which three are Table III's; ten minutes.
//
//   csi-feedback reproduce seeds --profile laptop
//   csi-feedback table seeds
import type { Experiment, MeasuredRow, Profile } from "../experiment";
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

const CELL = { channel: "cost2100-indoor", ratios: ["1/8"] } as const;

/** Seeds that follow the one asked for, and that one. */
const seedsFrom = (seed: number) => [seed, seed + 1, seed + 2];

function list(profile: Profile, seed: number): Contestant[] {
  const training = { profile, seed };
  const { method } = largestSize(profile);
  return [
    ...llmContestants(CELL, training).filter((one) => one.method === method),
    ...baselineContestants(["idasnet", "crnet"], CELL, training),
  ];
}

export const seeds: Experiment = {
  id: "seeds",
  title: "The same training with three seeds, COST2100 indoor, 1/8",
  trainings: (profile, seed) => seedsFrom(seed).flatMap((one) => definitionsOf(list(profile, one))),
  async measure(context) {
    const { profile, seed } = context;
    // One test set for all: the spread is that of the trainings.
    const set = await generatedTest(context, CELL.channel);
    const steps = seedsFrom(seed).flatMap((one) =>
      list(profile, one).map((contestant) => ({
        title: `${contestant.method} with seed ${one}`,
        rows: () => contestantRows(context, contestant, [set], { condition: `seed ${one}` }),
      })),
    );
    const rows = (await runSteps(context, steps)).filter(({ metric }) => metric === METRIC.nmse);
    const methods = [...new Set(rows.map(({ method }) => method))];
    const spreads = methods.map((method): MeasuredRow => {
      const own = rows.filter((one) => one.method === method);
      const values = own.map(({ value }) => value);
      const subject = { method, ratio: CELL.ratios[0], condition: "all seeds", epochs: own[0].epochs };
      return row(subject, "Range of NMSE [dB]", Math.max(...values) - Math.min(...values), whereOf(set));
    });
    return [...rows, ...spreads];
  },
  notes: [
    "All seeds are tested on the test split of the first. Intervals are over test samples of one training.",
  ],
};

// Figure 9: users at 30 km/h in the street canyon. Training data is half standing, half
// moving users; tests are on each apart.
//
// Expect hardly a difference: at one instant a moving user's channel is a channel like any
// other, with other phases of its paths. Laptop profile: three trainings at 1/8, ten minutes.
//
//   csi-feedback reproduce figure-9 --profile laptop
//   csi-feedback figure 9
import type { Experiment, Profile } from "../experiment";
import {
  baselineContestants,
  type Cell,
  type Contestant,
  contestantRows,
  definitionsOf,
  llmContestants,
} from "../measure/contestants";
import { CONTROL, largestRows } from "../measure/controls";
import { METRIC } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { generatedTest } from "../measure/test-data";
import { paperRatios } from "../training/ratio";

const SPEED = 30;

const cellOf = ({ name }: Profile): Cell => ({
  channel: "street-canyon",
  ratios: name === "paper" ? paperRatios : ["1/8"],
});

function list(profile: Profile, seed: number): Contestant[] {
  const training = { profile, seed, movingKmh: SPEED };
  const cell = cellOf(profile);
  return [...llmContestants(cell, training), ...baselineContestants(["idasnet", "crnet"], cell, training)];
}

export const figure9: Experiment = {
  id: "figure-9",
  title: "Figure 9: moving users, street canyon, 30 km/h",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  async measure(context) {
    const { profile, seed } = context;
    const { channel, ratios } = cellOf(profile);
    const tests = [
      { condition: "standing", set: await generatedTest(context, channel) },
      { condition: `${SPEED} km/h`, set: await generatedTest(context, channel, { speedKmh: SPEED }) },
    ];
    const steps = tests.flatMap(({ condition, set }) => [
      ...list(profile, seed).map((contestant) => ({
        title: `${contestant.method} at ${contestant.ratios.join(", ")}, ${condition}`,
        rows: () => contestantRows(context, contestant, [set], { condition }),
      })),
      ...ratios.map((ratio) => ({
        title: `${CONTROL.largest} at ${ratio}, ${condition}`,
        rows: () => largestRows([set], ratio, condition),
      })),
    ]);
    const rows = await runSteps(context, steps);
    // The paper's numbers elsewhere are of networks that saw standing users only.
    return rows.filter(({ metric }) => metric === METRIC.nmse).map(({ paper, ...row }) => row);
  },
  async figures(rows) {
    const { barFigure } = await import("@csi-feedback/eval/figures");
    const { intervalOf } = await import("./intervals");
    const groups = [...new Set(rows.map(({ method, ratio }) => `${method}, ${ratio}`))];
    const of = (condition: string) =>
      groups.flatMap((group) =>
        rows.filter((row) => row.condition === condition && `${row.method}, ${row.ratio}` === group),
      );
    return [
      {
        name: "figure-9",
        specification: barFigure({
          title: "Street canyon, trained on standing and moving users",
          subtitle: `${rows[0]?.profile} profile, ${rows[0]?.samples} test samples, 95 % bootstrap intervals`,
          categories: groups,
          series: ["standing", `${SPEED} km/h`].map((condition) => ({
            name: condition,
            values: of(condition).map(({ value }) => value),
            ...intervalOf(of(condition)),
          })),
          y: { title: METRIC.nmse },
          digits: 1,
          width: 110 * groups.length,
        }),
      },
    ];
  },
  notes: ["The paper prints no numbers of this figure."],
};

// Figure 7: NMSE on COST2100 outdoor at 1/8 when the user measures a noisy channel. The
// networks are those of Table III, trained on clean channels; the noise is new to them.
//
// Expect every curve to meet the clean NMSE at high SNR. Methods that keep the largest
// elements keep their noise; a network that has learned what channels look like may remove some.
// Laptop profile: no training beyond Table III's, five minutes of measuring.
//
//   csi-feedback reproduce figure-7 --profile laptop
//   csi-feedback figure 7
import { addEstimationNoise } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import type { Experiment, Profile } from "../experiment";
import { contestantsOf } from "../measure/comparison";
import { contestantRows, definitionsOf } from "../measure/contestants";
import { CONTROL, keeping } from "../measure/controls";
import { measureQuality } from "../measure/quality";
import { METRIC, qualityRows } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { generatedTest, type TestData } from "../measure/test-data";
import { elementsAt } from "../training/ratio";

const CELL = { channel: "cost2100-outdoor", ratios: ["1/8"] } as const;

/** SNR of the measured channel [dB]. */
const levels = [0, 5, 10, 15, 20, 25, 30] as const;

const list = (profile: Profile, seed: number) => contestantsOf(CELL, { profile, seed });

/** What the user measures: each sample with noise of so many decibels below its own mean power. */
function noisy({ values, shape }: TestData, seed: number, snr: number): Float32Array {
  const size = values.length / shape[0];
  const measured = new Float32Array(values.length);
  for (let i = 0; i < shape[0]; i++) {
    const clean = values.subarray(i * size, (i + 1) * size).map((value) => value - 0.5);
    const sample = addEstimationNoise(clean, randomStream(seed, i), { snr });
    measured.set(
      sample.map((value) => value + 0.5),
      i * size,
    );
  }
  return measured;
}

export const figure7: Experiment = {
  id: "figure-7",
  title: "Figure 7: NMSE with noisy CSI, COST2100 outdoor, 1/8",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  async measure(context) {
    const { profile, seed } = context;
    const set = await generatedTest(context, CELL.channel);
    const steps = levels.flatMap((snr) => {
      const condition = `SNR ${snr} dB`;
      const measured = noisy(set, seed, snr);
      return [
        ...list(profile, seed).map((contestant) => ({
          title: `${contestant.method}, ${condition}`,
          rows: () => contestantRows(context, contestant, [set], { measured, condition }),
        })),
        {
          title: `${CONTROL.largest}, ${condition}`,
          async rows() {
            const subject = { method: CONTROL.largest, ratio: CELL.ratios[0], condition, epochs: 0 };
            const options = { elements: elementsAt(CELL.ratios[0]), measured };
            return qualityRows(subject, set, await measureQuality(keeping("largest", set), set, options));
          },
        },
      ];
    });
    // The paper's values are of clean channels.
    return (await runSteps(context, steps)).map(({ paper, ...row }) => row);
  },
  async figures(rows) {
    const { overCondition } = await import("./over-condition");
    return [
      overCondition(rows, {
        name: "figure-7",
        title: "COST2100 outdoor, compression ratio 1/8",
        metric: METRIC.nmse,
        x: { title: "SNR of the measured channel [dB]" },
        position: ({ condition }) => Number(/^SNR (-?[\d.]+) dB/.exec(condition)?.[1]),
      }),
    ];
  },
  notes: [
    "The SNR is that of each sample, over its 32 x 32 places. The paper prints no numbers of this figure.",
  ],
};

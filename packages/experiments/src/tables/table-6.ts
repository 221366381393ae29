// Table VI: NMSE with codewords that went through a Lloyd-Max quantizer, designed on
// training codewords, over the bits of a value. The decoders are as they were trained, and for
// some cells trained further on quantised values.
//
// Expect little loss at 8 bits and decibels at 2 and 3: a value's share of the error falls
// by 6 dB a bit until what the method itself loses stands above it. Laptop profile: the trainings
// are those of Table III, and shared with it, and one short training for each cell of fine-tuning; half an
// hour of measuring.
//
//   csi-feedback reproduce table-6 --profile laptop
//   csi-feedback table 6

import type { FeedbackMethod } from "@csi-feedback/networks";
import type { Experiment, ExperimentContext, MeasuredRow, Profile, ResultRow } from "../experiment";
import {
  baselineContestants,
  type Cell,
  type Contestant,
  cellsOf,
  definitionsOf,
  llmContestants,
} from "../measure/contestants";
import { CONTROL, keeping } from "../measure/controls";
import { measureQuality } from "../measure/quality";
import { designOn, trainingCodewords } from "../measure/quantization";
import { METRIC, row, type Subject, whereOf } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { generatedTest, trainingSplit } from "../measure/test-data";
import { printedQuantizedNmse } from "../paper/lookup";
import type { TrainingDefinition } from "../training/definition";
import { quantizedDefinition } from "../training/definitions";
import { elementsAt, type Ratio } from "../training/ratio";

/** Bits of a value that are measured, and those beside which the paper's values stand. */
const valueBits = [2, 3, 4, 5, 6, 8] as const;
const PAPER_BITS = 8;
/** Bits of a value that decoders are trained further for, where a profile does that. */
const tunedBits = [2, 4] as const;
const tunedMethods: readonly string[] = ["LLMCsiNet", "CRNet"];

/** What a condition says of such a row. */
const TUNED = "decoder fine-tuned";

const cells = (profile: Profile): readonly Cell[] =>
  cellsOf(profile).filter(({ channel }) => channel.startsWith("cost2100"));

function list(cell: Cell, profile: Profile, seed: number): Contestant[] {
  const training = { profile, seed };
  return [...llmContestants(cell, training), ...baselineContestants(["idasnet", "crnet"], cell, training)];
}

/** Trainings of a contestant's decoder for quantised values; in the laptop profile of two methods at the lowest ratio. */
function tunings({ method, definition, ratios }: Contestant, profile: Profile): QuantizedTraining[] {
  if (profile.name !== "paper" && !(tunedMethods.includes(method) && ratios[0] === "1/8")) return [];
  return tunedBits.map((bits) => ({ bits, definition: quantizedDefinition(definition, { bits, profile }) }));
}

interface QuantizedTraining {
  readonly bits: number;
  readonly definition: TrainingDefinition;
}

/** NMSE of one method whose decoder was trained for quantised values, with the quantizer that it was trained with. */
async function tunedRows(
  context: ExperimentContext,
  { bits, definition }: QuantizedTraining,
  { method, channel, ratio }: { readonly method: string; readonly channel: string; readonly ratio: Ratio },
): Promise<MeasuredRow[]> {
  const { network, quantizers, summary } = await context.trained(definition);
  const set = await generatedTest(context, channel);
  const quantizer = quantizers[ratio];
  const { nmse } = await measureQuality(network, set, {
    elements: elementsAt(ratio),
    ...(quantizer ? { quantizer } : {}),
    ...(context.signal ? { signal: context.signal } : {}),
  });
  const subject = { method, ratio, condition: `${bits} bits a value, ${TUNED}`, epochs: summary.epochs };
  return [row(subject, METRIC.nmse, nmse, whereOf(set))];
}

/** NMSE of one method at every number of bits, and without a quantizer. */
async function quantizedRows(
  context: ExperimentContext,
  method: FeedbackMethod,
  subject: Subject,
  { channel, ratio }: { readonly channel: string; readonly ratio: Ratio },
): Promise<MeasuredRow[]> {
  const set = await generatedTest(context, channel);
  const elements = elementsAt(ratio);
  const options = { elements, ...(context.signal ? { signal: context.signal } : {}) };
  const codewords = await trainingCodewords(method, await trainingSplit(context, channel), elements);
  const without = await measureQuality(method, set, options);
  const rows = [row({ ...subject, condition: "not quantised" }, METRIC.nmse, without.nmse, whereOf(set))];
  for (const bits of valueBits) {
    const quantizer = designOn(codewords, bits);
    const { nmse } = await measureQuality(method, set, { ...options, quantizer });
    const paper =
      bits === PAPER_BITS ? printedQuantizedNmse({ method: subject.method, channel, ratio }) : undefined;
    rows.push(row({ ...subject, condition: `${bits} bits a value` }, METRIC.nmse, nmse, whereOf(set), paper));
  }
  return rows;
}

export const table6: Experiment = {
  id: "table-6",
  title: "Table VI: NMSE with quantised codewords",
  trainings: (profile, seed) =>
    cells(profile).flatMap((cell) => {
      const contestants = list(cell, profile, seed);
      const tuned = contestants.flatMap((one) => tunings(one, profile));
      return [...definitionsOf(contestants), ...tuned.map(({ definition }) => definition)];
    }),
  async measure(context) {
    const { profile, seed } = context;
    const steps = cells(profile).flatMap((cell) => {
      const { channel, ratios } = cell;
      const contestants = list(cell, profile, seed);
      return [
        ...contestants.map(({ method, definition, ratios: [ratio] }) => ({
          title: `${channel}: ${method} at ${ratio}, quantised`,
          async rows() {
            const { network, summary } = await context.trained(definition);
            const subject = { method, ratio, epochs: summary.epochs };
            return quantizedRows(context, network, subject, { channel, ratio });
          },
        })),
        ...contestants.flatMap((one) =>
          tunings(one, profile).map((tuning) => ({
            title: `${channel}: ${one.method} at ${one.ratios[0]}, ${TUNED} for ${tuning.bits} bits`,
            rows: () => tunedRows(context, tuning, { method: one.method, channel, ratio: one.ratios[0] }),
          })),
        ),
        ...ratios.map((ratio) => ({
          title: `${channel}: ${CONTROL.largest} at ${ratio}, quantised`,
          async rows() {
            const control = keeping("largest", await generatedTest(context, channel));
            const subject = { method: CONTROL.largest, ratio, epochs: 0 };
            return quantizedRows(context, control, subject, { channel, ratio });
          },
        })),
      ];
    });
    return runSteps(context, steps);
  },
  async figures(rows) {
    const { overCondition } = await import("../figures/over-condition");
    const position = ({ condition }: ResultRow) => Number(/^(\d+) bits a value/.exec(condition)?.[1]);
    const panels = [...new Set(rows.map(({ channel, ratio }) => `${channel} ${ratio}`))];
    return panels.map((panel) => {
      const [channel, ratio] = panel.split(" ");
      return overCondition(
        rows.filter((one) => one.channel === channel && one.ratio === ratio),
        {
          name: `table-6-${channel}-${ratio.replace("/", "-")}`,
          title: `${channel}, ratio ${ratio}`,
          metric: METRIC.nmse,
          x: { title: "Bits of a value", ticks: [...valueBits] },
          position,
          line: ({ method, condition }) => (condition.endsWith(TUNED) ? `${method}, ${TUNED}` : method),
        },
      );
    });
  },
  notes: [
    `The paper does not say how many bits a value got; its numbers stand beside ours of ${PAPER_BITS} bits.`,
    "One quantizer for all values of a codeword; positions and the mean arrive as they are.",
    "Decoder fine-tuned: the base station's side trained further on the quantised values of the training data, the user's side as it was.",
  ],
};

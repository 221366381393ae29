// Beyond the paper: NMSE against the real bits of a report, every bit counted: values with
// Lloyd-Max quantizers, positions by each code, mean, scale and check. At each budget a method
// spends its bits as it is best: more values or finer ones.
//
// Expect 3 to 5 bits a value to be best everywhere, and positions by a learned code to save a
// third of their bits, so that the fixed 11 bits of an index cost a decibel or two. Laptop
// profile: no training beyond Table III's; half an hour of measuring.
//
//   csi-feedback reproduce rate-distortion --profile laptop
//   csi-feedback figure rate-distortion
import type { Experiment, ExperimentContext, MeasuredRow, Profile, ResultRow } from "../experiment";
import { type PositionCode, type Sender, spendBudgets } from "../measure/bit-budget";
import {
  baselineContestants,
  type Cell,
  type Contestant,
  cellsOf,
  definitionsOf,
  multiRatioContestant,
} from "../measure/contestants";
import { CONTROL, keeping } from "../measure/controls";
import { compare } from "../measure/quality";
import { METRIC, row, whereOf } from "../measure/rows";
import { runSteps, type Step } from "../measure/steps";
import { firstSamples, generatedTest, type TestData, trainingSplit } from "../measure/test-data";
import { combinations, TYPE_TWO, TYPE_TWO_SAMPLES, viaTypeTwo } from "../measure/type-two";
import { denominatorOf } from "../training/ratio";

const BITS = "Bits of a report";
const VALUE_BITS = "Bits of a value";
const ELEMENTS = "Values of a report";

/** Test samples at most: the search is what takes the time. */
const TEST_SAMPLES = 500;

const codes: readonly PositionCode[] = ["fixed", "enumerative", "learned"];

interface Effort {
  readonly budgets: readonly number[];
  readonly elements: readonly number[];
  readonly valueBits: readonly number[];
}

function effortOf({ name }: Profile): Effort {
  if (name === "smoke") return { budgets: [512, 2048], elements: [28, 111], valueBits: [4, 6] };
  return {
    budgets: [128, 256, 512, 1024, 2048],
    elements: [8, 12, 16, 20, 28, 40, 56, 80, 111, 160, 221, 320],
    valueBits: [2, 3, 4, 5, 6, 8],
  };
}

const cells = (profile: Profile): readonly Cell[] =>
  cellsOf(profile).filter(({ channel }) => channel.startsWith("cost2100"));

const dense = (cell: Cell, profile: Profile, seed: number): Contestant[] =>
  baselineContestants(["crnet", "csinet"], cell, { profile, seed });

const multi = (cell: Cell, profile: Profile, seed: number) => multiRatioContestant(cell, { profile, seed });

interface Data {
  readonly train: TestData;
  readonly test: TestData;
}

async function senderRows(
  context: ExperimentContext,
  { method, epochs }: { readonly method: string; readonly epochs: number },
  sender: Sender,
  data: Data,
): Promise<MeasuredRow[]> {
  const { budgets } = effortOf(context.profile);
  const sets = { ...data, ...(context.signal ? { signal: context.signal } : {}) };
  const spent = await spendBudgets(sender, sets, budgets);
  return spent.flatMap(({ budget, code, elements, valueBits, bits, quality }) => {
    const condition = `within ${budget} bits${code === "none" ? "" : `, ${code} positions`}`;
    const subject = { method, ratio: "", condition, epochs };
    const where = whereOf(data.test);
    return [
      row(subject, METRIC.nmse, quality.nmse, where),
      row(subject, BITS, bits, where),
      row(subject, ELEMENTS, elements, where),
      row(subject, VALUE_BITS, valueBits, where),
    ];
  });
}

/** The networks of one title, one for each ratio, as one sender. */
async function denseRows(
  context: ExperimentContext,
  list: readonly Contestant[],
  data: Data,
): Promise<MeasuredRow[]> {
  const [, , delays, antennas] = data.test.shape;
  const byLength = new Map(
    list.map((one) => [(2 * delays * antennas) / denominatorOf(one.ratios[0]), one.definition]),
  );
  const { summary } = await context.trained(list[0].definition);
  const sender: Sender = {
    elements: [...byLength.keys()].sort((a, b) => a - b),
    async method(elements) {
      const definition = byLength.get(elements) ?? list[0].definition;
      return (await context.trained(definition)).network;
    },
    codes: ["none"],
    valueBits: effortOf(context.profile).valueBits,
  };
  return senderRows(context, { method: list[0].method, epochs: summary.epochs }, sender, data);
}

async function typeTwoRows(test: TestData): Promise<MeasuredRow[]> {
  const few = firstSamples(test, TYPE_TWO_SAMPLES);
  const rows: MeasuredRow[] = [];
  for (const combination of combinations) {
    const { rebuilt, bits } = await viaTypeTwo(few, combination);
    const { nmse } = compare(few, rebuilt);
    const subject = { method: TYPE_TWO, ratio: "", condition: `combination ${combination}`, epochs: 0 };
    rows.push(row(subject, METRIC.nmse, nmse, whereOf(few)), row(subject, BITS, bits, whereOf(few)));
  }
  return rows;
}

function stepsOf(context: ExperimentContext, cell: Cell): Step[] {
  const { profile, seed } = context;
  const { channel } = cell;
  const effort = effortOf(profile);
  const data = async (): Promise<Data> => ({
    train: await trainingSplit(context, channel),
    test: firstSamples(await generatedTest(context, channel), TEST_SAMPLES),
  });
  const one = multi(cell, profile, seed);
  const baselines = dense(cell, profile, seed);
  return [
    {
      title: `${channel}: ${one.method} in bits`,
      async rows() {
        const { network, summary } = await context.trained(one.definition);
        const sender = { ...effort, codes, method: async () => network };
        return senderRows(context, { method: one.method, epochs: summary.epochs }, sender, await data());
      },
    },
    {
      title: `${channel}: ${CONTROL.largest} in bits`,
      async rows() {
        const sets = await data();
        const method = keeping("largest", sets.test);
        const sender = { ...effort, codes, method: async () => method };
        return senderRows(context, { method: CONTROL.largest, epochs: 0 }, sender, sets);
      },
    },
    ...[...new Set(baselines.map(({ method }) => method))].map((title) => ({
      title: `${channel}: ${title} in bits`,
      rows: async () =>
        denseRows(
          context,
          baselines.filter(({ method }) => method === title),
          await data(),
        ),
    })),
    { title: `${channel}: ${TYPE_TWO} in bits`, rows: async () => typeTwoRows((await data()).test) },
  ];
}

export const rateDistortion: Experiment = {
  id: "rate-distortion",
  title: "NMSE against the real bits of a report",
  trainings: (profile, seed) =>
    cells(profile).flatMap((cell) =>
      definitionsOf([multi(cell, profile, seed), ...dense(cell, profile, seed)]),
    ),
  measure: (context) =>
    runSteps(
      context,
      cells(context.profile).flatMap((cell) => stepsOf(context, cell)),
    ),
  async figures(rows) {
    const { overCondition } = await import("./over-condition");
    const place = (one: ResultRow) => [one.method, one.channel, one.condition].join("|");
    const bits = new Map(rows.filter(({ metric }) => metric === BITS).map((one) => [place(one), one.value]));
    const channels = [...new Set(rows.map(({ channel }) => channel))];
    return channels.map((channel) =>
      overCondition(
        rows.filter((one) => one.channel === channel),
        {
          name: `rate-distortion-${channel}`,
          title: `${channel}: what bits buy`,
          metric: METRIC.nmse,
          x: { title: "Bits of a report", scale: "log" },
          position: (one) => bits.get(place(one)) ?? Number.NaN,
          line({ method, condition }) {
            const code = /, (\w+) positions$/.exec(condition)?.[1];
            return code === undefined ? method : `${method}, ${code}`;
          },
        },
      ),
    );
  },
  notes: [
    "Bits: values, positions, the mean (12), the physical scale (16) and a check (16); of Enhanced Type II the report of the standard, and gain, phase and delay that turn its precoders into a channel.",
    "Positions: fixed 11 bits each, enumerative log2 C(2048, M), or arithmetic coding by a model learned on training samples.",
    "The number of values and their bits are chosen on training samples, so that the mean bits of the test samples may exceed a budget by a little.",
  ],
};

// Figure 12: mean achievable rate per user of four users on COST2100 outdoor at 1/8, the
// base station precoding on what it was fed back.
//
// Expect perfect CSI on top, and the order of Figure 5's NMSE below it: zero forcing turns what
// is wrong with the channel into interference, which limits the rate however high the SNR.
// Regularised zero forcing and maximum ratio stand beside it in the results, and the distribution
// over users at one SNR. Laptop profile: no training beyond Table III's, a few minutes of measuring.
//
//   csi-feedback reproduce figure-12 --profile laptop
//   csi-feedback figure 12
import type { Precoder } from "@csi-feedback/eval";
import type { Experiment, MeasuredRow, NamedFigure, Profile, ResultRow } from "../experiment";
import { contestantsOf } from "../measure/comparison";
import { definitionsOf } from "../measure/contestants";
import { CONTROL, keeping } from "../measure/controls";
import { reconstruct } from "../measure/quality";
import { rateCurve, ratePercentiles } from "../measure/rate";
import { METRIC, percentileOfRate, row, type Subject, whereOf } from "../measure/rows";
import { runSteps } from "../measure/steps";
import { firstSamples, generatedTest, type TestData } from "../measure/test-data";
import { TYPE_TWO, TYPE_TWO_SAMPLES, viaTypeTwo } from "../measure/type-two";
import { elementsAt } from "../training/ratio";

const CELL = { channel: "cost2100-outdoor", ratios: ["1/8"] } as const;
const USERS = 4;
/** Of enhanced Type II: the one with the most bits among those of 4 beams. */
const COMBINATION = 6;
const snrDb = [0, 5, 10, 15, 20, 25, 30] as const;
/** Where the distribution over users is kept, with zero forcing [dB]. */
const CDF_SNR = 20;

const precoders: Readonly<Record<Precoder, string>> = {
  "zero-forcing": "ZF",
  "regularized-zero-forcing": "RZF",
  "maximum-ratio": "MRT",
};

const list = (profile: Profile, seed: number) => contestantsOf(CELL, { profile, seed });

/** The rate over SNR with each precoder. */
function rateRows(subject: Subject, set: TestData, rebuilt: Float32Array): MeasuredRow[] {
  return (Object.keys(precoders) as Precoder[]).flatMap((precoder) => {
    const curve = rateCurve(set, rebuilt, { users: USERS, precoder, snrDb });
    return curve.flatMap(({ mean, percentiles }, i) => {
      const condition = `SNR ${snrDb[i]} dB, ${precoders[precoder]}`;
      const distribution = precoder === "zero-forcing" && snrDb[i] === CDF_SNR ? ratePercentiles : [5];
      return [
        row({ ...subject, condition }, METRIC.rate, mean, whereOf(set)),
        ...distribution.map((percent) =>
          row(
            { ...subject, condition },
            percentileOfRate(percent),
            percentiles.get(percent) as number,
            whereOf(set),
          ),
        ),
      ];
    });
  });
}

/** The distribution over users, from its percentiles. */
async function distributionOf(rows: readonly ResultRow[]): Promise<NamedFigure> {
  const { lineFigure } = await import("@csi-feedback/eval/figures");
  const own = rows.filter(({ condition }) => condition === `SNR ${CDF_SNR} dB, ZF`);
  const controls: readonly string[] = [...Object.values(CONTROL), TYPE_TWO, "Perfect CSI"];
  return {
    name: "figure-12-users",
    specification: lineFigure({
      title: `Users' rates with zero forcing at ${CDF_SNR} dB`,
      subtitle: `${own[0]?.profile} profile, ${USERS} users, COST2100 outdoor, 1/8`,
      x: { title: METRIC.rate },
      y: { title: "Cumulative probability", domain: [0, 1] },
      markers: false,
      series: [...new Set(own.map(({ method }) => method))].map((name) => {
        const points = ratePercentiles.flatMap((percent) =>
          own
            .filter((one) => one.method === name && one.metric === percentileOfRate(percent))
            .map(({ value }) => ({ value, percent })),
        );
        return {
          name,
          x: points.map(({ value }) => value),
          y: points.map(({ percent }) => percent / 100),
          dashed: controls.includes(name),
        };
      }),
    }),
  };
}

export const figure12: Experiment = {
  id: "figure-12",
  title: "Figure 12: achievable rate per user, COST2100 outdoor, 1/8",
  trainings: (profile, seed) => definitionsOf(list(profile, seed)),
  async measure(context) {
    const { profile, seed } = context;
    const [ratio] = CELL.ratios;
    const set = await generatedTest(context, CELL.channel);
    const options = { elements: elementsAt(ratio), ...(context.signal ? { signal: context.signal } : {}) };
    const steps = [
      {
        title: "rate with perfect CSI",
        rows: async () => rateRows({ method: "Perfect CSI", ratio: "", epochs: 0 }, set, set.values),
      },
      ...list(profile, seed).map(({ method, definition }) => ({
        title: `rate with ${method}`,
        async rows() {
          const { network, summary } = await context.trained(definition);
          const rebuilt = await reconstruct(network, set, options);
          return rateRows({ method, ratio, epochs: summary.epochs }, set, rebuilt);
        },
      })),
      ...(["largest", "random"] as const).map((rule) => ({
        title: `rate with ${CONTROL[rule]}`,
        async rows() {
          const rebuilt = await reconstruct(keeping(rule, set), set, options);
          return rateRows({ method: CONTROL[rule], ratio, epochs: 0 }, set, rebuilt);
        },
      })),
      {
        title: `rate with ${TYPE_TWO}`,
        async rows() {
          const few = firstSamples(set, TYPE_TWO_SAMPLES);
          const { rebuilt } = await viaTypeTwo(few, COMBINATION);
          return rateRows({ method: TYPE_TWO, ratio: "", epochs: 0 }, few, rebuilt);
        },
      },
    ];
    return runSteps(context, steps);
  },
  async figures(rows) {
    const { overCondition } = await import("./over-condition");
    const position = ({ condition }: ResultRow) => Number(/^SNR (-?[\d.]+) dB, ZF$/.exec(condition)?.[1]);
    return [
      overCondition(rows, {
        name: "figure-12",
        title: `Zero forcing for ${USERS} users, COST2100 outdoor, 1/8`,
        metric: METRIC.rate,
        x: { title: "SNR [dB]" },
        position,
      }),
      await distributionOf(rows),
    ];
  },
  notes: [
    "Users are grouped at random, each with its channel scaled to a mean power of 1 per antenna; 16 subcarriers over the band; equal power; noise power 1. The truth is the channel of the 32 delay taps.",
    "Where a method brings nothing over, or the same for all users, zero forcing has no solution: noise 60 dB below the channels is then added to what was fed back, which draws directions at random.",
    `${TYPE_TWO} (TS 38.214) is combination ${COMBINATION} with a precoder for each of 32 subbands, a few hundred bits.`,
    "The paper prints no numbers of this figure, nor its SNR range.",
  ],
};

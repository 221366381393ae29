// Beyond the paper: the controls without any training at the real bits of their reports: the
// M largest elements, M random ones, PCA, sparse recovery from random projections (FISTA), and
// the standard's enhanced Type II codebook. Whatever a network is said to gain, it has to gain
// on these, at equal bits.
//
// Expect the M largest elements far ahead of every code that does not say where the energy
// is, and enhanced Type II in a few hundred bits beside what M largest needs a thousand for.
// Laptop profile, two processor cores: no training; ten minutes, most of them for the outdoor
// channels and for FISTA and Type II on 100 and 200 samples.
//
//   csi-feedback reproduce controls --profile laptop
//   csi-feedback table controls
import { frameBits, type ScalarQuantizer } from "@csi-feedback/codec";
import type { Codeword, FeedbackMethod } from "@csi-feedback/networks";
import type { Experiment, ExperimentContext, MeasuredRow, Profile, ResultRow } from "../experiment";
import { type Cell, cellsOf } from "../measure/contestants";
import { type Control, controlsAt } from "../measure/controls";
import { compare, decodeAll, encodeAll } from "../measure/quality";
import { designOn, trainingCodewords } from "../measure/quantization";
import { METRIC, row, type Subject, whereOf } from "../measure/rows";
import { runSteps, type Step } from "../measure/steps";
import { firstSamples, generatedTest, type TestData, trainingSplit } from "../measure/test-data";
import { combinations, TYPE_TWO, TYPE_TWO_SAMPLES, viaTypeTwo } from "../measure/type-two";
import type { Ratio } from "../training/ratio";

const BITS = "Bits of a report";
const VALUE_BITS = 8;
const SCALE_BITS = 16;
/** Bits of the mean; a dense codeword has none. */
const MEAN_BITS = 12;

const cells = (profile: Profile): readonly Cell[] =>
  cellsOf(profile).filter(({ channel }) => channel.startsWith("cost2100"));

/** Bits of a report, mean over the samples: values, positions where they are sent, mean, scale, check. */
function bitsOf(
  { shape }: FeedbackMethod,
  codewords: readonly Codeword[],
  quantizer: ScalarQuantizer,
  sendsPositions: boolean,
): number {
  const sum = codewords.reduce((total, { positions, ...one }) => {
    const frame = { ...one, ...(sendsPositions && positions ? { positions } : {}), scale: 1 };
    const { bits } = frameBits(frame, {
      shape,
      elements: one.values.length,
      quantizer,
      scaleBits: SCALE_BITS,
      meanBits: one.mean === undefined ? 0 : MEAN_BITS,
      ...(sendsPositions && positions ? { indexCode: "enumerative" } : { addressing: "none" }),
    });
    return total + bits;
  }, 0);
  return sum / codewords.length;
}

/** A control through its quantizer: quality, and the bits that it took. */
async function framedRows(
  context: ExperimentContext,
  { title, method, elements, samples, sendsPositions }: Control,
  set: TestData,
  ratio: Ratio,
): Promise<MeasuredRow[]> {
  const stop = context.signal ? { signal: context.signal } : {};
  const train = await trainingSplit(context, set.channel);
  const some = firstSamples(set, samples ?? set.shape[0]);
  const sent = elements ?? 0;
  const quantizer = designOn(await trainingCodewords(method, train, sent), VALUE_BITS);
  const codewords = await encodeAll(method, some.values, some.shape, { elements: sent, ...stop });
  const { nmse, sgcs } = compare(some, await decodeAll(method, codewords, { quantizer, ...stop }));
  const subject: Subject = { method: title, ratio, epochs: 0 };
  const where = whereOf(some);
  return [
    row(subject, BITS, bitsOf(method, codewords, quantizer, sendsPositions), where),
    row(subject, METRIC.nmse, nmse, where),
    row(subject, METRIC.sgcs, sgcs, where),
  ];
}

async function typeTwoRows(set: TestData, combination: (typeof combinations)[number]) {
  const few = firstSamples(set, TYPE_TWO_SAMPLES);
  const { rebuilt, bits } = await viaTypeTwo(few, combination);
  const { nmse, sgcs } = compare(few, rebuilt);
  const subject: Subject = { method: `${TYPE_TWO}, combination ${combination}`, ratio: "", epochs: 0 };
  const where = whereOf(few);
  return [
    row(subject, BITS, bits, where),
    row(subject, METRIC.nmse, nmse, where),
    row(subject, METRIC.sgcs, sgcs, where),
  ];
}

/** Rows of one channel as lines: NMSE over bits. */
async function draw(rows: readonly ResultRow[]) {
  const { lineFigure } = await import("@csi-feedback/eval/figures");
  return [...new Set(rows.map(({ channel }) => channel))].map((channel) => {
    const own = rows.filter((one) => one.channel === channel);
    const points = own.flatMap((one) => {
      const same = (other: ResultRow) => other.method === one.method && other.ratio === one.ratio;
      const nmse = own.find((other) => other.metric === METRIC.nmse && same(other));
      return one.metric === BITS && nmse
        ? [{ method: one.method.split(", ")[0], x: one.value, y: nmse.value }]
        : [];
    });
    const methods = [...new Set(points.map(({ method }) => method))];
    return {
      name: `controls-${channel}`,
      specification: lineFigure({
        title: `${channel}, no training`,
        subtitle: `${own[0].profile} profile, ${VALUE_BITS} bits a value, every bit of a report counted`,
        x: { title: BITS, scale: "log" },
        y: { title: METRIC.nmse },
        series: methods.map((name) => {
          const line = points.filter(({ method }) => method === name).sort((a, b) => a.x - b.x);
          return { name, x: line.map(({ x }) => x), y: line.map(({ y }) => y) };
        }),
      }),
    };
  });
}

export const controls: Experiment = {
  id: "controls",
  title: "Controls without training, at real bits",
  trainings: () => [],
  async measure(context) {
    const steps = cells(context.profile).flatMap(({ channel, ratios }): Step[] => [
      ...ratios.map((ratio) => ({
        title: `${channel}: controls at ${ratio}, quantised`,
        async rows() {
          const set = await generatedTest(context, channel);
          const rows: MeasuredRow[] = [];
          for (const control of await controlsAt(context, set, ratio)) {
            rows.push(...(await framedRows(context, control, set, ratio)));
          }
          return rows;
        },
      })),
      ...combinations.map((combination) => ({
        title: `${channel}: ${TYPE_TWO}, combination ${combination}`,
        rows: async () => typeTwoRows(await generatedTest(context, channel), combination),
      })),
    ]);
    return runSteps(context, steps);
  },
  figures: (rows) => draw(rows),
  notes: [
    `Values pass a Lloyd-Max quantizer of ${VALUE_BITS} bits that was designed on training samples; positions of the M largest are coded as a set, log2 C(2048, M) bits; random positions follow from a seed that both ends know. Mean (${MEAN_BITS} bits), scale (${SCALE_BITS}) and check (16) count.`,
    `${TYPE_TWO} (TS 38.214): a precoder for each of 32 subbands; its quantizers are the standard's.`,
  ],
};

// What a base station gains by a transformer over the paths of a report, at equal bits: trains a network on files of
// refiner-data.ts, then measures it on others, beside weights that are solved for. From the repository root:
//   node benchmarks/run.mjs benchmarks/path-transformer/refiner.ts TRAIN,TRAIN VALIDATION,VALIDATION STEPS [options]
// Options: --channel C (reports of one channel alone, by its index in path lists), --sight alone|pairs,
// --layers pretrained|random|none, --rate R, --seed N.
import { parseArgs } from "node:util";
import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import { toDecibels } from "@csi-feedback/eval";
import { listChannels } from "@csi-feedback/path-transformer/training";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import * as tf from "@tensorflow/tfjs-core";
import { Adam, rateAt } from "./adam";
import { gainText, meanOf } from "./gain";
import { type Batch, batchOf, SIDE } from "./refiner-batch";
import { errorLeft, fitLevels, leastError } from "./refiner-controls";
import { type Report, readReports } from "./refiner-files";
import { RefinerNetwork, type Sight } from "./refiner-network";
import type { Layers } from "./remainder-network";

/** Paths that reports of a batch are padded to. */
const LENGTHS = [8, 16, 24, 32, 40, 48, 64];
const LONGEST = LENGTHS[LENGTHS.length - 1];
/** Reports that weights are solved on. */
const SOLVED = 2000;
/** Pairs of paths of a batch at most. */
const PAIRS = 16384;
const MOST = 32;

const { values: options, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    channel: { type: "string" },
    sight: { type: "string", default: "pairs" },
    layers: { type: "string", default: "pretrained" },
    rate: { type: "string", default: "2e-3" },
    seed: { type: "string", default: "1" },
  },
});
const [trainPaths, validationPaths, stepsText] = positionals;
const steps = Number(stepsText);
const seed = Number(options.seed);

function reportsIn(paths: string): Report[] {
  const { channel } = options;
  const reports = paths.split(",").flatMap(readReports);
  return channel === undefined ? reports : reports.filter((report) => report.channel === Number(channel));
}

function lengthOf({ paths }: Report): number {
  return LENGTHS.find((length) => paths.length <= length) ?? Number.POSITIVE_INFINITY;
}

function countOf(length: number): number {
  return Math.max(4, Math.min(MOST, Math.floor(PAIRS / length ** 2)));
}

/** Row of the table that a report belongs to. */
function cellOf({ kind, channel, budget }: Report): string {
  return `${listChannels[channel]}, ${kind}, ${budget} bits`;
}

function relativeError({ error, energy }: Report): number {
  return error / energy;
}

const begin = process.cpuUsage();
await startEngine("onnxruntime", { threads: 1 });
await registerGradients();
const train = reportsIn(trainPaths);
const network = await RefinerNetwork.create(options.sight as Sight, options.layers as Layers, seed);
console.log(
  `${options.sight}, ${options.layers} layers: ${network.parameters.count} parameters, ${train.length} reports, ${steps} steps`,
);

/** Reports by kind and length. A kind is drawn as the square root of its number, so that few reports are not lost. */
const kinds = [...new Set(train.map(({ kind }) => kind))].map((kind) => {
  const reports = train.filter((report) => report.kind === kind && lengthOf(report) <= LONGEST);
  return {
    reports,
    share: Math.sqrt(reports.length),
    buckets: LENGTHS.map((length) => reports.filter((report) => lengthOf(report) === length)),
  };
});
const shares = kinds.reduce((sum, { share }) => sum + share, 0);
const random = randomStream(seed, 2);
function drawnKind() {
  let left = random.uniform() * shares;
  for (const kind of kinds) {
    left -= kind.share;
    if (left < 0) return kind;
  }
  return kinds[0];
}
const adam = new Adam(network.parameters.variables);
let mean = 0;
for (let step = 0; step < steps; step++) {
  const { reports, buckets } = drawnKind();
  const length = lengthOf(reports[random.integer(reports.length)]);
  const bucket = buckets[LENGTHS.indexOf(length)];
  const picks = Array.from({ length: countOf(length) }, () => bucket[random.integer(bucket.length)]);
  // Every report counts the same, however much it leaves.
  const weights = picks.map(({ error }) => 1 / error);
  const batch = batchOf(picks, length);
  const loss = await adam.step(
    () => {
      const rests = tf.tensor4d(batch.rests, [batch.count, 2, SIDE, SIDE]);
      const left = tf.sum(tf.square(tf.sub(rests, network.correction(batch))), [1, 2, 3]);
      return tf.mean(tf.mul(left, tf.tensor1d(weights)));
    },
    rateAt(step / steps, Number(options.rate)),
  );
  const share = Math.max(0.002, 1 / (step + 1));
  mean += (loss - mean) * share;
  if ((step + 1) % 200 === 0) {
    const used = process.cpuUsage(begin);
    console.log(
      `${step + 1}: gain ${toDecibels(1 / mean).toFixed(3)} dB, ${((used.user + used.system) / 1e6).toFixed(0)} s`,
    );
  }
}

/** Corrections of some reports of one length. */
async function correct(batch: Batch): Promise<Float32Array> {
  const correction = tf.tidy(() => network.correction(batch));
  const values = (await correction.data()) as Float32Array;
  correction.dispose();
  return values;
}

const validation = reportsIn(validationPaths);
/** Weights solved on the same kind of reports of the same channel. */
const nameOf = ({ channel, kind }: Report) => `${channel} ${kind}`;
const controls = new Map(
  [...new Set(validation.map(nameOf))].map((name) => [
    name,
    fitLevels(train.filter((report) => nameOf(report) === name).slice(0, SOLVED)),
  ]),
);
for (const cell of [...new Set(validation.map(cellOf))]) {
  const own = validation.filter((report) => cellOf(report) === cell && lengthOf(report) <= LONGEST);
  const errors = { report: [], network: [], levels: [], first: [], all: [] } as Record<string, number[]>;
  for (const length of LENGTHS) {
    const fitting = own.filter((report) => lengthOf(report) === length);
    for (let first = 0; first < fitting.length; first += countOf(length)) {
      const picks = fitting.slice(first, first + countOf(length));
      const batch = batchOf(picks, length);
      const guess = await correct(batch);
      for (const [i, report] of picks.entries()) {
        const size = 2 * SIDE * SIDE;
        errors.report.push(relativeError(report));
        errors.network.push(errorLeft(report, guess.subarray(i * size, (i + 1) * size)) / report.energy);
        const control = controls.get(nameOf(report));
        if (control) errors.levels.push(control(report) / report.energy);
        errors.first.push(leastError(report, 3) / report.energy);
        errors.all.push(leastError(report, 6) / report.energy);
      }
    }
  }
  const { report, network: learned, levels, first, all } = errors;
  const single = report.map((error, i) => toDecibels(error / learned[i]));
  const better = learned.filter((error, i) => error < report[i]).length;
  console.log(
    `${cell}, ${report.length} samples: ${toDecibels(meanOf(report)).toFixed(2)} dB; gain [dB]: ` +
      `network ${gainText(report, learned)}, mean of decibels ${meanOf(single).toFixed(3)}, weights a level ${levels.length > 0 ? gainText(report, levels) : "-"}, ` +
      `best possible: first order ${gainText(report, first)}, second ${gainText(report, all)}; network better on ${better}`,
  );
}

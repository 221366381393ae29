// What a base station gains by a learned guess of what a report leaves out, at equal bits: trains a network on a file
// of remainder-data.ts, then measures it on others, beside controls that are solved for. From the repository root:
//   node benchmarks/run.mjs benchmarks/path-transformer/remainder.ts TRAIN VALIDATION,VALIDATION STEPS [options]
// Options: --form direct|turning, --layers pretrained|random|none, --rate R, --seed N. No steps: the controls alone.
import { parseArgs } from "node:util";
import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import { toDecibels } from "@csi-feedback/eval";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import * as tf from "@tensorflow/tfjs-core";
import { Adam, rateAt } from "./adam";
import { gainText, meanOf } from "./gain";
import { fitFilter, fitGains, type Pairs } from "./remainder-controls";
import { type Data, errorOf, readData, SIZE, writeTurned } from "./remainder-files";
import { type Form, type Layers, RemainderNetwork } from "./remainder-network";

const PLANE = SIZE / 2;
/** Samples that controls are solved for. */
const SOLVED = 2000;
const BATCH = 16;

const { values: options, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    form: { type: "string", default: "turning" },
    layers: { type: "string", default: "pretrained" },
    rate: { type: "string", default: "1e-3" },
    seed: { type: "string", default: "1" },
  },
});
const [trainPath, validationPaths, stepsText] = positionals;
const steps = Number(stepsText);
const seed = Number(options.seed);

/** Samples and budgets in one batch. */
type Picks = readonly (readonly [sample: number, budget: number])[];

/** Tensors of a batch, all turned by `phases`. */
function batchOf(data: Data, picks: Picks, phases: readonly number[]) {
  const truth = new Float32Array(picks.length * SIZE);
  const rebuilt = new Float32Array(picks.length * SIZE);
  const weakest = new Float32Array(picks.length);
  for (const [i, [sample, budget]] of picks.entries()) {
    writeTurned(data.truth(sample), phases[i], truth, i * SIZE);
    writeTurned(data.rebuilt(sample, budget), phases[i], rebuilt, i * SIZE);
    weakest[i] = data.weakest(sample, budget);
  }
  const shape: [number, number, number, number] = [picks.length, 2, 32, 32];
  return {
    truth: tf.tensor4d(truth, shape),
    rebuilt: tf.tensor4d(rebuilt, shape),
    weakest: tf.tensor4d(weakest, [picks.length, 1, 1, 1]),
  };
}

/** A data set at one budget. */
function pairsAt(data: Data, budget: number): Pairs {
  return {
    count: Math.min(data.count, SOLVED),
    truth: data.truth,
    rebuilt: (sample) => data.rebuilt(sample, budget),
    weakest: (sample) => data.weakest(sample, budget),
  };
}

const begin = process.cpuUsage();
await startEngine("onnxruntime", { threads: 1 });
await registerGradients();
const train = readData(trainPath);
const network = await RemainderNetwork.create(options.form as Form, options.layers as Layers, seed);
console.log(
  `${options.form}, ${options.layers}: ${network.parameters.count} parameters, ${steps} steps of ${BATCH}`,
);

/** Mean error of each budget: a decibel counts the same at each. */
const scales = train.budgets.map((_, budget) => {
  let sum = 0;
  for (let i = 0; i < train.count; i++) sum += errorOf(train.truth(i), train.rebuilt(i, budget));
  return sum / train.count;
});
const random = randomStream(seed, 2);
const adam = new Adam(network.parameters.variables);
let mean = 0;
for (let step = 0; step < steps; step++) {
  const picks: Picks = Array.from({ length: BATCH }, () => [
    random.integer(train.count),
    random.integer(train.budgets.length),
  ]);
  const phases = picks.map(() => 2 * Math.PI * random.uniform());
  const batch = batchOf(train, picks, phases);
  const weights = tf.tensor1d(picks.map(([, budget]) => 1 / scales[budget]));
  const loss = await adam.step(
    () => {
      const rest = tf.sub(
        tf.sub(batch.truth, batch.rebuilt),
        network.remainder(batch.rebuilt, batch.weakest),
      );
      return tf.mean(tf.mul(tf.sum(tf.square(rest), [1, 2, 3]), weights));
    },
    rateAt(step / steps, Number(options.rate)),
  );
  tf.dispose([batch.truth, batch.rebuilt, batch.weakest, weights]);
  mean += (loss - mean) / Math.min(step + 1, 100);
  if ((step + 1) % 100 === 0) {
    const used = process.cpuUsage(begin);
    console.log(step + 1, `loss ${mean.toFixed(4)}`, `${((used.user + used.system) / 1e6).toFixed(0)} s`);
  }
}

const controls = train.budgets.map((_, budget) => {
  const pairs = pairsAt(train, budget);
  return { scalar: fitGains(pairs, 1), cells: fitGains(pairs, PLANE), filter: fitFilter(pairs) };
});
for (const data of validationPaths.split(",").map(readData)) {
  for (const [budget, bits] of data.budgets.entries()) {
    const known = train.budgets.indexOf(bits);
    const before: number[] = [];
    const after: Record<string, number[]> = { network: [] };
    for (let first = 0; first < data.count; first += BATCH) {
      const picks: Picks = Array.from({ length: Math.min(BATCH, data.count - first) }, (_, i) => [
        first + i,
        budget,
      ]);
      const batch = batchOf(
        data,
        picks,
        picks.map(() => 0),
      );
      const estimate = tf.tidy(() => tf.add(batch.rebuilt, network.remainder(batch.rebuilt, batch.weakest)));
      const guess = (await estimate.data()) as Float32Array;
      tf.dispose([batch.truth, batch.rebuilt, batch.weakest, estimate]);
      for (const [i, [sample]] of picks.entries()) {
        const truth = data.truth(sample);
        const rebuilt = data.rebuilt(sample, budget);
        before.push(errorOf(truth, rebuilt));
        after.network.push(errorOf(truth, guess.subarray(i * SIZE, (i + 1) * SIZE)));
        for (const [name, control] of Object.entries(controls[known])) {
          after[name] ??= [];
          after[name].push(errorOf(truth, control(rebuilt, data.weakest(sample, budget))));
        }
      }
    }
    const start = toDecibels(meanOf(before));
    const gains = Object.entries(after).map(([name, errors]) => `${name} ${gainText(before, errors)}`);
    const better = after.network.filter((error, i) => error < before[i]).length;
    console.log(
      `${data.name}, ${bits} bits, ${data.count} samples: ${start.toFixed(2)} dB; gain [dB]: ${gains.join(", ")}; network better on ${better}`,
    );
  }
}

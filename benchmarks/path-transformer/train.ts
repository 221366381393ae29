// Trains the network of packages/path-transformer on path lists and writes its weights. From the repository root:
//   node benchmarks/run.mjs benchmarks/path-transformer/train.ts LISTS.jsonl OUT.json [steps] [--random-layers | --from WEIGHTS.json]
// --from goes on from weights, at a quarter of the rate.
// The last lists are kept for validation; the weights written are those of the end of the schedule. The same lists and
// steps give the same weights.
import { readFileSync, writeFileSync } from "node:fs";
import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import { networkShapes } from "@csi-feedback/path-transformer/training";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import * as tf from "@tensorflow/tfjs-core";
import { Adam } from "./adam";
import { type Batch, batchOf, type List, readLists } from "./batches";
import { batchBits, createParameters } from "./network";

const [listsPath, out, stepsText = "6000", ...flags] = process.argv.slice(3);
const steps = Number(stepsText);
const VALIDATION = 400;
const LENGTHS = [8, 16, 32, 64, 96];
const from = flags.includes("--from") ? flags[flags.indexOf("--from") + 1] : undefined;
const rate = { peak: from === undefined ? 4e-3 : 1e-3, warmUp: 0.02, end: 0.02 };

/** Lists of a batch: what fits about the same work at every length. */
const countOf = (length: number) => Math.min(48, Math.max(4, Math.round(32768 / length ** 2)));
const random = randomStream(5);
const normal = () => random.normal();

await startEngine("onnxruntime", { threads: 1 });
await registerGradients();
const all = readLists(listsPath);
const validation = all.slice(-VALIDATION);
const training = all.slice(0, -VALIDATION);
const lengthOf = (list: List) =>
  LENGTHS.find((length) => list.paths.length <= length) ?? LENGTHS[LENGTHS.length - 1];
const buckets = LENGTHS.map((length) => training.filter((list) => lengthOf(list) === length));
const parameters = createParameters(normal);
if (from !== undefined) {
  const start = JSON.parse(readFileSync(from, "utf8")) as Record<string, number[]>;
  for (const [name, shape] of networkShapes) parameters.get(name)?.assign(tf.tensor(start[name], [...shape]));
}
const frozen = flags.includes("--random-layers") ? /^layer|^embed$/ : /^$/;
const trained = networkShapes
  .filter(([name]) => !frozen.test(name))
  .map(([name]) => parameters.get(name) as tf.Variable);
const adam = new Adam(trained, 1e-6);

/** One step on a batch; the three parts of the mean bits a path. */
async function step(batch: Batch, learningRate: number): Promise<Float32Array> {
  let parts: tf.Tensor1D | undefined;
  await adam.step(() => {
    parts = tf.keep(batchBits(parameters, batch));
    return tf.sum(parts);
  }, learningRate);
  const report = parts as unknown as tf.Tensor1D;
  const values = (await report.data()) as Float32Array;
  report.dispose();
  return values;
}

/** Bits a path on the validation lists of each channel: class, delay, angle. */
async function validate(): Promise<string> {
  const lines: string[] = [];
  for (let channel = 0; channel < 4; channel++) {
    const sums = [0, 0, 0];
    let paths = 0;
    for (const length of LENGTHS) {
      const own = validation.filter((list) => list.channel === channel && lengthOf(list) === length);
      for (let i = 0; i < own.length; i += countOf(length)) {
        const batch = batchOf(own.slice(i, i + countOf(length)), length);
        const weight = batch.weights.reduce((a, b) => a + b, 0);
        const bits = tf.tidy(() => batchBits(parameters, batch));
        for (const [p, value] of (await bits.data()).entries()) sums[p] += weight * value;
        bits.dispose();
        paths += weight;
      }
    }
    lines.push(sums.map((sum) => (sum / paths).toFixed(2)).join(" + "));
  }
  return lines.join("; ");
}

function write(): void {
  const weights: Record<string, number[]> = {};
  for (const [name] of networkShapes) {
    weights[name] = Array.from((parameters.get(name) as tf.Variable).dataSync());
  }
  writeFileSync(out, JSON.stringify(weights));
}

const begin = Date.now();
const elapsed = () => (Date.now() - begin) / 60_000;
let mean = [0, 0, 0];
if (from !== undefined) console.log(`before: ${await validate()}`);
console.log(`${training.length} lists, ${buckets.map((bucket) => bucket.length).join(" ")}`);
for (let update = 1; update <= steps; update++) {
  // Buckets in proportion to their batches.
  let pick = random.uniform() * buckets.reduce((sum, own, i) => sum + own.length / countOf(LENGTHS[i]), 0);
  let bucket = 0;
  while (pick >= buckets[bucket].length / countOf(LENGTHS[bucket])) {
    pick -= buckets[bucket].length / countOf(LENGTHS[bucket]);
    bucket++;
  }
  const own = buckets[bucket];
  const length = LENGTHS[bucket];
  const lists = Array.from({ length: countOf(length) }, () => own[random.integer(own.length)]);
  const progress = update / steps;
  const shape =
    Math.min(1, progress / rate.warmUp) *
    (rate.end + (1 - rate.end) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  const bits = await step(batchOf(lists, length), rate.peak * shape);
  mean = mean.map((value, i) => value + (bits[i] - value) / Math.min(update, 100));
  if (update % 20 === 0 && update < 100)
    console.log(update, elapsed().toFixed(2), mean.map((value) => value.toFixed(2)).join(" + "));
  if (update % 400 === 0) {
    console.log(
      update,
      elapsed().toFixed(1),
      mean.map((value) => value.toFixed(2)).join(" + "),
      "|",
      await validate(),
    );
    write();
  }
}
write();
console.log(`${steps} steps; validation, bits a path (class + delay + angle): ${await validate()}`);

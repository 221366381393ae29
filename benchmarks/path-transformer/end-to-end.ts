// What a code learned end to end gains over sending more paths: trains the networks of end-to-end-network.ts at both
// ends of the link, through rounding and entropy code, on a file of remainder-data.ts, and measures real code lengths on
// another. From the repository root:
//   node benchmarks/run.mjs benchmarks/path-transformer/end-to-end.ts TRAIN VALIDATION BUDGET STEPS PRICE [seed]
// BUDGET: the reports that are completed, or 0 for the whole channel. The loss is the share of the error that is left
// plus PRICE times what a bit takes away of it in longer reports (BUDGET 0: plus PRICE a bit): at 1 the loss is below 1
// only when bits for this code are spent better than bits for more paths.
import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import { toDecibels } from "@csi-feedback/eval";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import * as tf from "@tensorflow/tfjs-core";
import { Adam, rateAt } from "./adam";
import { EndToEndCode, knownOf, LATENT_COUNT } from "./end-to-end-network";
import { gainText, meanOf } from "./gain";
import { type Data, errorOf, readData, SIZE, writeTurned } from "./remainder-files";

const BATCH = 16;
const PEAK_RATE = 2e-3;
/** Odds are integers of this total, and a latent number lies within this bound. */
const TOTAL = 2 ** 20;
const LARGEST = 255;

const [trainPath, validationPath, budgetText, stepsText, priceText, seedText = "1"] = process.argv.slice(3);
const steps = Number(stepsText);
const bits = Number(budgetText);
const seed = Number(seedText);

await startEngine("onnxruntime", { threads: 1 });
await registerGradients();
const train = readData(trainPath);
const validation = readData(validationPath);
const budget = train.budgets.indexOf(bits);
for (const { name, budgets } of [train, validation]) {
  if (bits > 0 && !budgets.includes(bits))
    throw new Error(`${name} holds reports of ${budgets} bits, not of ${bits}`);
}

/** Mean error of the reports of a file at one of its budgets. */
function meanError(data: Data, at: number): number {
  return meanOf(Array.from({ length: data.count }, (_, i) => errorOf(data.truth(i), data.rebuilt(i, at))));
}

/** Share of the error that a bit takes away when reports get longer: between the neighbouring budgets. */
function shareOfABit(): number {
  const { budgets } = train;
  const low = Math.max(0, budget - 1);
  const high = Math.min(budgets.length - 1, budget + 1);
  return Math.log(meanError(train, low) / meanError(train, high)) / (budgets[high] - budgets[low]);
}

const reference = bits > 0 ? meanError(train, budget) : 1;
const slope = bits > 0 ? shareOfABit() : 1;
const price = Number(priceText) * slope;
/** Usual size of what is coded. */
const unit = Math.sqrt(reference / SIZE);

/** What is left of samples, turned by phases, and what the base station knows. */
function batchOf(data: Data, picks: readonly number[], phases: readonly number[]) {
  const truth = new Float32Array(picks.length * SIZE);
  const rebuilt = new Float32Array(picks.length * SIZE);
  const weakest = new Float32Array(picks.length).fill(1);
  const at = data.budgets.indexOf(bits);
  for (const [i, sample] of picks.entries()) {
    writeTurned(data.truth(sample), phases[i], truth, i * SIZE);
    if (at < 0) continue;
    writeTurned(data.rebuilt(sample, at), phases[i], rebuilt, i * SIZE);
    weakest[i] = data.weakest(sample, at);
  }
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [picks.length, 2, 32, 32];
    const sent = tf.tensor4d(rebuilt, shape);
    const rest = tf.div(tf.sub(tf.tensor4d(truth, shape), sent), unit) as tf.Tensor4D;
    return {
      rest: tf.transpose(rest, [0, 2, 3, 1]),
      known: knownOf(sent, tf.tensor4d(weakest, [picks.length, 1, 1, 1])),
    };
  });
}

const code = new EndToEndCode(seed);
const random = randomStream(seed, 2);
const adam = new Adam(code.parameters.variables);
console.log(
  `${train.name}, reports of ${bits} bits: ${code.parameters.count} parameters, ${steps} steps of ${BATCH}; ` +
    (bits > 0
      ? `${toDecibels(reference).toFixed(2)} dB, a bit of more paths takes ${(100 * slope).toFixed(3)} % away, `
      : "") +
    `price ${priceText}`,
);
const begin = process.cpuUsage();
let mean = [0, 0];
for (let step = 0; step < steps; step++) {
  const picks = Array.from({ length: BATCH }, () => random.integer(train.count));
  const { rest, known } = batchOf(
    train,
    picks,
    picks.map(() => 2 * Math.PI * random.uniform()),
  );
  const noise = tf.tensor4d(
    Float32Array.from({ length: BATCH * LATENT_COUNT }, () => random.uniform() - 0.5),
    [BATCH, 8, 8, LATENT_COUNT / 64],
  );
  const progress = step / steps;
  // Bits are cheap at first: a code must be found before it is weighed.
  const now = price * Math.min(1, 0.02 + 2 * progress);
  let parts: tf.Tensor1D | undefined;
  await adam.step(
    () => {
      const latents = tf.add(code.encode(rest, known), noise) as tf.Tensor4D;
      const left = tf.mean(tf.square(tf.sub(rest, code.decode(latents, known))));
      const spent = tf.mean(code.bits(latents, known));
      parts = tf.keep(tf.stack([left, spent]) as tf.Tensor1D);
      return tf.add(left, tf.mul(spent, now)) as tf.Scalar;
    },
    rateAt(progress, PEAK_RATE),
  );
  const values = await (parts as tf.Tensor1D).data();
  tf.dispose([rest, known, noise, parts as tf.Tensor1D]);
  mean = mean.map((value, i) => value + (values[i] - value) / Math.min(step + 1, 100));
  if ((step + 1) % 250 === 0) {
    const used = process.cpuUsage(begin);
    console.log(
      `${step + 1}: left ${mean[0].toFixed(4)}, ${mean[1].toFixed(1)} bits,`,
      `${((used.user + used.system) / 1e6).toFixed(0)} s`,
    );
  }
}

/** Bits of a rounded latent number with integer odds. */
function codeLength(latent: number, logScale: number): number {
  const scale = Math.exp(logScale);
  const below = (x: number) =>
    Math.floor((TOTAL - 2 * LARGEST - 1) / (1 + Math.exp(-x / scale))) + x + LARGEST + 0.5;
  return Math.log2(TOTAL / (below(latent + 0.5) - below(latent - 0.5)));
}

const before: number[] = [];
const after: number[] = [];
const spent: number[] = [];
for (let first = 0; first < validation.count; first += BATCH) {
  const picks = Array.from({ length: Math.min(BATCH, validation.count - first) }, (_, i) => first + i);
  const { rest, known } = batchOf(
    validation,
    picks,
    picks.map(() => 0),
  );
  const [latents, scales, errors] = tf.tidy(() => {
    const rounded = tf.clipByValue(tf.round(code.encode(rest, known)), -LARGEST, LARGEST) as tf.Tensor4D;
    const left = tf.sub(rest, code.decode(rounded, known));
    const energies = tf.sum(tf.square(tf.stack([rest, left])), [2, 3, 4]);
    return [rounded, code.logScales(known), tf.mul(energies, unit ** 2)];
  });
  const [values, logScales, energies] = await Promise.all([latents.data(), scales.data(), errors.data()]);
  for (const i of picks.keys()) {
    before.push(energies[i]);
    after.push(energies[picks.length + i]);
    let sum = 0;
    for (let j = i * LATENT_COUNT; j < (i + 1) * LATENT_COUNT; j++)
      sum += codeLength(values[j], logScales[j]);
    spent.push(sum);
  }
  tf.dispose([rest, known, latents, scales, errors]);
}
const paid = meanOf(spent);
const left = meanOf(after) / meanOf(before);
console.log(
  `${validation.name}, ${bits} bits and ${paid.toFixed(1)} more, ${validation.count} samples: ` +
    `${toDecibels(meanOf(before)).toFixed(2)} to ${toDecibels(meanOf(after)).toFixed(2)} dB; gain [dB] ${gainText(before, after)}` +
    (bits > 0
      ? `; as many bits of more paths: ${toDecibels(Math.exp(slope * paid)).toFixed(3)} dB; loss at price 1: ${(left + slope * paid).toFixed(3)}`
      : ""),
);

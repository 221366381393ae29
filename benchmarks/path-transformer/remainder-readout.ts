// A guess of what a report leaves out, by transformer layers that stay as they are and an output that is solved for:
// 4 x 4 patches of the rebuilt channel become tokens, and what the layers make of a token, and the level of an element,
// decide the weights with which the element and its neighbours are added. From files of remainder-data.ts:
//   node benchmarks/run.mjs benchmarks/path-transformer/remainder-readout.ts TRAIN VALIDATION,VALIDATION LAYERS [SAMPLES]
// LAYERS: pretrained (stories260K), random (the same shape), none (the tokens themselves).

import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import { toDecibels } from "@csi-feedback/eval";
import { Cholesky } from "@csi-feedback/sparse-paths/parts";
import * as tf from "@tensorflow/tfjs-core";
import { gainText, meanOf } from "./gain";
import { type Data, errorOf, readData, SIZE } from "./remainder-files";
import { type Layers, layersOf, shifted, turningFeatures } from "./remainder-network";

const [trainPath, validationPaths, kind, samplesText = "2000"] = process.argv.slice(3);
const SEED = 1;
const BATCH = 16;
const SIDE = 32;
const PATCH = 4;
const TOKENS = (SIDE / PATCH) ** 2;
const WIDTH = 64;
const FEATURES = 5;
/** Levels of an element over the weakest path, an octave apart, between which its weights are mixed. */
const LEVELS = 6;
const LOWEST = -3;
const AROUND = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));
const BESIDE = AROUND.filter(([down, right]) => down === 0 || right === 0);
const OUTPUTS = LEVELS * AROUND.length + WIDTH * BESIDE.length;
/** Ridge, over the mean power of a column. */
const RIDGE = 1e-4;

const begin = process.cpuUsage();
await startEngine("onnxruntime", { threads: 1 });
const layers = await layersOf(kind as Layers, SEED);
const random = randomStream(SEED, 3);
const embedding = tf.tensor(
  Float32Array.from(
    { length: PATCH * PATCH * FEATURES * WIDTH },
    () => random.normal() / Math.sqrt(PATCH * PATCH * FEATURES),
  ),
  [PATCH, PATCH, FEATURES, WIDTH],
) as tf.Tensor4D;
const positions = tf.tensor(
  Float32Array.from({ length: TOKENS * WIDTH }, () => 0.3 * random.normal()),
  [TOKENS, WIDTH],
);

/** Columns of the least-squares problem for the first planes and then for the second, `[2 x batch x 1024, outputs]`. */
function columnsOf(rebuilt: tf.Tensor4D, weakest: tf.Tensor4D): tf.Tensor2D {
  const features = turningFeatures(rebuilt, weakest);
  const patches = tf.reshape(tf.conv2d(features, embedding, PATCH, "valid"), [-1, TOKENS, WIDTH]);
  const tokens = tf.add(patches, positions) as tf.Tensor3D;
  const states = layers ? layers.forward(tokens, { causal: false }) : tf.relu(tokens);
  const scale = tf.sqrt(tf.add(tf.mean(tf.square(states), -1, true), 1e-5));
  const grid = tf.reshape(tf.div(states, scale), [-1, SIDE / PATCH, 1, SIDE / PATCH, 1, WIDTH]);
  const state = tf.reshape(tf.tile(grid, [1, 1, PATCH, 1, PATCH, 1]), [-1, WIDTH, 1]);
  const [re, im] = tf.split(tf.transpose(rebuilt, [0, 2, 3, 1]) as tf.Tensor4D, 2, 3) as tf.Tensor4D[];
  const power = tf.div(tf.add(tf.square(re), tf.square(im)), tf.square(weakest));
  const octaves = tf.mul(tf.log(tf.add(power, 1e-9)), 0.5 / Math.LN2);
  const place = tf.clipByValue(tf.sub(octaves, LOWEST), 0, LEVELS - 1);
  const knots = tf.tensor1d(Array.from({ length: LEVELS }, (_, i) => i));
  const level = tf.reshape(tf.relu(tf.sub(1, tf.abs(tf.sub(place, knots)))), [-1, LEVELS, 1]);
  const planes = [re, im].map((plane) => {
    const neighbours = (offsets: readonly (readonly [number, number])[]) => {
      const moved = tf.concat(
        offsets.map(([down, right]) => shifted(plane, down, right)),
        3,
      );
      return tf.reshape(moved, [-1, 1, offsets.length]);
    };
    return tf.concat(
      [
        tf.reshape(tf.mul(level, neighbours(AROUND)), [-1, LEVELS * AROUND.length]),
        tf.reshape(tf.mul(state, neighbours(BESIDE)), [-1, WIDTH * BESIDE.length]),
      ],
      1,
    );
  });
  return tf.concat(planes, 0) as tf.Tensor2D;
}

/** Tensors of the samples from `first`: rebuilt channels, weakest paths, and remainders in the order of the columns. */
function batchOf(data: Data, budget: number, first: number) {
  const count = Math.min(BATCH, data.count - first);
  const rebuilt = new Float32Array(count * SIZE);
  const rest = new Float32Array(count * SIZE);
  const weakest = new Float32Array(count);
  const plane = SIZE / 2;
  for (let i = 0; i < count; i++) {
    const own = data.rebuilt(first + i, budget);
    rebuilt.set(own, i * SIZE);
    weakest[i] = data.weakest(first + i, budget);
    const missing = data.truth(first + i).map((value, j) => value - own[j]);
    rest.set(missing.subarray(0, plane), i * plane);
    rest.set(missing.subarray(plane), (count + i) * plane);
  }
  return {
    count,
    rebuilt: tf.tensor4d(rebuilt, [count, 2, SIDE, SIDE]),
    weakest: tf.tensor4d(weakest, [count, 1, 1, 1]),
    rest: tf.tensor2d(rest, [count * SIZE, 1]),
  };
}

/** Output weights of one budget. */
async function solve(data: Data, budget: number, samples: number): Promise<tf.Tensor2D> {
  const products = new Float64Array(OUTPUTS * (OUTPUTS + 1));
  for (let first = 0; first < samples; first += BATCH) {
    const batch = batchOf(data, budget, first);
    const sums = tf.tidy(() => {
      const columns = columnsOf(batch.rebuilt, batch.weakest);
      return tf.matMul(columns, tf.concat([columns, batch.rest], 1), true);
    });
    const values = await sums.data();
    for (let i = 0; i < products.length; i++) products[i] += values[i];
    tf.dispose([batch.rebuilt, batch.weakest, batch.rest, sums]);
  }
  const system = new Cholesky(OUTPUTS);
  const at = (row: number, column: number) => products[row * (OUTPUTS + 1) + column];
  let trace = 0;
  for (let row = 0; row < OUTPUTS; row++) trace += at(row, row);
  for (let row = 0; row < OUTPUTS; row++) {
    for (let column = 0; column <= row; column++) {
      system.set(row, column, at(row, column) + (row === column ? (RIDGE * trace) / OUTPUTS : 0));
    }
  }
  system.factor();
  const weights = Float64Array.from({ length: OUTPUTS }, (_, row) => at(row, OUTPUTS));
  system.solve(weights);
  return tf.tensor2d(Float32Array.from(weights), [OUTPUTS, 1]);
}

const train = readData(trainPath);
const samples = Math.min(train.count, Number(samplesText));
console.log(`${kind} layers, ${OUTPUTS} outputs solved on ${samples} samples`);
const solved = new Map<number, tf.Tensor2D>();
for (const [budget, bits] of train.budgets.entries()) {
  solved.set(bits, await solve(train, budget, samples));
  console.log(`${bits} bits solved, ${(process.cpuUsage(begin).user / 1e6).toFixed(0)} s`);
}
for (const data of validationPaths.split(",").map(readData)) {
  for (const [budget, bits] of data.budgets.entries()) {
    const before: number[] = [];
    const after: number[] = [];
    for (let first = 0; first < data.count; first += BATCH) {
      const batch = batchOf(data, budget, first);
      const guess = tf.tidy(() =>
        tf.matMul(columnsOf(batch.rebuilt, batch.weakest), solved.get(bits) as tf.Tensor2D),
      );
      const values = (await guess.data()) as Float32Array;
      const plane = SIZE / 2;
      for (let i = 0; i < batch.count; i++) {
        const own = data.rebuilt(first + i, budget);
        const estimate = own.slice();
        for (let j = 0; j < plane; j++) {
          estimate[j] += values[i * plane + j];
          estimate[j + plane] += values[(batch.count + i) * plane + j];
        }
        before.push(errorOf(data.truth(first + i), own));
        after.push(errorOf(data.truth(first + i), estimate));
      }
      tf.dispose([batch.rebuilt, batch.weakest, batch.rest, guess]);
    }
    const better = after.filter((error, i) => error < before[i]).length;
    console.log(
      `${data.name}, ${bits} bits, ${data.count} samples: ${toDecibels(meanOf(before)).toFixed(2)} dB; ` +
        `gain [dB] ${gainText(before, after)}, better on ${better}`,
    );
  }
}

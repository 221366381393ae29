// What this machine's products and memory allow, and what that means for the programs whose
// time is nearly all products:
//   node benchmarks/run.mjs benchmarks/engine/floor.ts
// Prints rates of onnxruntime's products with packed weights, float32 and int8, the bandwidth
// of a copy, and from them the least time of the programs, counting their large products only.
import { compileInference, registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";

await registerOnnxruntimeBackend();
await tf.setBackend("onnxruntime");
const [width, wide] = [1280, 5120];

/** The best of some turns [s]: what the machine can do when nothing disturbs it. */
async function best(turns: number, step: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    const start = performance.now();
    await step();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1e3;
}

/** Floating-point operations a second of `[rows, width] x [width, wide]`. */
async function rate(rows: number, weights: "float32" | "int8", turns: number): Promise<number> {
  const matrix = tf.randomNormal([width, wide], 0, 0.02, "float32", 1);
  const x = tf.randomNormal([rows, width], 0, 1, "float32", 2);
  // The largest element only comes back: results are not copied.
  const program = await compileInference((input) => tf.max(tf.matMul(input!, matrix)), [x], { weights });
  const data = (await x.data()) as Float32Array;
  const seconds = await best(turns, () => program.run(data));
  program.dispose();
  tf.dispose([matrix, x]);
  return (2 * rows * width * wide) / seconds;
}

const rates = {
  training: await rate(1040, "float32", 15),
  decoding: await rate(65, "float32", 60),
  int8: await rate(65, "int8", 60),
  int8Batch: await rate(4160, "int8", 8),
};
const [from, to] = [new Float32Array(2 ** 25), new Float32Array(2 ** 25)];
const bandwidth = (2 * from.byteLength) / (await best(10, () => to.set(from)));
console.log(`float32 products, 1,040 rows  ${(rates.training / 1e9).toFixed(0)} GFLOP/s`);
console.log(`float32 products, 65 rows     ${(rates.decoding / 1e9).toFixed(0)} GFLOP/s`);
console.log(`int8 products, 65 rows        ${(rates.int8 / 1e9).toFixed(0)} GOP/s`);
console.log(`int8 products, 4,160 rows     ${(rates.int8Batch / 1e9).toFixed(0)} GOP/s`);
console.log(`copy, read and written        ${(bandwidth / 1e9).toFixed(1)} GB/s`);

/** Weights of the products of a GPT-2 layer: 12 width^2. */
const layerWeights = (width: number) => 12 * width ** 2;
const shown = (seconds: number) => `${(1e3 * seconds).toFixed(0)} ms`;
for (const [name, width] of [
  ["train-gpt2-large-layer", 1280],
  ["train-gpt2-layer", 768],
] as const) {
  // Forward and two products backward, each 2 operations per weight and row; Adam reads four
  // arrays of the size of the weights and writes three.
  const products = (3 * 2 * 1040 * layerWeights(width)) / rates.training;
  const adam = (7 * 4 * layerWeights(width)) / bandwidth;
  console.log(`${name.padEnd(24)} products ${shown(products)}, Adam ${shown(adam)}`);
}
const decoding = (rows: number, speed: number) => shown((6 * 2 * rows * layerWeights(1280)) / speed);
console.log(`decode-1                 products ${decoding(65, rates.decoding)}`);
console.log(`decode-1-int8            products ${decoding(65, rates.int8)}`);
console.log(`decode-64                products ${decoding(4160, rates.training)}`);
console.log(`decode-64-int8           products ${decoding(4160, rates.int8Batch)}`);
// f_EN on one channel: 256 elements pass the mask, 64 maps, 2 x 18 weights each, in doubles.
const sums = 256 * 64 * 36;
console.log(`encode-1                 ${sums.toLocaleString("en")} products and as many sums, in pairs`);

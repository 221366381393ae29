// The WebGPU provider: the same numbers as on the processor, and tensors that stay
// on the device. Skipped, with the reason, where no adapter is found.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OnnxruntimeBackend } from "./backend";
import {
  AdamOptimizer,
  batchNormTraining,
  compileInference,
  gelu,
  layerNorm,
  registerOnnxruntimeBackend,
  scaledDotProductAttention,
} from "./index";

const name = "onnxruntime-webgpu";
const backend = () => tf.backend() as OnnxruntimeBackend;

/** Why the provider does not run here; undefined where it does. */
async function missingAdapter(): Promise<string | undefined> {
  try {
    await registerOnnxruntimeBackend({ provider: "webgpu", name });
    await tf.setBackend(name);
    await tf.tidy(() => tf.add(tf.ones([2]), 1)).data();
    return undefined;
  } catch (error) {
    return `WebGPU does not run here: ${(error as Error).message.split("\n")[0]!.slice(-160)}`;
  }
}

const missing = await missingAdapter();
if (missing !== undefined) console.warn(missing);
await registerOnnxruntimeBackend();

beforeEach(async ({ skip }) => {
  skip(missing !== undefined, missing);
  await tf.setBackend(name);
});
afterEach(() => tf.disposeVariables());

/** A small network with what ours are made of: convolution, batch norm, attention, layer norm, GELU. */
function smallNetwork() {
  const normal = (shape: number[], seed: number) =>
    tf.variable(tf.randomNormal(shape, 0, 0.3, "float32", seed));
  const filter = normal([3, 3, 2, 4], 1);
  const [gain, bias] = [tf.variable(tf.ones([4])), tf.variable(tf.zeros([4]))];
  const [qkv, up, down] = [normal([16, 48], 2), normal([16, 32], 3), normal([32, 16], 4)];
  const [scale, shift] = [tf.variable(tf.ones([16])), tf.variable(tf.zeros([16]))];
  const x = tf.randomNormal([4, 8, 4, 2], 0, 1, "float32", 5) as tf.Tensor4D;
  const target = tf.randomNormal([4, 8, 16], 0, 1, "float32", 6);
  const product = (a: tf.Tensor, b: tf.Tensor) =>
    tf.reshape(tf.matMul(tf.reshape(a, [32, -1]), b), [4, 8, -1]);
  const forward = (input: tf.Tensor) => {
    const convolved = tf.conv2d(input as tf.Tensor4D, filter as tf.Variable<tf.Rank.R4>, 1, "same");
    const tokens = tf.reshape(tf.leakyRelu(batchNormTraining(convolved, gain, bias).output, 0.3), [4, 8, 16]);
    const heads = tf.split(product(layerNorm(tokens, scale, shift), qkv), 3, -1);
    const [q, k, v] = heads.map((part) => tf.transpose(tf.reshape(part, [4, 8, 2, 8]), [0, 2, 1, 3]));
    const mixed = scaledDotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, {
      causal: true,
    });
    const joined = tf.add(tokens, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [4, 8, 16]));
    return tf.add(joined, product(gelu(product(joined, up)), down));
  };
  const optimizer = new AdamOptimizer([filter, gain, bias, qkv, up, down, scale, shift]);
  const step = async () => {
    const loss = optimizer.minimize(
      () => tf.mean(tf.squaredDifference(forward(x), target)) as tf.Scalar,
      0.01,
    );
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  };
  return { filter, x, forward, step, dispose: () => tf.dispose([optimizer, x, target] as never) };
}

async function losses(engine: string): Promise<number[]> {
  await tf.setBackend(engine);
  const { step, dispose } = smallNetwork();
  const values: number[] = [];
  for (let index = 0; index < 6; index++) values.push(await step());
  dispose();
  tf.disposeVariables();
  return values;
}

describe("the WebGPU provider", () => {
  test("a training has the losses that cpu and onnxruntime give", async () => {
    const reference = await losses("cpu");
    expect(reference[5]).toBeLessThan(reference[0]!);
    for (const engine of ["onnxruntime", name]) {
      for (const [index, loss] of (await losses(engine)).entries()) {
        expect(Math.abs(loss - reference[index]!) / reference[index]!).toBeLessThan(2e-4);
      }
    }
  });

  test("weights and moments stay on the device; only what is read comes back", async () => {
    const { filter, step, dispose } = smallNetwork();
    for (let index = 0; index < 3; index++) await step();
    const device = backend().executor.device!;
    const [downloads, uploads, bytes] = [device.downloads, device.uploads, backend().memory().deviceBytes];
    for (let index = 0; index < 5; index++) await step();
    expect(device.downloads - downloads).toBe(5);
    expect(device.uploads).toBe(uploads);
    expect(backend().memory().deviceBytes).toBe(bytes);
    expect((await filter.data()).length).toBe(72);
    expect(device.downloads - downloads).toBe(6);
    dispose();
  });

  test("device memory is freed when tensors are disposed, also while work is pending", async () => {
    const start = backend().memory().deviceBytes;
    const x = tf.tidy(() => tf.add(tf.ones([64, 64]), 1));
    await x.data();
    expect(backend().memory().deviceBytes).toBe(start + 4 * 64 * 64);
    const total = tf.sum(x);
    x.dispose();
    expect(backend().memory().deviceBytes).toBe(start + 4 * 64 * 64);
    expect((await total.data())[0]).toBe(2 * 64 * 64);
    expect(backend().memory().deviceBytes).toBe(start + 4);
    const dropped = tf.mul(total, 2);
    const read = dropped.data();
    tf.dispose([dropped, total]);
    expect((await read)[0]).toBe(4 * 64 * 64);
    expect(backend().memory().deviceBytes).toBe(start);
  });

  test("tensors move to another backend, and dataSync reads", async () => {
    const x = tf.square(tf.tensor1d([1, 2, 3]));
    expect(Array.from(x.dataSync())).toEqual([1, 4, 9]);
    await tf.setBackend("cpu");
    expect(Array.from(await tf.add(x, 1).data())).toEqual([2, 5, 10]);
  });

  test("frozen programs take their weights from the device", async () => {
    const { x, forward, step, dispose } = smallNetwork();
    await step();
    const program = await compileInference((input) => forward(input!), [x]);
    expect(program.relativeError).toBeLessThan(1e-5);
    program.dispose();
    dispose();
  });
});

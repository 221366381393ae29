// What the backend owes tfjs beyond kernels: laziness, memory, reading, errors.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OnnxruntimeBackend } from "./backend";
import { registerOnnxruntimeBackend } from "./index";

const backend = () => tf.backend() as OnnxruntimeBackend;

beforeAll(async () => {
  await registerOnnxruntimeBackend();
  await registerOnnxruntimeBackend({ name: "bounded", pendingNodes: 50, cachedGraphs: 3 });
  await registerOnnxruntimeBackend({ name: "held", pendingBytes: 100_000 });
  await tf.setBackend("onnxruntime");
});

afterEach(async () => {
  tf.disposeVariables();
  await tf.setBackend("onnxruntime");
});

function perceptron(seed: number) {
  const hidden = tf.variable(tf.randomNormal([8, 16], 0, 0.3, "float32", seed));
  const output = tf.variable(tf.randomNormal([16, 1], 0, 0.3, "float32", seed + 1));
  const x = tf.randomNormal([32, 8], 0, 1, "float32", seed + 2);
  const y = tf.sum(x, 1, true);
  const loss = () =>
    tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.matMul(x, hidden)), output), y))) as tf.Scalar;
  return { loss, x, y };
}

describe("laziness", () => {
  test("a training step with its optimizer is one run, compiled once", async () => {
    const { loss } = perceptron(1);
    const optimizer = tf.train.adam(0.01);
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      const value = optimizer.minimize(loss, true)!;
      const [runs, misses] = [backend().executor.runs, backend().executor.sessions.misses];
      losses.push((await value.data())[0]!);
      value.dispose();
      expect(backend().executor.runs - runs).toBe(1);
      if (step > 1) expect(backend().executor.sessions.misses - misses).toBe(0);
    }
    expect(losses[4]).toBeLessThan(losses[0]!);
    optimizer.dispose();
  });

  test("work that nobody reads is run at the bound", async () => {
    await tf.setBackend("bounded");
    let x = tf.tensor1d([1, 2]);
    const runs = backend().executor.runs;
    for (let i = 0; i < 400; i++) {
      const next = tf.add(tf.mul(x, 0.5), 1);
      x.dispose();
      x = next as tf.Tensor1D;
    }
    expect(backend().executor.runs - runs).toBeGreaterThan(10);
    expect(backend().memory().pendingNodes).toBeLessThanOrEqual(52);
    expect(backend().executor.sessions.size).toBeLessThanOrEqual(3);
    expect(Array.from(await x.data())).toEqual([2, 2]);
    x.dispose();
  });

  test("disposed inputs that pending work holds are run at the bound of bytes", async () => {
    await tf.setBackend("held");
    const runs = backend().executor.runs;
    let sum = tf.scalar(0);
    for (let i = 0; i < 30; i++) {
      const next = tf.tidy(() =>
        tf.add(sum, tf.sum(tf.tensor1d(new Float32Array(2500).fill(i)))),
      ) as tf.Scalar;
      sum.dispose();
      sum = next;
    }
    expect(backend().executor.runs - runs).toBeGreaterThanOrEqual(2);
    expect(backend().graph.heldBytes).toBeLessThan(120_000);
    expect((await sum.data())[0]).toBe(2500 * 435);
    sum.dispose();
  });

  test("dataSync and arraySync run what is pending", () => {
    const x = tf.add(tf.tensor1d([1, 2]), 1);
    expect(Array.from(x.dataSync())).toEqual([2, 3]);
    expect(tf.tanh(tf.tensor2d([[0], [0]])).arraySync()).toEqual([[0], [0]]);
  });

  test("reads that overlap all get their values", async () => {
    const x = tf.tensor1d([1, 2]);
    const reads = [tf.add(x, 1), tf.mul(x, 3), tf.square(x)].map((tensor) => tensor.data());
    const later = tf.neg(x);
    expect((await Promise.all(reads)).map((values) => Array.from(values))).toEqual([
      [2, 3],
      [3, 6],
      [1, 4],
    ]);
    expect(Array.from(await later.data())).toEqual([-1, -2]);
  });

  test("a tensor may be disposed as soon as its read has begun", async () => {
    const x = tf.square(tf.tensor1d([3]));
    const read = x.data();
    x.dispose();
    expect((await read)[0]).toBe(9);
  });
});

describe("memory", () => {
  test("tidy leaves nothing behind", async () => {
    const before = tf.memory();
    const value = tf.tidy(() => {
      const x = tf.reshape(tf.add(tf.ones([4, 4]), 1), [16]);
      return tf.sum(tf.mul(x, tf.cast(tf.greater(x, 0), "float32")));
    });
    expect((await value.data())[0]).toBe(32);
    value.dispose();
    const after = tf.memory();
    expect([after.numTensors, after.numBytes, after.numDataBuffers]).toEqual([
      before.numTensors,
      before.numBytes,
      before.numDataBuffers,
    ]);
  });

  test("a reshaped tensor outlives its source", async () => {
    const x = tf.add(tf.tensor1d([1, 2, 3, 4]), 1);
    const square = tf.reshape(x, [2, 2]);
    x.dispose();
    expect(await square.array()).toEqual([
      [2, 3],
      [4, 5],
    ]);
    square.dispose();
  });

  test("a thousand training steps hold tensors and memory flat", async () => {
    const { loss } = perceptron(10);
    const optimizer = tf.train.adam(0.01);
    const step = async () => {
      const value = optimizer.minimize(loss, true)!;
      await value.data();
      value.dispose();
    };
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    // Native memory goes back when finalizers run, in a turn of the event loop after the collection.
    const resident = async () => {
      for (let turn = 0; turn < 3; turn++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return process.memoryUsage().rss / 2 ** 20;
    };
    // The allocator's pools reach their size within the first thousand.
    for (let i = 0; i < 1000; i++) await step();
    const [tensors, megabytes] = [tf.memory().numTensors, await resident()];
    for (let i = 0; i < 1000; i++) await step();
    expect(tf.memory().numTensors).toBe(tensors);
    expect((await resident()) - megabytes).toBeLessThan(40);
    optimizer.dispose();
  }, 60_000);

  test("tensors move between backends", async () => {
    const x = tf.add(tf.tensor1d([1, 2]), 1);
    await x.data();
    await tf.setBackend("bounded");
    expect(Array.from(await tf.mul(x, 2).data())).toEqual([4, 6]);
  });
});

describe("errors", () => {
  test("a failing run fails its own values and nothing else", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const bad = tf.gather(x, tf.add(tf.tensor1d([7], "int32"), tf.scalar(1, "int32")));
    await expect(bad.data()).rejects.toMatchObject({ code: "ONNXRUNTIME_RUN_FAILED" });
    const dependent = tf.add(bad, 1);
    await expect(dependent.data()).rejects.toMatchObject({ code: "ONNXRUNTIME_RUN_FAILED" });
    expect(Array.from(await tf.add(x, 1).data())).toEqual([2, 3, 4]);
  });

  test("running out of memory fails the run and nothing else", async () => {
    const x = tf.tensor1d([1, 2]);
    const huge = tf.tidy(() => tf.sum(tf.add(tf.fill([2 ** 26, 2 ** 26], 1), tf.sum(x))));
    await expect(huge.data()).rejects.toMatchObject({ code: "ONNXRUNTIME_RUN_FAILED" });
    expect(Array.from(await tf.add(x, 1).data())).toEqual([2, 3]);
  });

  test("shapes that do not fit are refused where they are recorded", async () => {
    const [x, y] = [tf.ones([2, 3]), tf.ones([4, 5])];
    expect(() => tf.add(x, y)).toThrow(/broadcast/);
    expect(() => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D)).toThrow();
    expect(Array.from(await tf.sum(x).data())).toEqual([6]);
  });

  test("strings can be stored but not computed with", async () => {
    const words = tf.tensor1d(["a", "b"]);
    expect(await words.data()).toEqual(["a", "b"]);
    expect(() => tf.concat([words, words])).toThrow(/UNSUPPORTED_DTYPE|must be float32, int32 or bool/);
  });
});

test("statistics of a batch are exact with more threads than channels", async () => {
  await registerOnnxruntimeBackend({ name: "many-threads", threads: 16 });
  await tf.setBackend("many-threads");
  const [count, size] = [64, 32 * 32];
  const x = tf.randomUniform([count, 2, 32, 32], 0.4, 0.6, "float32", 3);
  const values = await x.data();
  for (const reduced of [tf.mean(x, [0, 2, 3]), tf.div(tf.sum(x, [0, 2, 3]), tf.scalar(count * size))]) {
    const got = await reduced.data();
    for (const channel of [0, 1]) {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < size; j++) sum += values[(2 * i + channel) * size + j];
      }
      expect(Math.abs(got[channel] / (sum / (count * size)) - 1)).toBeLessThan(1e-6);
    }
  }
});

// The backend where runs cannot write into arrays that are there already: onnxruntime's
// binding copies the results, and they are the same.
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import type { OnnxruntimeBackend } from "./backend";
import { AdamOptimizer, registerOnnxruntimeBackend } from "./index";
import { canRunInto } from "./runtime";

const copying = vi.hoisted(() => ({ on: false }));
vi.mock("./runtime", async (original) => {
  const runtime = await original<typeof import("./runtime")>();
  return { ...runtime, canRunInto: () => !copying.on && runtime.canRunInto() };
});

async function losses(): Promise<number[]> {
  const weight = tf.variable(tf.randomNormal([20, 20], 0, 1, "float32", 1));
  const x = tf.randomNormal([30, 20], 0, 1, "float32", 2);
  const optimizer = new AdamOptimizer([weight]);
  const values: number[] = [];
  for (let step = 0; step < 5; step++) {
    const loss = optimizer.minimize(() => tf.mean(tf.square(tf.matMul(x, weight))), 0.05);
    values.push((await loss.data())[0]!);
    loss.dispose();
  }
  return values;
}

test("results are the same with and without copies", async () => {
  expect(canRunInto()).toBe(true);
  await registerOnnxruntimeBackend();
  await tf.setBackend("onnxruntime");
  expect((tf.backend() as OnnxruntimeBackend).executor.host).toBeDefined();
  const written = await losses();
  copying.on = true;
  await registerOnnxruntimeBackend({ name: "copying" });
  await tf.setBackend("copying");
  expect((tf.backend() as OnnxruntimeBackend).executor.host).toBeUndefined();
  expect(await losses()).toEqual(written);
});

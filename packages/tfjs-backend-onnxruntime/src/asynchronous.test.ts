// The backend where onnxruntime's binding cannot be called directly: everything but
// synchronous reads works.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test, vi } from "vitest";
import { registerOnnxruntimeBackend } from "./index";

vi.mock("./runtime", async (original) => ({ ...(await original<object>()), canRunNow: () => false }));

beforeAll(async () => {
  await registerOnnxruntimeBackend({ pendingNodes: 10 });
  await tf.setBackend("onnxruntime");
});

test("data() reads, also overlapping and after errors", async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const bad = tf.gather(x, tf.add(tf.tensor1d([7], "int32"), tf.scalar(1, "int32")));
  const reads = [tf.square(x), tf.neg(x)].map((tensor) => tensor.data());
  await expect(bad.data()).rejects.toMatchObject({ code: "ONNXRUNTIME_RUN_FAILED" });
  const results = await Promise.allSettled(reads);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(Array.from(await tf.square(x).data())).toEqual([1, 4, 9]);
});

test("work that nobody reads is run at the bound", async () => {
  let x = tf.tensor1d([1, 2]);
  for (let index = 0; index < 100; index++) {
    const next = tf.tidy(() => tf.add(tf.mul(x, 0.5), 1)) as tf.Tensor1D;
    x.dispose();
    x = next;
  }
  expect(Array.from(await x.data())).toEqual([2, 2]);
});

test("dataSync says what to use instead", () => {
  const x = tf.add(tf.tensor1d([1]), 1);
  expect(() => x.dataSync()).toThrow(/SYNC_READ_UNAVAILABLE|use await tensor\.data\(\)/);
});

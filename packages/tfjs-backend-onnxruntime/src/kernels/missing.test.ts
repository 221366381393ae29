// Kernels that the backend lacks.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { registerOnnxruntimeBackend } from "../index";

const warnings: string[] = [];

beforeAll(async () => {
  await registerOnnxruntimeBackend();
  const warn = (message: string) => warnings.push(message);
  await registerOnnxruntimeBackend({ name: "falling-back", fallback: "cpu", warn });
});

const missing = () => tf.localResponseNormalization(tf.ones([1, 2, 2, 3]) as tf.Tensor4D);

test("an error names the kernel and what to do", async () => {
  await tf.setBackend("onnxruntime");
  expect(missing).toThrow(/received kernel LRN;.*fallback: "cpu"/);
});

test("the fallback computes on the cpu backend and says so once", async () => {
  await tf.setBackend("cpu");
  const expected = await missing().data();
  await tf.setBackend("falling-back");
  const here = tf.add(missing(), tf.mul(missing(), 0));
  expect(Array.from(await here.data())).toEqual(Array.from(expected));
  expect(warnings).toEqual(["falling-back backend: kernel LRN runs on the cpu backend, which is slow"]);
});

test("a provider that onnxruntime lacks is refused", async () => {
  const options = { name: "nowhere", provider: "abacus" as "cpu" };
  await expect(registerOnnxruntimeBackend(options)).rejects.toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
});

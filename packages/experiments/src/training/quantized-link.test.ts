import { designLloydMax, gaussianDensity } from "@csi-feedback/codec";
import { randomStream } from "@csi-feedback/common";
import { startEngine } from "@csi-feedback/engines";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { quantizedLink } from "./quantized-link";

beforeAll(async () => {
  await startEngine("onnxruntime");
});

test.each([1, 2, 4, 6])("the link restores what the quantizer restores: %i bits", async (bits) => {
  const { quantizer } = designLloydMax(gaussianDensity(0.5, 0.1), { bits });
  const random = randomStream(4);
  const values = Float32Array.from({ length: 600 }, () => 0.5 + 0.1 * random.normal());
  const restored = tf.tidy(() => quantizedLink(quantizer)(tf.tensor(values, [5, 2, 60])));
  expect(restored.shape).toEqual([5, 2, 60]);
  expect(await restored.data()).toEqual(quantizer.decode(quantizer.encode(values)));
});

test("no gradient passes the link", async () => {
  const { quantizer } = designLloydMax(gaussianDensity(), { bits: 2 });
  const slope = tf.grad((x) => tf.sum(quantizedLink(quantizer)(x)))(tf.tensor1d([0.3, -0.2]));
  expect(Array.from(await slope.data())).toEqual([0, 0]);
});

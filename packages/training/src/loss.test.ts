import { registerGradients } from "@csi-feedback/tfjs-gradients";
import "@tensorflow/tfjs-backend-cpu";
import { randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { batchLoss, type LossName } from "./loss";

beforeAll(async () => {
  await tf.setBackend("cpu");
  await registerGradients();
});

/** Channels of two samples whose values are `0.5 + amplitude` everywhere. */
const channels = (first: number, second: number) =>
  tf.tensor4d(
    [first, first, second, second].map((amplitude) => 0.5 + amplitude),
    [2, 2, 1, 1],
  );

async function lossOf(name: LossName, estimate: tf.Tensor4D, target: tf.Tensor4D): Promise<number> {
  return (await batchLoss(name, estimate, target).data())[0];
}

// Errors of the two samples are 0.02 and 0.005, their energies 0.32 and 0.02: ratios 1/16 and 1/4.
const target = () => channels(0.4, 0.1);
const estimate = () => channels(0.3, 0.05);

describe("the losses", () => {
  test.each([
    ["mse", (0.02 + 0.005) / 2],
    ["nmse", (1 / 16 + 1 / 4) / 2],
    ["geometric-nmse", Math.sqrt(1 / 64)],
  ] as const)("%s of two samples by hand", async (name, expected) => {
    expect(await lossOf(name, estimate(), target())).toBeCloseTo(expected, 6);
  });

  test("a decibel counts the same on either sample in the geometric mean, and only there", async () => {
    const better = { first: channels(0.4 - 0.05, 0.05), second: channels(0.3, 0.1 - 0.025) };
    const gain = async (name: LossName, improved: tf.Tensor4D) =>
      (await lossOf(name, improved, target())) / (await lossOf(name, estimate(), target()));
    // Half the error of one sample is a quarter of its ratio, and half of the geometric mean of two.
    expect(await gain("geometric-nmse", better.first)).toBeCloseTo(0.5, 5);
    expect(await gain("geometric-nmse", better.second)).toBeCloseTo(0.5, 5);
    expect(await gain("nmse", better.first)).toBeGreaterThan(0.8);
    expect(await gain("nmse", better.second)).toBeLessThan(0.5);
  });

  test("the geometric mean is never above the arithmetic one", async () => {
    const random = randomStream(4);
    for (let i = 0; i < 20; i++) {
      const draw = () =>
        tf.tensor4d(
          Float32Array.from({ length: 24 }, () => random.uniform()),
          [3, 2, 2, 2],
        );
      const [a, b] = [draw(), draw()];
      const geometric = await lossOf("geometric-nmse", a, b);
      expect(geometric).toBeLessThanOrEqual((await lossOf("nmse", a, b)) * (1 + 1e-6));
    }
  });

  test.each(["mse", "nmse", "geometric-nmse"] as const)(
    "%s has a finite gradient at a perfect sample and at an empty channel",
    async (name) => {
      for (const [made, wanted] of [
        [channels(0.4, 0.05), channels(0.4, 0.1)],
        [channels(0.3, 0.05), channels(0, 0.1)],
      ]) {
        const gradient = tf.grad((x) => batchLoss(name, x as tf.Tensor4D, wanted))(made);
        expect([...(await gradient.data())].every(Number.isFinite)).toBe(true);
      }
    },
  );

  test("the gradient of the geometric mean is the one of finite differences", async () => {
    const made = estimate();
    const gradient = await tf
      .grad((x) => batchLoss("geometric-nmse", x as tf.Tensor4D, target()))(made)
      .data();
    const values = await made.data();
    for (const [i, slope] of gradient.entries()) {
      const at = async (step: number) => {
        const moved = Float32Array.from(values);
        moved[i] += step;
        return lossOf("geometric-nmse", tf.tensor4d(moved, [2, 2, 1, 1]), target());
      };
      expect(((await at(1e-3)) - (await at(-1e-3))) / 2e-3).toBeCloseTo(slope, 3);
    }
  });
});

import { randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { FeedbackMethod } from "../network";
import { largestDifference, sparseChannels } from "../test-support";
import { keepElements } from "./keep-elements";
import { createLasso } from "./lasso";
import { fitPrincipalComponents } from "./principal-components";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const [delays, antennas] = [8, 8];
const channels = sparseChannels(2, 20, delays, antennas);

async function squaredError(method: FeedbackMethod, input: Float32Array, elements: number): Promise<number> {
  const output = await method.decode(await method.encode(input, { batch: input.length / 128, elements }));
  return input.reduce((sum, value, i) => sum + (value - output[i]) ** 2, 0);
}

describe("keeping elements", () => {
  test("all elements are the channel itself; the largest are better than random ones", async () => {
    for (const rule of ["largest", "self-information", "random"] as const) {
      expect(await squaredError(keepElements({ rule, delays, antennas }), channels, 128)).toBe(0);
    }
    const [largest, random] = await Promise.all(
      (["largest", "random"] as const).map((rule) =>
        squaredError(keepElements({ rule, delays, antennas }), channels, 16),
      ),
    );
    expect(largest).toBeLessThan(0.5 * random);
  });

  test("bad input", async () => {
    const method = keepElements({ rule: "largest", delays, antennas });
    await expect(method.encode(channels, { batch: 3, elements: 4 })).rejects.toMatchObject({
      code: "INVALID_SHAPE",
    });
    await expect(method.encode(channels, { batch: 20 })).rejects.toMatchObject({ code: "INVALID_COUNT" });
    await expect(method.decode([{ values: Float32Array.of(1) }])).rejects.toMatchObject({
      code: "INVALID_CODEWORD",
    });
    expect(() => keepElements({ rule: "best" as "largest" })).toThrowError(
      expect.objectContaining({ code: "INVALID_CONFIGURATION" }),
    );
  });
});

describe("principal components", () => {
  test("recover a data set of low rank exactly, in order of variance", async () => {
    const stream = randomStream(8);
    const directions = Array.from({ length: 3 }, () =>
      Float32Array.from({ length: 128 }, () => stream.normal()),
    );
    const rows = Array.from({ length: 40 }, () => {
      const weights = [0.04, 0.02, 0.01].map((scale) => scale * stream.normal());
      return Float32Array.from(
        { length: 128 },
        (_, i) => 0.5 + directions.reduce((sum, d, k) => sum + weights[k] * d[i], 0),
      );
    });
    const data = Float32Array.from(rows.flatMap((row) => Array.from(row)));
    const method = await fitPrincipalComponents(data, { batch: 40, components: 5, delays, antennas });
    const decoded = await method.decode(await method.encode(data, { batch: 40, elements: 3 }));
    expect(largestDifference(decoded, data)).toBeLessThan(1e-5);
    const errors = await Promise.all([1, 2, 3].map((elements) => squaredError(method, data, elements)));
    expect(errors[0]).toBeGreaterThan(errors[1]);
    expect(errors[1]).toBeGreaterThan(errors[2]);
  });

  test("bad input", async () => {
    await expect(
      fitPrincipalComponents(channels, { batch: 20, components: 21, delays, antennas }),
    ).rejects.toMatchObject({ code: "INVALID_COUNT" });
  });
});

describe("LASSO", () => {
  test("recovers a sparse channel from a quarter of its numbers", async () => {
    const sparse = new Float32Array(128).fill(0.5);
    for (const [place, value] of [
      [5, 0.9],
      [70, 0.2],
      [100, 0.7],
    ])
      sparse[place] = value;
    const method = createLasso({ codeword: 32, delays, antennas, weight: 0.01 });
    expect(await squaredError(method, sparse, 1)).toBeLessThan(0.01 * 0.3);
  });

  test("bad input", async () => {
    expect(() => createLasso({ codeword: 0 })).toThrowError(
      expect.objectContaining({ code: "INVALID_CONFIGURATION" }),
    );
    const method = createLasso({ codeword: 8, delays, antennas });
    await expect(method.decode([])).rejects.toMatchObject({ code: "INVALID_SHAPE" });
    await expect(method.decode([{ values: new Float32Array(7) }])).rejects.toMatchObject({
      code: "INVALID_CODEWORD",
    });
  });
});

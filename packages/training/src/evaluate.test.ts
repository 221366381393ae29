// The metrics against NumPy, and the batching.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { parseSafetensors } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { memorySource, tinyChannels, tinyNetwork } from "../test/tiny-network";
import { evaluate } from "./evaluate";
import type { ChannelSource, TrainableNetwork } from "./network";

beforeAll(() => tf.setBackend("cpu"));

// truth and estimate [6, 2, 32, 32] with their NMSE and SGCS, computed by PyTorch and NumPy.
const { tensors } = parseSafetensors(
  readFileSync(join(import.meta.dirname, "../test/fixtures/metrics.safetensors")),
);
const truth = tensors.get("truth")!.data as Float32Array;
const estimate = tensors.get("estimate")!.data as Float32Array;
const size = 2 * 32 * 32;

/** The golden channels around 0.5; a sample carries its index in its first element's place in `order`. */
const source: ChannelSource = {
  count: 6,
  shape: [2, 32, 32],
  read: async (indices) =>
    Float32Array.from(
      { length: indices.length * size },
      (_, i) => 0.5 + truth[indices[Math.floor(i / size)] * size + (i % size)],
    ),
};

/** Answers the golden estimates one after the other. */
function goldenNetwork(): TrainableNetwork {
  let next = 0;
  return {
    name: "golden",
    parameters: new Map(),
    groups: {},
    forward: (channels) => {
      const [count] = channels.shape;
      const values = estimate.subarray(next * size, (next + count) * size).map((value) => value + 0.5);
      next += count;
      return tf.tensor4d(values, [count, 2, 32, 32]);
    },
  };
}

describe("evaluate", () => {
  test.each([1, 4, 6, 100])("NMSE and SGCS of the golden channels, batches of %i", async (batchSize) => {
    const [result] = await evaluate({ network: goldenNetwork(), source, batchSize });
    expect(result.ratio).toBeCloseTo(0.09016936272382736, 6);
    expect(result.nmse).toBeCloseTo(-10.449409484863281, 5);
    expect(result.sgcs).toBeCloseTo(0.9163048267364502, 6);
    expect(result.samples).toBe(6);
  });

  test("one result per number of elements, independent of the batch size, with noise too", async () => {
    const network = tinyNetwork();
    const options = { network, source: tinyChannels(7, 1), elements: [32, 8], noise: { snr: 10 } } as const;
    const [one, many] = [
      await evaluate({ ...options, batchSize: 1 }),
      await evaluate({ ...options, batchSize: 5 }),
    ];
    expect(one.map(({ elements }) => elements)).toEqual([32, 8]);
    for (const [i, result] of one.entries()) expect(many[i].nmse).toBeCloseTo(result.nmse, 4);
    const clean = await evaluate({ network, source: options.source, elements: [32], batchSize: 7 });
    expect(clean[0].nmse).not.toBeCloseTo(one[0].nmse, 3);
  });

  test("a channel without energy is named", async () => {
    const samples = new Float32Array(3 * 32).fill(0.5);
    samples.fill(0.6, 0, 64);
    const evaluation = evaluate({ network: tinyNetwork(), source: memorySource(samples), batchSize: 2 });
    await expect(evaluation).rejects.toMatchObject({
      code: "ZERO_CHANNEL",
      message: "evaluate: every channel must have energy, but sample 2 is 0.5 everywhere",
    });
  });

  test("a source that reads too little is named", async () => {
    const short = { ...tinyChannels(4, 1), read: async () => new Float32Array(5) };
    await expect(evaluate({ network: tinyNetwork(), source: short, batchSize: 2 })).rejects.toMatchObject({
      code: "INVALID_SHAPE",
    });
  });

  test("no tensor stays", async () => {
    const network = tinyNetwork();
    const before = tf.memory().numTensors;
    await evaluate({ network, source: tinyChannels(7, 1), elements: [32, 8], batchSize: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

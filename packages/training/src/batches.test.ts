import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memorySource, tinyChannels } from "../test/tiny-network";
import { epochOrder, readOrderedBatch, readTrainingBatch } from "./batches";

const place = { stage: 0, attempt: 0, epoch: 0 };

describe("epochOrder", () => {
  test("visits every sample once, in another order each epoch", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 300 }), (seed, count) => {
        const order = epochOrder(seed, place, count);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      { numRuns: 50 },
    );
    expect(epochOrder(1, { ...place, epoch: 1 }, 50)).not.toEqual(epochOrder(1, place, 50));
  });
});

describe("readTrainingBatch", () => {
  test("elements and noise belong to the sample, whatever batch it is in", async () => {
    const source = tinyChannels(20, 1);
    const options = { seed: 4, elements: [8, 16, 32], noise: { snr: [0, 20] as const } };
    const whole = await readTrainingBatch(source, Int32Array.of(3, 7, 11), place, options);
    const part = await readTrainingBatch(source, Int32Array.of(11, 5), place, options);
    expect(part.elements![0]).toBe(whole.elements![2]);
    expect(part.input.subarray(0, 32)).toEqual(whole.input.subarray(64, 96));
    expect(part.target.subarray(0, 32)).toEqual(whole.target.subarray(64, 96));
  });

  test("all numbers of elements are drawn about equally often", async () => {
    const source = memorySource(new Float32Array(3000 * 32).fill(0.6));
    const indices = Int32Array.from({ length: 3000 }, (_, i) => i);
    const { elements } = await readTrainingBatch(source, indices, place, {
      seed: 1,
      elements: [221, 111, 28],
    });
    for (const count of [221, 111, 28]) {
      const drawn = elements!.filter((value) => value === count).length;
      expect(Math.abs(drawn - 1000)).toBeLessThan(100);
    }
  });
});

test("a source may give the network something else than the samples", async () => {
  const source = tinyChannels(6, 1);
  const doubled = async (indices: Int32Array) => (await source.read(indices)).map((value) => 2 * value);
  const other = { ...source, observe: doubled };
  const indices = Int32Array.of(4, 2);
  const { input, target } = await readTrainingBatch(other, indices, place, { seed: 1 });
  expect(target).toEqual(await source.read(indices));
  expect(input).toEqual(await doubled(indices));
  expect((await readOrderedBatch(other, 1, 2, { seed: 1 })).input).toEqual(
    await doubled(Int32Array.of(1, 2)),
  );
  const wrong = { ...source, observe: async () => new Float32Array(3) };
  await expect(readOrderedBatch(wrong, 0, 1, { seed: 1 })).rejects.toMatchObject({ code: "INVALID_SHAPE" });
});

describe("noise", () => {
  test.each([0, 10, 25])("has the energy that an SNR of %i dB asks for", async (snr) => {
    const source = tinyChannels(400, 2);
    const { input, target } = await readOrderedBatch(source, 0, 400, { seed: 1, noise: { snr } });
    let [signal, noise] = [0, 0];
    for (const [i, clean] of target.entries()) {
      signal += (clean - 0.5) ** 2;
      noise += (input[i] - clean) ** 2;
    }
    expect(10 * Math.log10(signal / noise)).toBeCloseTo(snr, 0);
  });

  test("is as strong on every sample when the power is given", async () => {
    const source = memorySource(
      Float32Array.from({ length: 2000 * 32 }, (_, i) => (i < 32_000 ? 0.51 : 0.9)),
    );
    const { input, target } = await readOrderedBatch(source, 0, 2000, {
      seed: 1,
      noise: { snr: 10, power: 0.5 },
    });
    for (const half of [0, 32_000]) {
      let noise = 0;
      for (let i = half; i < half + 32_000; i++) noise += (input[i] - target[i]) ** 2 / 32_000;
      expect(noise / 0.05).toBeCloseTo(1, 1);
    }
    const refused = readOrderedBatch(source, 0, 1, { seed: 1, noise: { snr: 10, power: 0 } });
    await expect(refused).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("an SNR that is not a number is refused", async () => {
    const batch = readOrderedBatch(tinyChannels(2, 1), 0, 2, { seed: 1, noise: { snr: Number.NaN } });
    await expect(batch).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

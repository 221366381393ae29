import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChannelSet } from "./channel-set";
import { concatenate, mixture, withNoise } from "./combine";
import { type ChannelSource, sourceOf, subset, toPhysical } from "./source";
import { batches, split } from "./split";

function randomSet(count: number, seed = 1): ChannelSet {
  const stream = randomStream(seed);
  return {
    data: Float32Array.from({ length: count * 2 * 3 * 4 }, () => stream.uniform()),
    shape: [count, 2, 3, 4],
    scale: Float32Array.from({ length: count }, () => 1 + stream.uniform()),
    angleOrder: "centered",
    perSample: {},
    metadata: {},
  };
}
const all = (source: ChannelSource) => source.read(Int32Array.from({ length: source.count }, (_, i) => i));

async function collect(source: ChannelSource, options: Parameters<typeof batches>[1]) {
  const found = [];
  for await (const batch of batches(source, options)) found.push(batch);
  return found;
}

test("a set reads back in any order, with its scales", async () => {
  const set = randomSet(5);
  const source = sourceOf(set);
  expect(await all(source)).toEqual(set.data);
  expect(await source.read(Int32Array.of(4, 4))).toEqual(
    Float32Array.of(...set.data.subarray(96), ...set.data.subarray(96)),
  );
  expect(await source.scales!(Int32Array.of(2, 0))).toEqual(Float32Array.of(set.scale![2], set.scale![0]));
  const one = sourceOf({ ...set, scale: Float32Array.of(3) });
  expect([...(await one.scales!(Int32Array.of(2, 0)))]).toEqual([3, 3]);
  expect("scales" in sourceOf({ ...randomSet(1), scale: undefined } as never)).toBe(false);
});

test("physical values are (data - 0.5) * scale", () => {
  const set = randomSet(2);
  const { data } = toPhysical(set);
  expect(data[30]).toBeCloseTo((set.data[30] - 0.5) * set.scale![1], 6);
  const { scale: _, ...unscaled } = set;
  expect(() => toPhysical(unscaled)).toThrow(expect.objectContaining({ code: "SCALE_UNKNOWN" }));
});

test("the parts of a split are disjoint, seeded and leave nothing out", async () => {
  const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.nat(), share, async (count, seed, train) => {
      const index: ChannelSource = {
        count,
        shape: [2, 1, 1],
        read: async (indices) => Float32Array.from(indices),
      };
      const shares = { train, validation: (1 - train) / 2, test: (1 - train) / 2 };
      const parts = Object.values(split(index, shares, { seed }));
      const again = Object.values(split(index, shares, { seed }));
      expect(parts.reduce((sum, part) => sum + part.count, 0)).toBe(count);
      expect(Math.abs(parts[0].count - train * count)).toBeLessThanOrEqual(0.5);
      const order = (await Promise.all(parts.map(all))).flatMap((values) => [...values]);
      expect(new Set(order).size).toBe(count);
      expect((await Promise.all(again.map(all))).flatMap((values) => [...values])).toEqual(order);
    }),
    { numRuns: 40 },
  );
});

test("an epoch holds every sample once, whatever the batch size", async () => {
  const source = sourceOf(randomSet(23));
  for (const batchSize of [1, 5, 23, 40]) {
    const found = await collect(source, { batchSize, seed: 3 });
    const order = found.flatMap(({ indices }) => [...indices]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect(order).toEqual([...randomStream(3, 0).permutation(23)]);
    for (const { data, indices } of found) expect(data).toEqual(await source.read(indices));
  }
});

test("epochs differ, seeds differ, no seed keeps the order, dropLast drops the rest", async () => {
  const source = sourceOf(randomSet(10));
  const order = async (options: object) =>
    (await collect(source, { batchSize: 4, ...options })).flatMap(({ indices }) => [...indices]).join();
  expect(await order({ seed: 1 })).toBe(await order({ seed: 1, epoch: 0 }));
  expect(await order({ seed: 1 })).not.toBe(await order({ seed: 1, epoch: 1 }));
  expect(await order({ seed: 1 })).not.toBe(await order({ seed: 2 }));
  expect(await order({})).toBe("0,1,2,3,4,5,6,7,8,9");
  expect(await order({ dropLast: true })).toBe("0,1,2,3,4,5,6,7");
});

test("a caller may stop in the middle, and an error of the source reaches the caller", async () => {
  for await (const _ of batches(sourceOf(randomSet(10)), { batchSize: 2 })) break;
  let reads = 0;
  const failing: ChannelSource = {
    count: 4,
    shape: [2, 1, 1],
    read: async () => {
      if (reads++ === 1) throw new Error("disk gone");
      return new Float32Array(4);
    },
  };
  await expect(collect(failing, { batchSize: 2 })).rejects.toThrow("disk gone");
});

test("sources one after another", async () => {
  const [a, b] = [randomSet(3, 1), randomSet(2, 2)];
  const joined = concatenate([sourceOf(a), sourceOf(b)]);
  expect(joined.count).toBe(5);
  expect(await all(joined)).toEqual(Float32Array.of(...a.data, ...b.data));
  expect([...(await joined.scales!(Int32Array.of(4, 0, 3)))]).toEqual([
    b.scale![1],
    a.scale![0],
    b.scale![0],
  ]);
});

test("sample i of a mixture does not depend on what else is read", async () => {
  const parts = [
    { source: sourceOf(randomSet(30, 1)), weight: 1 },
    { source: sourceOf(randomSet(5, 2)), weight: 2 },
  ];
  const mixed = mixture(parts, { count: 50, seed: 9 });
  const whole = await all(mixed);
  expect(await mixed.read(Int32Array.of(17))).toEqual(whole.subarray(17 * 24, 18 * 24));
  expect(await all(mixture(parts, { count: 50, seed: 9 }))).toEqual(whole);
  expect(await all(mixture(parts, { count: 50, seed: 10 }))).not.toEqual(whole);
});

test("noise has the energy that the SNR says, sample by sample, and is white", async () => {
  const source = sourceOf(randomSet(400));
  const clean = await all(source);
  for (const snrDb of [-3, 10, 20]) {
    const noisy = await all(withNoise(source, { snrDb, seed: 4 }));
    let ratio = 0;
    for (let sample = 0; sample < 400; sample++) {
      let signal = 0;
      let noise = 0;
      for (let i = sample * 24; i < (sample + 1) * 24; i++) {
        signal += (clean[i] - 0.5) ** 2;
        noise += (noisy[i] - clean[i]) ** 2;
      }
      ratio += noise / signal / 400;
    }
    // 9,600 independent values: the standard error is 1.4 %.
    expect(Math.abs(ratio * 10 ** (snrDb / 10) - 1)).toBeLessThan(0.06);
  }
});

test("the noise of a sample does not depend on the batch it is read in", async () => {
  const noisy = withNoise(sourceOf(randomSet(6)), { snrDb: 5, seed: 4 });
  const whole = await all(noisy);
  expect(await noisy.read(Int32Array.of(5, 2))).toEqual(
    Float32Array.of(...whole.subarray(120, 144), ...whole.subarray(48, 72)),
  );
  expect(noisy.scales).toBeDefined();
});

describe("bad input", () => {
  const source = sourceOf(randomSet(4));
  const other = sourceOf({ ...randomSet(1), data: new Float32Array(2), shape: [1, 2, 1, 1] });
  test.each([
    ["an index below zero", () => source.read(Int32Array.of(-1)), "INVALID_INDEX"],
    ["an index too large", () => source.scales!(Int32Array.of(4)), "INVALID_INDEX"],
    ["a subset of what is not there", async () => subset(source, Int32Array.of(4)), "INVALID_INDEX"],
    [
      "an index beyond a subset",
      () => subset(source, Int32Array.of(3)).read(Int32Array.of(1)),
      "INVALID_INDEX",
    ],
    ["shares beyond one", async () => split(source, { a: 0.7, b: 0.7 }, { seed: 1 }), "INVALID_ARGUMENT"],
    ["a share of zero", async () => split(source, { a: 0 }, { seed: 1 }), "INVALID_ARGUMENT"],
    ["a negative seed", async () => split(source, { a: 1 }, { seed: -1 }), "INVALID_SEED"],
    ["a batch of none", () => collect(source, { batchSize: 0 }), "INVALID_ARGUMENT"],
    ["no sources", async () => concatenate([]), "INVALID_ARGUMENT"],
    ["unequal samples", async () => concatenate([source, other]), "INVALID_SHAPE"],
    [
      "a weight of zero",
      async () => mixture([{ source, weight: 0 }], { count: 1, seed: 1 }),
      "INVALID_ARGUMENT",
    ],
    [
      "a fractional count",
      async () => mixture([{ source, weight: 1 }], { count: 1.5, seed: 1 }),
      "INVALID_ARGUMENT",
    ],
    [
      "an SNR that is no number",
      async () => withNoise(source, { snrDb: Number.NaN, seed: 1 }),
      "INVALID_ARGUMENT",
    ],
  ])("%s", async (_, call, code) => {
    await expect((async () => call())()).rejects.toMatchObject({ code });
  });
});

import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeChannels } from "@csi-feedback/datasets/node";
import { expect, test } from "vitest";
import { openData } from "./channel-data";
import { channelParts } from "./definitions";
import { makeSamples } from "./generation/make-samples";
import { profiles } from "./profiles";

const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const channel = "cost2100-indoor";

test("parts are joined in order; a sample is the same whatever range it is made in", async () => {
  const progress: number[] = [];
  const parts = [
    { channel, samples: 60, seed: 1 },
    { channel: "street-canyon", samples: 2, seed: 1 },
  ];
  const { source } = await openData(parts, { progress: (done) => void progress.push(done) });
  expect(source.count).toBe(62);
  expect(progress).toEqual([50, 60, 62]);
  const one = await openData([{ channel, samples: 1, seed: 1, first: 57 }]);
  expect(await one.source.read(all(1))).toEqual(await source.read(Int32Array.of(57)));
  expect(await one.source.scales?.(all(1))).toEqual(await source.scales?.(Int32Array.of(57)));
});

test("kept channels are the generated ones, in any range; damaged files are not used", {
  timeout: 120_000,
}, async () => {
  const cache = join(await mkdtemp(join(tmpdir(), "cache-")), "channels");
  const part = { channel: "street-canyon", samples: 520, seed: 1, first: 480 };
  const read = async (one: typeof part, options: { cache?: string; progress?: () => void } = {}) => {
    const { source } = await openData([one], options);
    const scales = (await source.scales?.(all(source.count))) as Float32Array;
    return Buffer.concat(
      [await source.read(all(520)), scales.slice(0, 520)].map(({ buffer }) => new Uint8Array(buffer)),
    );
  };
  const expected = await read(part);
  const same = async (one: typeof part, progress?: () => void) =>
    expected.equals(await read(one, { cache, ...(progress ? { progress } : {}) }));
  expect(await same(part)).toBe(true);
  const [name, ...others] = await readdir(cache);
  expect([name.replace(/^.*-/, ""), others.length]).toEqual(["500.f32", 0]);
  let made = 0;
  expect(await same({ ...part, samples: 570 }, () => made++)).toBe(true);
  // 20 samples, the block of 500, and another 50.
  expect(made).toBe(3);
  const bytes = await readFile(join(cache, name));
  bytes[5] ^= 1;
  await writeFile(join(cache, name), bytes);
  expect(await same(part)).toBe(true);
});

test("the splits of a channel share no sample", () => {
  const { train, validation, test } = channelParts(channel, profiles.laptop, 1);
  expect([train, validation, test].flat().map(({ first, samples }) => [first, samples])).toEqual([
    [0, 2500],
    [2500, 250],
    [2750, 1000],
  ]);
});

test("moving users are others than standing ones, by Doppler phases alone", () => {
  const job = { model: "street-canyon", seed: 3 };
  const standing = makeSamples(job, 0, 3);
  const moving = makeSamples({ ...job, speedKmh: 30 }, 0, 3);
  expect(moving.shape).toEqual(standing.shape);
  expect(moving.data).not.toEqual(standing.data);
  expect(makeSamples({ ...job, speedKmh: 30 }, 2, 1).data).toEqual(moving.data.slice(2 * 2048));
  const slow = makeSamples({ ...job, speedKmh: 0 }, 0, 3);
  const difference = slow.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - standing.data[i])),
    0,
  );
  expect(difference).toBeLessThan(1e-6 * Math.max(...standing.data.map(Math.abs)));
  expect(() => makeSamples({ ...job, speedKmh: 30, snr: 10 }, 0, 1)).toThrow("stand still");
});

test("files are read by index, whole, in part or dealt out by a seed", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "data-")), "channels.h5");
  const data = Float32Array.from({ length: 10 * 8 }, (_, i) => i / 80);
  const set = { data, shape: [10, 2, 2, 2], angleOrder: "centered", perSample: {}, metadata: {} } as const;
  await writeChannels(file, set);
  const whole = await openData([{ file }]);
  expect(await whole.source.read(all(10))).toEqual(data);
  const few = await openData([{ file, samples: 3 }]);
  expect(await few.source.read(all(3))).toEqual(data.slice(0, 24));
  const firstOf = async (take: string) => {
    const part = await openData([{ file, split: { shares: { train: 0.7, test: 0.3 }, take, seed: 5 } }]);
    const read = await part.source.read(all(part.source.count));
    part.close();
    return read.filter((_, i) => i % 8 === 0);
  };
  const dealt = [...(await firstOf("train")), ...(await firstOf("test"))];
  expect(dealt.sort((a, b) => a - b)).toEqual([...data.filter((_, i) => i % 8 === 0)]);
  await expect(openData([{ file, samples: 11 }])).rejects.toMatchObject({ code: "EMPTY_DATA" });
  await expect(openData([{ file }, { channel, samples: 1, seed: 1 }])).rejects.toMatchObject({
    code: "INVALID_SHAPE",
  });
  whole.close();
  few.close();
});

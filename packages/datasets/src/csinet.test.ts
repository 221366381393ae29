import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { damages, expectOnlyClearErrors } from "../test/fuzz";
import type { ChannelSet } from "./channel-set";
import { channelsFromCsiNet, encodeCsiNet, frequencyFromCsiNet, writeCsiNet } from "./csinet";
import { bytesSource } from "./files";
import { parseMat, readMat } from "./mat/read-mat";
import { encodeMat } from "./mat/write-mat";
import { numericVariables } from "./matlab-array";
import { readChannels } from "./read-channels";

const fixtures = join(import.meta.dirname, "../test/fixtures");
const folder = mkdtempSync(join(tmpdir(), "csinet-"));
afterAll(() => rmSync(folder, { recursive: true }));

function decode(bytes: Uint8Array, antennas?: number): ChannelSet {
  const source = bytesSource(bytes, "damaged.mat");
  return channelsFromCsiNet(
    source,
    numericVariables(parseMat(source, { maxBytes: 2 ** 24 })),
    { antennas },
    {},
  );
}

describe.each(["indoor", "outdoor"])("8 samples of the COST 2100 %s reference", (channel) => {
  const path = join(fixtures, `cost2100-${channel}-8.mat`);

  test("every element lands where HT[sample][plane][angle][delay] says", async () => {
    const { data, shape, scale, angleOrder, perSample } = await readChannels(path);
    expect([shape, angleOrder]).toEqual([[8, 2, 32, 32], "centered"]);
    const raw = await readMat(path);
    const table = raw.get("HT");
    const peaks = raw.get("scale");
    if (table?.kind !== "numeric" || peaks?.kind !== "numeric")
      throw new Error("the fixture has HT and scale");
    for (const [sample, plane, delay, angle] of [
      [0, 0, 0, 0],
      [7, 1, 31, 31],
      [3, 1, 2, 17],
      [5, 0, 30, 4],
    ]) {
      const column = (plane * 32 + angle) * 32 + delay;
      expect(data[((sample * 2 + plane) * 32 + delay) * 32 + angle]).toBe(table.re[column * 8 + sample]);
    }
    expect([...scale!]).toEqual(Array.from(peaks.re as Float32Array, (peak) => 2 * peak));
    expect(Object.keys(perSample)).toEqual(["pos_xy", "DS_ns", "frac32"]);
    expect([perSample.pos_xy.length, perSample.DS_ns.length]).toEqual([16, 8]);
  });

  test("the largest part of each sample is the peak", async () => {
    const { data } = await readChannels(path);
    for (let sample = 0; sample < 8; sample++) {
      const values = data.subarray(sample * 2048, (sample + 1) * 2048).map((value) => value - 0.5);
      expect(Math.max(...values.map(Math.abs))).toBe(0.5);
    }
  });

  test("written again it gives the very same bytes", async () => {
    expect(Buffer.compare(encodeCsiNet(await readChannels(path)), readFileSync(path))).toBe(0);
  });
});

const reference = join(
  import.meta.dirname,
  "../../../../shared/data/cost2100/cost2100-indoor-reference-500.mat",
);
test.skipIf(!existsSync(reference))("the whole reference file reads right", async () => {
  const set = await readChannels(reference);
  const few = await readChannels(join(fixtures, "cost2100-indoor-8.mat"));
  expect(set.shape).toEqual([500, 2, 32, 32]);
  expect(set.data.subarray(0, few.data.length)).toEqual(few.data);
  expect(set.scale!.subarray(0, 8)).toEqual(few.scale);
  expect(set.perSample.pos_xy.subarray(0, 16)).toEqual(few.perSample.pos_xy);
});

test("any size and angle order goes to a file and comes back centered", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 7 }),
      fc.nat(),
      async (count, delays, antennas, seed) => {
        const stream = randomStream(seed);
        const draw = (length: number) => Float32Array.from({ length }, () => stream.uniform());
        const set: ChannelSet = {
          data: draw(count * 2 * delays * antennas),
          shape: [count, 2, delays, antennas],
          scale: draw(count).map((value) => value + 1),
          angleOrder: "centered",
          perSample: { speed: draw(count), position: draw(count * 3) },
          metadata: {},
        };
        const path = join(folder, "any.mat");
        await writeCsiNet(path, set);
        const back = await readChannels(path);
        expect(back.data).toEqual(set.data);
        expect(back.shape).toEqual(set.shape);
        expect(back.scale).toEqual(set.scale);
        expect(back.perSample.speed).toEqual(set.perSample.speed);
        if (count > 1) expect(back.perSample.position).toEqual(set.perSample.position);
      },
    ),
    { numRuns: 25 },
  );
});

test("natural angle order is centered on the way out", () => {
  const set: ChannelSet = {
    data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1, 1, 1),
    shape: [1, 2, 1, 4],
    angleOrder: "fft",
    perSample: {},
    metadata: {},
  };
  expect(decode(encodeCsiNet(set)).data.join()).toBe("0.5,0.75,0,0.25,1,1,1,1");
});

test("HF_all keeps antenna before tone", async () => {
  const columns = Float64Array.from({ length: 2 * 6 }, (_, i) => i);
  const source = bytesSource(new Uint8Array(), "x.mat");
  const table = { dimensions: [2, 6], re: columns, im: columns.map((value) => -value) };
  const { re, im, shape } = frequencyFromCsiNet(source, table, { antennas: 2 });
  expect(shape).toEqual([2, 3, 2]);
  // Column-major [2, 6]: sample 0 holds 0, 2, 4 for antenna 0 and 6, 8, 10 for antenna 1.
  expect(re.join()).toBe("0,6,2,8,4,10,1,7,3,9,5,11");
  expect(im[1]).toBe(-6);
});

describe("bad input", () => {
  const write = (variables: Record<string, { dimensions: number[]; data: Float32Array }>) =>
    encodeMat(variables);
  const half = (...dimensions: number[]) => ({
    dimensions,
    data: new Float32Array(dimensions[0] * dimensions[1]).fill(0.5),
  });
  const spoiled = (value: number) => {
    const table = half(2, 2048);
    table.data[5] = value;
    return table;
  };

  test.each([
    ["no HT", write({ H: half(2, 2048) }), "MISSING_VARIABLE"],
    ["HT of an odd width", write({ HT: half(2, 2047) }), "INVALID_SHAPE"],
    ["HT of no width", write({ HT: half(2, 0) }), "INVALID_SHAPE"],
    ["NaN in HT", write({ HT: spoiled(Number.NaN) }), "NOT_FINITE"],
    ["infinity in HT", write({ HT: spoiled(Number.POSITIVE_INFINITY) }), "NOT_FINITE"],
    ["a value above one", write({ HT: spoiled(1.01) }), "OUT_OF_RANGE"],
    ["a scale of another length", write({ HT: half(2, 2048), scale: half(1, 3) }), "INVALID_SHAPE"],
    [
      "a negative scale",
      write({ HT: half(2, 2048), scale: { dimensions: [1, 2], data: Float32Array.of(1, -1) } }),
      "OUT_OF_RANGE",
    ],
    ["antennas that do not divide", write({ HT: half(2, 2048), antennas: half(1, 1) }), "INVALID_SHAPE"],
  ])("%s", (_, bytes, code) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test("a complex HT", () => {
    const source = bytesSource(new Uint8Array(), "x.mat");
    const table = { dimensions: [1, 2048], re: new Float32Array(2048), im: new Float32Array(2048) };
    expect(() => channelsFromCsiNet(source, new Map([["HT", table]]), {}, {})).toThrow(
      'x.mat, variable HT: it must be real, received "a complex array"',
    );
  });

  test("a set that is not consistent is not written", async () => {
    const set = await readChannels(join(fixtures, "cost2100-indoor-8.mat"));
    const refuse = (change: Partial<ChannelSet>, code: string) =>
      expect(() => encodeCsiNet({ ...set, ...change })).toThrow(expect.objectContaining({ code }));
    refuse({ shape: [7, 2, 32, 32] }, "INVALID_SHAPE");
    refuse({ scale: new Float32Array(8) }, "OUT_OF_RANGE");
    refuse({ data: set.data.map(() => 2) }, "OUT_OF_RANGE");
    refuse({ perSample: { HT: new Float32Array(8) } }, "INVALID_ARGUMENT");
    refuse({ perSample: { speed: new Float32Array(7) } }, "INVALID_SHAPE");
  });

  test("damage gives a clear error or a value, never anything else", async () => {
    const original = encodeCsiNet(await readChannels(join(fixtures, "cost2100-indoor-8.mat")));
    const forms = damages(original, { head: 150, flips: 300 });
    const refused = await expectOnlyClearErrors(forms, (bytes) => decode(bytes), "damaged.mat");
    expect(refused).toBeGreaterThan(250);
  });

  test("an unknown format is named", async () => {
    await expect(readChannels(join(fixtures, "make-mat.py"))).rejects.toMatchObject({
      code: "UNKNOWN_FORMAT",
    });
  });
});

import { readFileSync } from "node:fs";
import { addEstimationNoise, type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { nmseDb } from "@csi-feedback/eval";
import { PathCodec } from "@csi-feedback/sparse-paths";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PathTransformerCodec } from "./codec";

const codec = new PathTransformerCodec();
const shape = [1, 2, 32, 32] as const;
const sampleOf = (model: ChannelModelName, seed: number) =>
  generateChannels({ model, samples: 1, seed }).data;

describe("rate and distortion", () => {
  test.each([
    ["street-canyon", 128],
    ["street-canyon", 512],
    ["cost2100-indoor", 256],
    ["uma-nlos", 384],
    ["cost2100-semi-urban-nlos", 256],
  ] as const)(
    "%s in %i bits: within the budget and closer than sparse paths",
    (model, bits) => {
      let ours = 0;
      let theirs = 0;
      for (const seed of [700, 701]) {
        const sample = sampleOf(model, seed);
        const report = codec.encode(sample, { bits });
        expect(report.bits).toBeLessThanOrEqual(bits);
        expect(report.bytes.length).toBe(Math.ceil(report.bits / 8));
        expect(codec.decodeParameters(report.bytes).length).toBe(report.paths);
        ours += nmseDb(sample, codec.decode(report.bytes), shape);
        const sparse = new PathCodec();
        theirs += nmseDb(sample, sparse.decode(sparse.encode(sample, { bits }).bytes), shape);
      }
      expect(ours).toBeLessThan(theirs);
    },
    120_000,
  );

  test("the same sample gives the same bytes, whatever was sent before", () => {
    const sample = sampleOf("uma-nlos", 702);
    const first = codec.encode(sample, { bits: 200 });
    codec.encode(sampleOf("street-canyon", 703), { bits: 128 });
    expect(codec.encode(sample, { bits: 200 }).bytes).toEqual(first.bytes);
    expect(new PathTransformerCodec().decode(first.bytes)).toEqual(codec.decode(first.bytes));
  }, 60_000);

  test("under estimation noise no bits are spent on it", () => {
    const clean = sampleOf("cost2100-indoor", 704);
    const noise = clean.reduce((sum, value) => sum + value * value, 0) / 1024 / 100;
    const noisy = addEstimationNoise(clean, randomStream(704), { snr: 20 });
    const report = codec.encode(noisy, { bits: 1024, noise });
    expect(report.bits).toBeLessThan(900);
    expect(nmseDb(clean, codec.decode(report.bytes), shape)).toBeLessThan(-22);
  }, 60_000);

  test("scales over many decades come through", () => {
    const sample = sampleOf("street-canyon", 705);
    const peak = Math.max(...sample.map(Math.abs));
    for (const scale of [1e-8, 1, 1e5]) {
      const scaled = sample.map((value) => (value / peak) * scale);
      expect(nmseDb(scaled, codec.decode(codec.encode(scaled, { bits: 160 }).bytes), shape)).toBeLessThan(
        -10,
      );
    }
  }, 60_000);
});

describe("reports", () => {
  const { bytes, paths } = codec.encode(sampleOf("cost2100-indoor", 706), { bits: 256 });

  test("every prefix from the first path on is a valid report whose paths are the first of the whole", () => {
    const whole = codec.decodeParameters(bytes);
    let before = 0;
    for (let length = 1; length <= bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      if (length < 4) {
        expect(() => codec.decodeParameters(prefix)).toThrowError(
          expect.objectContaining({ code: "CORRUPT_REPORT" }),
        );
        continue;
      }
      if (length < 9) continue;
      const some = codec.decodeParameters(prefix);
      expect(some).toEqual(whole.slice(0, some.length));
      expect(some.length).toBeGreaterThanOrEqual(Math.max(1, before));
      before = some.length;
    }
    expect(before).toBe(paths);
  });

  // Made on another machine in another process: the odds must be the same to the last integer.
  test.each(
    JSON.parse(readFileSync(new URL("../test/reports.json", import.meta.url), "utf8")).reports as {
      model: string;
      hex: string;
      paths: number[][];
    }[],
  )("a report of $model that another process wrote reads as it did there", ({ hex, paths: expected }) => {
    const read = codec.decodeParameters(Uint8Array.from(Buffer.from(hex, "hex")));
    expect(
      read.map(({ delay, column, gainRe, gainIm }) => [delay, column, Math.hypot(gainRe, gainIm)]),
    ).toEqual(expected.map(([delay, column, magnitude]) => [delay, column, expect.closeTo(magnitude, 12)]));
  });

  test("any bytes decode to finite channels of the right size or to a clear error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        try {
          const channel = codec.decode(any);
          expect(channel.length).toBe(2048);
          expect(channel.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(["CORRUPT_REPORT", "UNSUPPORTED_VERSION", "OUT_OF_RANGE"]).toContain(
            (error as { code: string }).code,
          );
        }
      }),
      { numRuns: 80 },
    );
  });

  test("flipped bits give another channel, never a crash", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 8 * bytes.length - 1 }), (bit) => {
        const damaged = bytes.slice();
        damaged[bit >> 3] ^= 128 >> (bit & 7);
        try {
          expect(codec.decode(damaged).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect((error as { code: string }).code).toBe("OUT_OF_RANGE");
        }
      }),
      { numRuns: 40 },
    );
  });

  test("an all-zero channel is a report without paths", () => {
    const report = codec.encode(new Float32Array(2048), { bits: 64 });
    expect(report.paths).toBe(0);
    expect(codec.decode(report.bytes).every((value) => value === 0)).toBe(true);
  });

  test.each([
    ["NOT_FINITE", () => codec.encode(new Float32Array(2048).fill(Number.NaN), { bits: 64 })],
    ["INVALID_SHAPE", () => codec.encode(new Float32Array(2047), { bits: 64 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 31 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64.5 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64, noise: -1 })],
    ["OUT_OF_RANGE", () => codec.encode(new Float32Array(2048).fill(1e-30), { bits: 64 })],
    ["CORRUPT_REPORT", () => codec.decode(new Uint8Array(0))],
    ["UNSUPPORTED_VERSION", () => codec.decode(Uint8Array.of(0xff, 0xff, 0xff))],
  ])("%s %#", (code, run) => {
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});

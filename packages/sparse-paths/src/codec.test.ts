import { addEstimationNoise, generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { nmseDb, nmsePerSample } from "@csi-feedback/eval";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PathCodec } from "./codec";
import { pathModels } from "./models";
import type { PathModelJson } from "./path-model";
import { synthesizePaths } from "./synthesize";
import { trainPathModel } from "./train-model";
import { csiNetWindow } from "./window";

const codec = new PathCodec();
const indoor = generateChannels({ model: "cost2100-indoor", samples: 8, seed: 400 });
const outdoor = generateChannels({ model: "cost2100-semi-urban-nlos", samples: 4, seed: 400 });
const sampleOf = ({ data }: { data: Float32Array }, i: number) => data.slice(i * 2048, (i + 1) * 2048);

function send({ data, shape }: typeof indoor, bits: number, options = {}): number {
  const rebuilt = new Float32Array(data.length);
  for (let i = 0; i < shape[0]; i++) {
    const report = codec.encode(sampleOf({ data }, i), { bits, ...options });
    expect(report.bits).toBeLessThanOrEqual(bits);
    expect(report.bytes.length).toBe(Math.ceil(report.bits / 8));
    expect(codec.decodeParameters(report.bytes).length).toBe(report.paths);
    rebuilt.set(codec.decode(report.bytes), i * 2048);
  }
  return nmseDb(data, rebuilt, shape);
}

describe("rate and distortion", () => {
  test.each([4, 247])("few bits are spent on dense channels, too: sample %i", (firstSample) => {
    const model = "cost2100-semi-urban-nlos";
    const { data, shape } = generateChannels({ model, samples: 1, seed: 51002, firstSample });
    const sample = data.map((value) => value / Math.hypot(...data));
    for (const effort of ["fast", "thorough"] as const) {
      const { bytes, paths } = codec.encode(sample, { bits: 128, effort });
      expect(paths).toBeGreaterThan(0);
      expect(nmseDb(sample, codec.decode(bytes), shape)).toBeLessThan(-0.5);
    }
  });

  test("more bits, less error; well below what plain grids reach", () => {
    const errors = [128, 256, 512, 1024].map((bits) => send(indoor, bits));
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(errors[i - 1] - 2);
    expect(errors[3]).toBeLessThan(-35);
    expect(send(outdoor, 1024)).toBeLessThan(-12);
  });

  test("the fast effort stays close", () => {
    expect(send(indoor, 512, { effort: "fast" })).toBeLessThan(send(indoor, 512) + 3);
  });

  test("no sample fails: paths at one place do not grow against each other", () => {
    const canyon = generateChannels({ model: "street-canyon", samples: 8, seed: 400 });
    for (const { data } of [indoor, canyon]) {
      for (let i = 0; i < 8; i++) {
        const sample = sampleOf({ data }, i);
        const rebuilt = codec.decode(codec.encode(sample, { bits: 2048, effort: "fast" }).bytes);
        expect(nmseDb(sample, rebuilt, [1, 2, 32, 32])).toBeLessThan(-45);
      }
    }
    // Two paths that no receiver tells apart, against each other and together far weaker than alone.
    const twins = synthesizePaths(
      [
        { delay: 6.3, row: 0, column: 9.4, gainRe: 1, gainIm: 0 },
        { delay: 6.32, row: 0, column: 9.41, gainRe: -0.98, gainIm: 0.1 },
        { delay: 12.1, row: 0, column: 20.3, gainRe: 0.2, gainIm: 0.1 },
      ],
      csiNetWindow,
    );
    for (const effort of ["fast", "thorough"] as const) {
      const report = codec.encode(twins, { bits: 512, effort });
      expect(nmseDb(twins, codec.decode(report.bytes), [1, 2, 32, 32])).toBeLessThan(-45);
      for (const { gainRe, gainIm } of codec.decodeParameters(report.bytes)) {
        expect(Math.hypot(gainRe, gainIm)).toBeLessThan(3);
      }
    }
  });

  test("under estimation noise the error against the clean channel falls below the noise", () => {
    const { data, shape } = indoor;
    for (const snr of [10, 20, 30]) {
      let total = 0;
      for (let i = 0; i < 4; i++) {
        const clean = sampleOf(indoor, i);
        const noise = clean.reduce((sum, value) => sum + value * value, 0) / 1024 / 10 ** (snr / 10);
        const noisy = addEstimationNoise(clean, randomStream(snr, i), { snr });
        const rebuilt = codec.decode(codec.encode(noisy, { bits: 1024, noise }).bytes);
        total += nmsePerSample(clean, rebuilt, [1, ...shape.slice(1)])[0] / 4;
      }
      expect(10 * Math.log10(total)).toBeLessThan(-snr - 5);
    }
    expect(data.length).toBe(8 * 2048);
  });

  test("a single path takes few bits; the bound on paths holds", () => {
    const sample = synthesizePaths(
      [{ delay: 4.3, row: 0, column: 20.2, gainRe: 3e-5, gainIm: -1e-5 }],
      csiNetWindow,
    );
    const report = codec.encode(sample, { bits: 4096, residual: 1e-6, paths: 1 });
    expect(report.paths).toBe(1);
    expect(nmseDb(sample, codec.decode(report.bytes), [1, 2, 32, 32])).toBeLessThan(-40);
    expect(codec.encode(sampleOf(outdoor, 0), { bits: 16384, effort: "fast" }).paths).toBe(256);
  });

  test("scales over many decades come through", () => {
    const sample = sampleOf(indoor, 1);
    const peak = Math.max(...sample.map(Math.abs));
    for (const scale of [1e-7, 1, 1e5]) {
      const scaled = sample.map((value) => (value / peak) * scale);
      const rebuilt = codec.decode(codec.encode(scaled, { bits: 384 }).bytes);
      expect(nmseDb(scaled, rebuilt, [1, 2, 32, 32])).toBeLessThan(-12);
    }
  });

  test("panels", () => {
    const window = {
      delays: 16,
      subcarriers: 512,
      array: { kind: "upa", rows: 4, columns: 4 },
      angleOrder: "centered",
    } as const;
    const panel = new PathCodec({ window });
    const paths = [
      { delay: 2.2, row: 1.3, column: 0.4, gainRe: 2, gainIm: 1 },
      { delay: 9.7, row: 3.1, column: 2.6, gainRe: -1, gainIm: 0.3 },
    ];
    const sample = synthesizePaths(paths, window);
    const { bytes } = panel.encode(sample, { bits: 200 });
    expect(nmseDb(sample, panel.decode(bytes), [1, 2, 16, 16])).toBeLessThan(-25);
  });
});

describe("embedded reports", () => {
  test("every prefix is a valid report whose paths are the first of the whole", () => {
    const sample = sampleOf(indoor, 2);
    const { bytes, paths } = codec.encode(sample, { bits: 600 });
    const whole = codec.decodeParameters(bytes);
    let before = 0;
    for (let length = 2; length <= bytes.length; length++) {
      const some = codec.decodeParameters(bytes.subarray(0, length));
      expect(some).toEqual(whole.slice(0, some.length));
      expect(some.length).toBeGreaterThanOrEqual(before);
      before = some.length;
    }
    expect(before).toBe(paths);
    const half = codec.decode(bytes.subarray(0, bytes.length >> 1));
    expect(nmseDb(sample, half, [1, 2, 32, 32])).toBeLessThan(-6);
  });
});

describe("bad input", () => {
  test("an all-zero channel is a report without paths", () => {
    const report = codec.encode(new Float32Array(2048), { bits: 64 });
    expect(report.paths).toBe(0);
    expect(codec.decode(report.bytes).every((value) => value === 0)).toBe(true);
  });

  test.each([
    ["NOT_FINITE", () => codec.encode(new Float32Array(2048).fill(Number.NaN), { bits: 64 })],
    ["INVALID_SHAPE", () => codec.encode(new Float32Array(2047), { bits: 64 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 15 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64.5 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64, paths: 0 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64, paths: 257 })],
    ["INVALID_ARGUMENT", () => codec.encode(new Float32Array(2048), { bits: 64, effort: "no" as "fast" })],
    ["OUT_OF_RANGE", () => codec.encode(new Float32Array(2048).fill(1e-30), { bits: 64 })],
    ["OUT_OF_RANGE", () => codec.encode(new Float32Array(2048).fill(1e30), { bits: 64 })],
    ["CORRUPT_REPORT", () => codec.decode(new Uint8Array(0))],
    ["CORRUPT_REPORT", () => codec.decode(Uint8Array.of(0x40))],
    ["UNSUPPORTED_VERSION", () => codec.decode(Uint8Array.of(0xff, 0xff, 0xff))],
    ["INVALID_MODEL", () => new PathCodec({ models: [] })],
    ["INVALID_MODEL", () => new PathCodec({ models: [{ ...pathModels[0], drops: [1] }] })],
    ["INVALID_MODEL", () => new PathCodec({ models: [{ ...pathModels[0], gathering: -1 }] })],
    ["INVALID_MODEL", () => new PathCodec({ models: [{} as PathModelJson] })],
    ["EMPTY_DATA", () => trainPathModel(new Float32Array(2048), { name: "none" })],
    [
      "NOT_FINITE",
      () => synthesizePaths([{ delay: 0, row: 0, column: 0, gainRe: Number.NaN, gainIm: 0 }], csiNetWindow),
    ],
  ])("%s %#", (code, run) => {
    expect(run).toThrowError(expect.objectContaining({ code }));
  });

  test("any bytes decode to finite channels of the right size or to a clear error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          const channel = codec.decode(bytes);
          expect(channel.length).toBe(2048);
          expect(channel.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(["CORRUPT_REPORT", "UNSUPPORTED_VERSION"]).toContain((error as { code: string }).code);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("flipped bits give another channel, never a crash", () => {
    const { bytes } = codec.encode(sampleOf(indoor, 3), { bits: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 * bytes.length - 1 }), (bit) => {
        const damaged = bytes.slice();
        damaged[bit >> 3] ^= 128 >> (bit & 7);
        expect(codec.decode(damaged).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("models", () => {
  test("a model learned on a channel codes it in fewer bits than a stranger's", () => {
    const training = generateChannels({ model: "street-canyon", samples: 40, seed: 8 }).data;
    const own = trainPathModel(training, { name: "own", budgets: [512] });
    const tests = generateChannels({ model: "street-canyon", samples: 10, seed: 9 });
    const error = (model: PathModelJson) => {
      const one = new PathCodec({ models: [model] });
      const rebuilt = new Float32Array(tests.data.length);
      for (let i = 0; i < 10; i++) {
        rebuilt.set(one.decode(one.encode(sampleOf(tests, i), { bits: 512 }).bytes), i * 2048);
      }
      return nmseDb(tests.data, rebuilt, tests.shape);
    };
    expect(error(own)).toBeLessThan(error(pathModels[1]));
  });
});

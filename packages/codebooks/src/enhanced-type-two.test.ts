import { randomStream } from "@csi-feedback/common";
import { nmseDb } from "@csi-feedback/eval";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createEnhancedTypeTwo,
  type EnhancedTypeTwoOptions,
  type ParameterCombination,
  parameterCombinations,
} from "./index";
import { collected, fromWaves, noise, scattered } from "./test-channels";

const combinations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

describe("sizes", () => {
  // 32 ports as (16, 1), N3 = 13, R = 1, every coefficient sent: worked by hand from TS 38.214 and 38.212.
  test.each([
    // combination, L, M1, K0, [count, i1,1, i1,2, i1,6, i1,7, i1,8, i2,3, i2,4, i2,5]
    [1, 2, 4, 4, [2, 2, 7, 8, 16, 2, 4, 9, 12]],
    [2, 2, 4, 8, [3, 2, 7, 8, 16, 3, 4, 21, 28]],
    [3, 4, 4, 8, [3, 2, 11, 8, 32, 3, 4, 21, 28]],
    [4, 4, 4, 16, [4, 2, 11, 8, 32, 4, 4, 45, 60]],
    [5, 4, 4, 24, [5, 2, 11, 8, 32, 5, 4, 69, 92]],
    [6, 4, 7, 28, [5, 2, 11, 10, 56, 5, 4, 81, 108]],
    [7, 6, 4, 24, [5, 2, 13, 8, 48, 5, 4, 69, 92]],
    [8, 6, 4, 36, [6, 2, 13, 8, 48, 6, 4, 105, 140]],
  ] as const)("combination %i at rank 1", (combination, beams, vectors, most, expected) => {
    const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 13, combination });
    const { parameters } = codebook;
    expect([parameters.beams, parameters.rows, parameters.maximumCoefficients]).toEqual([
      beams,
      2 * beams,
      most,
    ]);
    const { fields, standard, reference } = codebook.bits(1, most);
    expect(fields.map(({ bits }) => bits)).toEqual(expected);
    expect(fields.find(({ name }) => name === "i1,7,1")?.bits).toBe(2 * beams * vectors);
    expect([standard, reference]).toEqual([expected.reduce((a, b) => a + b, 0), 0]);
  });

  test("rank 2: the bitmap, basis set, strongest and reference of each layer", () => {
    const codebook = createEnhancedTypeTwo({
      antennas: 32,
      subbands: 13,
      combination: 4,
      maximumRank: 2,
      receivers: 2,
    });
    const { fields, standard } = codebook.bits(2, 30);
    expect(Object.fromEntries(fields.map(({ name, bits }) => [name, bits]))).toEqual({
      ...{ rank: 1, coefficients: 5, "i1,1": 2, "i1,2": 11, "i1,6,1": 8, "i1,6,2": 8 },
      ...{
        "i1,7,1": 32,
        "i1,7,2": 32,
        "i1,8,1": 3,
        "i1,8,2": 3,
        "i2,3,1": 4,
        "i2,3,2": 4,
        "i2,4": 84,
        "i2,5": 112,
      },
    });
    expect(standard).toBe(309);
  });

  test("ranks 3 and 4 have fewer basis vectors", () => {
    const codebook = createEnhancedTypeTwo({
      antennas: 32,
      subbands: 13,
      combination: 4,
      maximumRank: 4,
      receivers: 4,
    });
    const { fields } = codebook.bits(3, 20);
    // M3 = ceil(13 / 8) = 2: C(12, 1) = 12 sets, a bitmap of 8 x 2.
    expect(fields.find(({ name }) => name === "i1,6,3")?.bits).toBe(4);
    expect(fields.find(({ name }) => name === "i1,7,3")?.bits).toBe(16);
    expect(fields.find(({ name }) => name === "rank")?.bits).toBe(2);
  });

  test("beyond 19 subbands a window of 2 M is named", () => {
    const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 32, combination: 6 });
    const widths = Object.fromEntries(codebook.bits(1, 32).fields.map(({ name, bits }) => [name, bits]));
    // R = 2, M = ceil(32 / 4) = 8: 16 windows, C(15, 7) = 6,435 sets, K0 = 32.
    expect(widths).toMatchObject({ "i1,5": 4, "i1,6,1": 13, "i1,7,1": 64, "i1,8,1": 5, coefficients: 5 });
  });

  test("a planar array of 4 x 4 has 16 rotations", () => {
    const codebook = createEnhancedTypeTwo({
      antennas: { rows: 4, columns: 4 },
      subbands: 8,
      combination: 1,
    });
    expect(codebook.bits(1, 4).fields.find(({ name }) => name === "i1,1")?.bits).toBe(4);
  });

  test("without a second group there is no reference amplitude, and half the rows", () => {
    const antennas = { columns: 32, polarizations: 1 } as const;
    const codebook = createEnhancedTypeTwo({ antennas, subbands: 13, combination: 4 });
    expect(codebook.parameters.rows).toBe(4);
    expect(codebook.bits(1, 8).fields.map(({ name }) => name)).not.toContain("i2,3,1");
  });
});

describe("worked by hand", () => {
  const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 16, combination: 4 });

  test("one wave on a beam and on a delay: one coefficient, a precoder that collects everything", () => {
    // Beam l = 4 * 5 + 2: rotation q1 = 2, beam 5; delay 3 of 16 subcarriers.
    const channels = fromWaves([{ gain: 3, space: 22 / 64, delay: 3 / 16, phase: 0.1 }], 16, 16);
    const [{ bytes, bits }] = codebook.encode(channels);
    const { rotation, beams, layers, reference } = codebook.indices(bytes);
    expect(rotation).toEqual([2, 0]);
    expect(Array.from(beams)).toContain(5);
    expect(layers[0].bitmap.reduce((a, b) => a + b, 0)).toBe(2);
    expect(layers[0].basis[0]).toBe(0);
    // Both groups alike: the reference amplitude of the second is 1, its phase 0.
    expect(layers[0].reference).toEqual([15, 15]);
    expect(Array.from(layers[0].phases).every((phase) => phase === 0)).toBe(true);
    // exp(j 2 pi t n / 16) with n = -3.
    expect(reference?.delay).toBe(13);
    expect(collected(channels, codebook.precoders(bytes))).toBeCloseTo(1, 6);
    const rebuilt = codebook.reconstruct([bytes], { subcarriers: 16 });
    expect(nmseDb(channels, rebuilt, channels.shape)).toBeLessThan(-38);
    expect(
      bits.fields.filter(({ name }) => name === "i2,4" || name === "i2,5").map((field) => field.bits),
    ).toEqual([3, 4]);
    expect(bytes.length).toBe(Math.ceil(bits.total / 8));
  });

  test("a second wave at half the amplitude and a quarter turn: indices 5 and 4", () => {
    const waves = [
      { gain: 1, space: 8 / 64, delay: 2 / 16 },
      { gain: 0.5, space: 40 / 64, delay: 5 / 16, phase: 0.25 },
    ];
    const [{ bytes }] = codebook.encode(fromWaves(waves, 16, 16));
    const { beams, layers } = codebook.indices(bytes);
    const [layer] = layers;
    const row = beams.indexOf(10);
    // The first wave is at basis vector -2 and becomes 0; the second at -5 becomes -3 = 13.
    const vector = layer.basis.indexOf(13);
    const at = row * layer.basis.length + vector;
    expect([layer.bitmap[at], layer.amplitudes[at], layer.phases[at]]).toEqual([1, 5, 4]);
    expect(layer.strongest).toBe(beams.indexOf(2));
  });

  test("a weaker second group: its reference amplitude", () => {
    // 2^(-6 / 4): index 9; and three sixteenths of a turn: phase 3.
    const waves = [{ gain: 1, space: 8 / 64, delay: 0, second: [2 ** -1.5, 3 / 16] as const }];
    const [{ bytes }] = codebook.encode(fromWaves(waves, 16, 16));
    const [layer] = codebook.indices(bytes).layers;
    const at = (layer.strongest + 4) * layer.basis.length;
    expect(layer.reference).toEqual([15, 9]);
    expect([layer.bitmap[at], layer.amplitudes[at], layer.phases[at]]).toEqual([1, 7, 3]);
  });

  test("index sets are numbered as the standard numbers them", () => {
    const choose = (n: number, k: number): number =>
      k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
    const stream = randomStream(2);
    for (let round = 0; round < 20; round++) {
      const [{ bytes, bits }] = codebook.encode(noise(stream, [1, 16, 32]));
      const { beams, layers } = codebook.indices(bytes);
      const read = (wanted: string) => {
        let at = 0;
        for (const { name, bits: width } of bits.fields) {
          if (name === wanted) {
            const all = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
            return Number.parseInt(all.slice(at, at + width), 2);
          }
          at += width;
        }
        return Number.NaN;
      };
      // i1,2 = sum C(N1 N2 - 1 - n(i), L - i); i1,6 = sum C(N3 - 1 - n3(f), M - f), f from 1.
      expect(read("i1,2")).toBe([...beams].reduce((sum, n, i) => sum + choose(16 - 1 - n, 4 - i), 0));
      const { basis } = layers[0];
      expect(read("i1,6,1")).toBe(
        [...basis].reduce((sum, n, f) => (f === 0 ? sum : sum + choose(16 - 1 - n, basis.length - f)), 0),
      );
    }
  });
});

const layouts = [
  32,
  16,
  { rows: 4, columns: 4 },
  { rows: 2, columns: 4 },
  { columns: 12, polarizations: 1 },
] as const;

const configurations = fc
  .record({
    antennas: fc.constantFrom(...layouts),
    subbands: fc.integer({ min: 1, max: 38 }),
    combination: fc.constantFrom(...combinations),
    rank: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(1000),
  })
  .map(({ rank, seed, ...options }) => {
    const receivers = rank === 1 ? 1 : 4;
    const all = { ...options, maximumRank: rank, receivers } as EnhancedTypeTwoOptions;
    return { options: all, rank, seed };
  })
  .filter(({ options, rank }) => {
    try {
      const { antennas, receivers } = createEnhancedTypeTwo(options);
      return antennas * receivers > 0 && rank <= receivers;
    } catch {
      return false;
    }
  });

describe("properties", () => {
  test("any channel under any configuration goes through bytes", () => {
    fc.assert(
      fc.property(configurations, fc.boolean(), ({ options, rank, seed }, lower) => {
        const codebook = createEnhancedTypeTwo(options);
        const stream = randomStream(seed);
        const subcarriers = codebook.subbands + (seed % 50);
        const channels = noise(stream, [codebook.receivers, subcarriers, codebook.antennas]);
        const layers = lower ? 1 : rank;
        const [{ bytes, bits }] = codebook.encode(channels, { rank: layers });
        expect(bytes.length).toBe(Math.ceil(bits.total / 8));
        const indices = codebook.indices(bytes);
        const { maximumCoefficients, rows } = codebook.parameters;
        const counts = indices.layers.map(({ bitmap }) => bitmap.reduce((a, b) => a + b, 0));
        expect(counts.every((count) => count >= 1 && count <= maximumCoefficients)).toBe(true);
        expect(bits.standard).toBe(
          codebook.bits(
            layers as 1,
            counts.reduce((a, b) => a + b, 0),
          ).standard,
        );
        expect(
          indices.layers.every(
            ({ basis }) => basis[0] === 0 && basis.every((n, f) => f === 0 || n > basis[f - 1]),
          ),
        ).toBe(true);
        expect(indices.layers.every(({ strongest }) => strongest < rows)).toBe(true);
        const { re, im, shape } = codebook.precoders(bytes);
        expect(shape).toEqual([codebook.subbands, layers, codebook.antennas]);
        const norm = re.reduce((sum, value, i) => sum + value * value + im[i] * im[i], 0);
        expect(norm).toBeCloseTo(codebook.subbands, 3);
      }),
      { numRuns: 150 },
    );
  });

  test("only the reference knows the scale, the common phase and the common delay", () => {
    const codebook = createEnhancedTypeTwo({ antennas: 16, subbands: 20, combination: 4 });
    const { re, im, shape } = scattered(randomStream(8), 4, 20, 8);
    const turned = {
      re: re.map((value, i) => 256 * value * 0.6 - 256 * im[i] * 0.8),
      im: im.map((value, i) => 256 * value * 0.6 + 256 * re[i] * 0.8),
      shape,
    };
    const [first, second] = [{ re, im, shape }, turned].map((channels) =>
      codebook.indices(codebook.encode(channels)[0].bytes),
    );
    expect({ ...second, reference: undefined }).toEqual({ ...first, reference: undefined });
    expect(second.reference).not.toEqual(first.reference);
  });

  test("the best of few paths: more bits, less error", () => {
    const stream = randomStream(6);
    const users = Array.from({ length: 12 }, () => scattered(stream, 5, 52, 16));
    const quality = ([1, 3, 4, 5, 8] as const).map((combination) => {
      const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 13, combination });
      const shares = users.map((channels) =>
        collected(channels, codebook.precoders(codebook.encode(channels)[0].bytes)),
      );
      return shares.reduce((a, b) => a + b, 0) / users.length;
    });
    for (let i = 1; i < quality.length; i++) expect(quality[i]).toBeGreaterThan(quality[i - 1]);
    expect(quality[0]).toBeGreaterThan(0.6);
  });

  test("users of a batch do not know of each other", () => {
    const codebook = createEnhancedTypeTwo({ antennas: 16, subbands: 9, combination: 2 });
    const both = noise(randomStream(3), [2, 18, 16]);
    const size = 18 * 16;
    const second = { re: both.re.slice(size), im: both.im.slice(size), shape: [1, 18, 16] as const };
    expect(codebook.encode(both)[1].bytes).toEqual(codebook.encode(second)[0].bytes);
  });
});

test("two layers on two receive antennas that see different waves", () => {
  const codebook = createEnhancedTypeTwo({
    antennas: 32,
    subbands: 13,
    combination: 4,
    maximumRank: 2,
    receivers: 2,
  });
  const waves = [
    { gain: 1, space: 8 / 64, delay: 0 },
    { gain: 0.8, space: 40 / 64, delay: 0 },
  ];
  const rows = waves.map((wave) => fromWaves([wave], 26, 16));
  const channels = {
    re: Float32Array.of(...rows[0].re, ...rows[1].re),
    im: Float32Array.of(...rows[0].im, ...rows[1].im),
    shape: [2, 26, 32] as const,
  };
  const [{ bytes, bits }] = codebook.encode(channels);
  expect(bits.reference).toBe(0);
  const { re, im, shape } = codebook.precoders(bytes);
  const layer = (l: number) => ({
    re: Float64Array.from(
      { length: 13 * 32 },
      (_, i) => Math.SQRT2 * re[(2 * Math.floor(i / 32) + l) * 32 + (i % 32)],
    ),
    im: Float64Array.from(
      { length: 13 * 32 },
      (_, i) => Math.SQRT2 * im[(2 * Math.floor(i / 32) + l) * 32 + (i % 32)],
    ),
    shape: [13, 1, 32] as const,
  });
  expect(shape).toEqual([13, 2, 32]);
  expect(collected(rows[0], layer(0))).toBeCloseTo(1, 3);
  expect(collected(rows[1], layer(1))).toBeCloseTo(1, 3);
  expect(() => codebook.reconstruct([bytes], { subcarriers: 26 })).toThrowError(
    expect.objectContaining({ code: "NO_REFERENCE" }),
  );
  const same = {
    ...channels,
    re: Float32Array.of(...rows[0].re, ...rows[0].re),
    im: Float32Array.of(...rows[0].im, ...rows[0].im),
  };
  expect(() => codebook.encode(same)).toThrowError(expect.objectContaining({ code: "RANK_TOO_HIGH" }));
  expect(codebook.encode(same, { rank: 1 })).toHaveLength(1);
});

describe("bad input", () => {
  const good = { antennas: 32, subbands: 13, combination: 4 } as const;
  test.each([
    ["INVALID_CODEBOOK", { combination: 0 as ParameterCombination }],
    ["INVALID_CODEBOOK", { combination: 9 as ParameterCombination }],
    ["INVALID_CODEBOOK", { subbands: 0 }],
    ["INVALID_CODEBOOK", { subbands: 39 }],
    ["INVALID_CODEBOOK", { subbands: 20, subbandsPerCqi: 1 as const }],
    ["INVALID_CODEBOOK", { subbands: 20, combination: 7 as const }],
    ["INVALID_CODEBOOK", { combination: 7 as const, antennas: 16 }],
    ["INVALID_CODEBOOK", { combination: 7 as const, maximumRank: 3 as const, receivers: 4 }],
    ["INVALID_CODEBOOK", { combination: 3 as const, antennas: 4 }],
    ["INVALID_CODEBOOK", { maximumRank: 2 as const }],
    ["INVALID_LAYOUT", { antennas: 30 }],
    ["INVALID_LAYOUT", { antennas: 31 }],
    ["INVALID_LAYOUT", { antennas: { rows: 0, columns: 4 } }],
    ["INVALID_LAYOUT", { antennas: { columns: 1e9, polarizations: 1 as const } }],
    ["INVALID_LAYOUT", { antennas: { columns: 4, polarizations: 3 as 1 } }],
  ])("%s: %o", (code, options) => {
    expect(() => createEnhancedTypeTwo({ ...good, ...options })).toThrowError(
      expect.objectContaining({ code }),
    );
  });

  const codebook = createEnhancedTypeTwo(good);
  const channels = noise(randomStream(1), [1, 26, 32]);
  test.each([
    ["INVALID_SHAPE", () => codebook.encode({ ...channels, shape: [1, 32, 26] })],
    ["INVALID_SHAPE", () => codebook.encode({ ...channels, re: channels.re.slice(1) })],
    [
      "INVALID_SHAPE",
      () => codebook.encode({ re: new Float32Array(), im: new Float32Array(), shape: [0, 26, 32] }),
    ],
    [
      "NOT_FINITE",
      () => codebook.encode({ ...channels, im: channels.im.map((v, i) => (i === 9 ? Number.NaN : v)) }),
    ],
    [
      "ZERO_ENERGY",
      () => codebook.encode({ ...channels, re: channels.re.map(() => 0), im: channels.im.map(() => 0) }),
    ],
    ["INVALID_RANK", () => codebook.encode(channels, { rank: 2 })],
    ["INVALID_SHAPE", () => codebook.reconstruct([], { subcarriers: 26 })],
    ["INVALID_SHAPE", () => codebook.reconstruct([codebook.encode(channels)[0].bytes], { subcarriers: 5 })],
    ["CORRUPT_REPORT", () => codebook.precoders(new Uint8Array())],
    ["CORRUPT_REPORT", () => codebook.precoders("abc" as unknown as Uint8Array)],
  ])("%s %#", (code, run) => {
    expect(run).toThrowError(expect.objectContaining({ code }));
  });

  test.each(combinations)("combination %i: any bytes are a report or a clear error", (combination) => {
    const { beams } = parameterCombinations[combination];
    const hostile = createEnhancedTypeTwo({ antennas: 32, subbands: 13, combination });
    const [{ bytes }] = hostile.encode(channels);
    const survives = (candidate: Uint8Array) => {
      try {
        const indices = hostile.indices(candidate);
        expect(indices.beams).toHaveLength(beams);
        expect(hostile.precoders(candidate).re.every(Number.isFinite)).toBe(true);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "CORRUPT_REPORT" });
        return false;
      }
    };
    for (let length = 0; length < bytes.length; length++)
      expect(survives(bytes.slice(0, length))).toBe(false);
    expect(survives(Uint8Array.of(...bytes, 0))).toBe(false);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (candidate) => void survives(candidate)));
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const flipped = bytes.slice();
        flipped[bit >> 3] ^= 128 >> (bit & 7);
        survives(flipped);
      }),
      { numRuns: 60 },
    );
  });
});

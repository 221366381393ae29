import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTypeOne } from "./index";
import { collected, fromWaves, noise, scattered } from "./test-channels";

describe("sizes", () => {
  test.each([
    // (N1, N2) = (16, 1): 64 beams; i2 of 13 subbands.
    [{ antennas: 32, subbands: 13 }, 1, { "i1,1": 6, "i1,2": 0, i2: 26 }],
    [{ antennas: 32, subbands: 13, mode: 2 }, 1, { "i1,1": 5, "i1,2": 0, i2: 52 }],
    [{ antennas: { rows: 4, columns: 4 }, subbands: 3 }, 1, { "i1,1": 4, "i1,2": 4, i2: 6 }],
    [{ antennas: { rows: 4, columns: 4 }, subbands: 3, mode: 2 }, 1, { "i1,1": 3, "i1,2": 3, i2: 12 }],
    [
      { antennas: 32, subbands: 13, maximumRank: 2, receivers: 2 },
      2,
      { rank: 1, "i1,1": 6, "i1,2": 0, "i1,3": 2, i2: 13 },
    ],
    [
      { antennas: 4, subbands: 5, maximumRank: 2, receivers: 2 },
      2,
      { rank: 1, "i1,1": 3, "i1,2": 0, "i1,3": 1, i2: 5 },
    ],
  ] as const)("%o at rank %i", (options, rank, widths) => {
    const codebook = createTypeOne(options);
    const channels = noise(randomStream(1), [codebook.receivers, 20, codebook.antennas]);
    const [{ bytes, bits }] = codebook.encode(channels, { rank });
    const standard = bits.fields.filter(({ name }) => !name.startsWith("reference"));
    expect(Object.fromEntries(standard.map(({ name, bits: width }) => [name, width]))).toEqual(widths);
    expect(bytes.length).toBe(Math.ceil(bits.total / 8));
  });
});

test("a wave on a beam is found, with the co-phase of its second group", () => {
  // Beam 37 of 64, three quarters of a turn: n = 3.
  const channels = fromWaves([{ gain: 2, space: 37 / 64, delay: 0.01, second: [1, 0.75] }], 26, 16);
  const codebook = createTypeOne({ antennas: 32, subbands: 13 });
  const [{ bytes }] = codebook.encode(channels);
  expect(codebook.indices(bytes).beam).toEqual([37, 0]);
  expect(Array.from(codebook.indices(bytes).cophase)).toEqual(new Array(13).fill(3));
  expect(collected(channels, codebook.precoders(bytes))).toBeCloseTo(1, 5);
});

/** Every precoder [v; phi v] of an array of n1 x n2 elements, built from the table. */
function everyPrecoder(n1: number, n2: number): { re: number[]; im: number[] }[] {
  const all: { re: number[]; im: number[] }[] = [];
  for (let l = 0; l < 4 * n1; l++) {
    for (let m = 0; m < (n2 > 1 ? 4 * n2 : 1); m++) {
      for (let n = 0; n < 4; n++) {
        const entry = { re: [] as number[], im: [] as number[] };
        for (let group = 0; group < 2; group++) {
          for (let y = 0; y < n2; y++) {
            for (let x = 0; x < n1; x++) {
              const angle =
                2 * Math.PI * ((l * x) / (4 * n1) + (m * y) / (4 * n2)) + (group * Math.PI * n) / 2;
              entry.re.push(Math.cos(angle) / Math.sqrt(2 * n1 * n2));
              entry.im.push(Math.sin(angle) / Math.sqrt(2 * n1 * n2));
            }
          }
        }
        all.push(entry);
      }
    }
  }
  return all;
}

test("with one subband no other precoder of the table collects more", () => {
  const codebook = createTypeOne({ antennas: { rows: 2, columns: 4 }, subbands: 1 });
  const table = everyPrecoder(4, 2);
  fc.assert(
    fc.property(fc.nat(500), (seed) => {
      const channels = noise(randomStream(seed), [1, 3, 16]);
      const ours = collected(channels, codebook.precoders(codebook.encode(channels)[0].bytes));
      const best = Math.max(
        ...table.map(({ re, im }) =>
          collected(channels, { re: Float64Array.from(re), im: Float64Array.from(im), shape: [1, 1, 16] }),
        ),
      );
      expect(ours).toBeCloseTo(best, 5);
    }),
    { numRuns: 10 },
  );
});

test("mode 2 collects at least what mode 1 collects on the same beams", () => {
  const stream = randomStream(4);
  for (let round = 0; round < 5; round++) {
    const channels = scattered(stream, 4, 52, 16);
    const [one, two] = ([1, 2] as const).map((mode) => {
      const codebook = createTypeOne({ antennas: 32, subbands: 13, mode });
      return collected(channels, codebook.precoders(codebook.encode(channels)[0].bytes));
    });
    expect(two).toBeGreaterThanOrEqual(one - 1e-6);
  }
});

test("two layers: orthogonal columns of equal norm, whatever the channel and its scale", () => {
  const codebook = createTypeOne({ antennas: 32, subbands: 6, maximumRank: 2, receivers: 2 });
  fc.assert(
    fc.property(fc.nat(500), (seed) => {
      const channels = noise(randomStream(seed), [2, 12, 32]);
      const [{ bytes, bits }] = codebook.encode(channels);
      expect(bits.reference).toBe(0);
      const { re, im, shape } = codebook.precoders(bytes);
      expect(shape).toEqual([6, 2, 32]);
      for (let t = 0; t < 6; t++) {
        let [first, second, x, y] = [0, 0, 0, 0];
        for (let a = 0; a < 32; a++) {
          const [i, j] = [t * 64 + a, t * 64 + 32 + a];
          first += re[i] ** 2 + im[i] ** 2;
          second += re[j] ** 2 + im[j] ** 2;
          x += re[i] * re[j] + im[i] * im[j];
          y += re[i] * im[j] - im[i] * re[j];
        }
        expect([first, second, Math.hypot(x, y)].map((value) => value.toFixed(6))).toEqual([
          "0.500000",
          "0.500000",
          "0.000000",
        ]);
      }
      const small = {
        ...channels,
        re: channels.re.map((v) => v * 2 ** -10),
        im: channels.im.map((v) => v * 2 ** -10),
      };
      expect(codebook.encode(small)[0].bytes).toEqual(bytes);
      expect(codebook.encode(channels, { rank: 1 })[0].bits.fields[0]).toEqual({ name: "rank", bits: 1 });
    }),
    { numRuns: 8 },
  );
});

test("two receive antennas that see beams two apart get both", () => {
  // i1,3 = 2 is a step of two orthogonal beams, 8 of 64; the second layer has the opposite co-phase.
  const waves = [
    fromWaves([{ gain: 1, space: 8 / 64, delay: 0 }], 12, 16),
    fromWaves([{ gain: 1, space: 16 / 64, delay: 0, second: [1, 0.5] }], 12, 16),
  ];
  const codebook = createTypeOne({ antennas: 32, subbands: 1, maximumRank: 2, receivers: 2 });
  const channels = {
    re: Float32Array.of(...waves[0].re, ...waves[1].re),
    im: Float32Array.of(...waves[0].im, ...waves[1].im),
    shape: [2, 12, 32] as const,
  };
  const { rank, beam, secondBeam, cophase } = codebook.indices(codebook.encode(channels)[0].bytes);
  expect({ rank, beam, secondBeam, cophase: [...cophase] }).toEqual({
    rank: 2,
    beam: [8, 0],
    secondBeam: 2,
    cophase: [0],
  });
});

test("bytes: any are a report or a clear error, none too few, none too many", () => {
  const codebook = createTypeOne({ antennas: { rows: 2, columns: 3 }, subbands: 4 });
  const [{ bytes }] = codebook.encode(noise(randomStream(2), [1, 8, 12]));
  expect(codebook.reconstruct([bytes, bytes], { subcarriers: 8 }).shape).toEqual([2, 8, 12]);
  for (let length = 0; length < bytes.length; length++) {
    expect(() => codebook.indices(bytes.slice(0, length))).toThrowError(
      expect.objectContaining({ code: "CORRUPT_REPORT" }),
    );
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 12 }), (candidate) => {
      try {
        expect(codebook.indices(candidate).beam[0]).toBeLessThan(12);
      } catch (error) {
        expect(error).toMatchObject({ code: "CORRUPT_REPORT" });
      }
    }),
  );
});

test.each([
  ["INVALID_LAYOUT", { antennas: 10, subbands: 4 }],
  ["INVALID_CODEBOOK", { antennas: { columns: 8, polarizations: 1 as const }, subbands: 4 }],
  ["INVALID_CODEBOOK", { antennas: 8, subbands: 0 }],
  ["INVALID_CODEBOOK", { antennas: 8, subbands: 4, mode: 3 as 1 }],
  ["INVALID_CODEBOOK", { antennas: 8, subbands: 4, mode: 2 as const, maximumRank: 2 as const, receivers: 2 }],
  ["INVALID_CODEBOOK", { antennas: 8, subbands: 4, maximumRank: 2 as const }],
  ["INVALID_CODEBOOK", { antennas: 8, subbands: 4, maximumRank: 3 as 2, receivers: 4 }],
])("%s: %o", (code, options) => {
  expect(() => createTypeOne(options)).toThrowError(expect.objectContaining({ code }));
});

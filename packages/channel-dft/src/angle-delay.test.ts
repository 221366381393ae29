import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../test/fixtures/angle-delay.json";
import { toAngleDelay, toFrequency } from "./angle-delay";
import type { FrequencyChannels } from "./channels";

function floats(entry: { float32: string }): Float32Array {
  const bytes = Buffer.from(entry.float32, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function random(batch: number, subcarriers: number, antennas: number, seed = 1): FrequencyChannels {
  const stream = randomStream(seed, batch, subcarriers, antennas);
  const draw = () => Float32Array.from({ length: batch * subcarriers * antennas }, () => stream.normal());
  return { re: draw(), im: draw(), shape: [batch, subcarriers, antennas] };
}

/** Largest difference of two arrays; NaN or infinity when one of them is not finite. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

function energy(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Eq. 2 by its definition: every sum written out, in double precision. */
function definition(channels: FrequencyChannels, delays: number, convention: "unitary" | "paper"): number[] {
  const [batch, subcarriers, antennas] = channels.shape;
  const planes = [[], []] as [number[], number[]];
  const result: number[] = [];
  const conjugate = convention === "paper" ? -1 : 1;
  for (let sample = 0; sample < batch; sample++) {
    planes[0] = [];
    planes[1] = [];
    for (let d = 0; d < delays; d++) {
      for (let a = 0; a < antennas; a++) {
        let re = 0;
        let im = 0;
        for (let k = 0; k < subcarriers; k++) {
          for (let n = 0; n < antennas; n++) {
            const place = (sample * subcarriers + k) * antennas + n;
            const angle = 2 * Math.PI * ((conjugate * k * d) / subcarriers - (n * a) / antennas);
            const real = channels.re[place];
            const imaginary = conjugate * channels.im[place];
            re += real * Math.cos(angle) - imaginary * Math.sin(angle);
            im += real * Math.sin(angle) + imaginary * Math.cos(angle);
          }
        }
        planes[0].push(re / Math.sqrt(subcarriers * antennas));
        planes[1].push(im / Math.sqrt(subcarriers * antennas));
      }
    }
    result.push(...planes[0], ...planes[1]);
  }
  return result;
}

describe("golden vectors made by numpy", () => {
  const [batch, subcarriers, antennas] = golden["frequency.re"].shape;
  const channels: FrequencyChannels = {
    re: floats(golden["frequency.re"]),
    im: floats(golden["frequency.im"]),
    shape: [batch, subcarriers, antennas],
  };
  const delays = golden["angle_delay.re"].shape[1];

  test("the unitary convention reproduces them", () => {
    const { data, shape } = toAngleDelay(channels, { delays });
    expect(shape).toEqual([3, 2, 12, 16]);
    const re = floats(golden["angle_delay.re"]);
    const im = floats(golden["angle_delay.im"]);
    const size = delays * antennas;
    for (let sample = 0; sample < batch; sample++) {
      const from = 2 * sample * size;
      const range = [sample * size, (sample + 1) * size] as const;
      expect(largestDifference(data.subarray(from, from + size), re.subarray(...range))).toBeLessThan(5e-7);
      expect(
        largestDifference(data.subarray(from + size, from + 2 * size), im.subarray(...range)),
      ).toBeLessThan(5e-7);
    }
  });

  test("the paper's convention is their conjugate with the angles reversed", () => {
    const unitary = toAngleDelay(channels, { delays }).data;
    const paper = toAngleDelay(channels, { delays, convention: "paper" }).data;
    const reversed = Float32Array.from(paper, (_, i) => {
      const antenna = i % antennas;
      const sign = Math.floor(i / (delays * antennas)) % 2 === 0 ? 1 : -1;
      return sign * unitary[i - antenna + ((antennas - antenna) % antennas)];
    });
    expect(largestDifference(paper, reversed)).toBeLessThan(1e-6);
  });
});

test.each([
  [2, 16, 4, 5],
  [1, 9, 3, 9],
  [1, 64, 8, 2],
  [1, 64, 1, 40],
  [1, 33, 5, 30],
  [1, 1, 1, 1],
])(
  "both conventions agree with the definition: %i x %i x %i, %i taps",
  (batch, subcarriers, antennas, delays) => {
    const channels = random(batch, subcarriers, antennas);
    for (const convention of ["unitary", "paper"] as const) {
      const { data } = toAngleDelay(channels, { delays, convention });
      expect(largestDifference(data, definition(channels, delays, convention))).toBeLessThan(3e-6);
    }
  },
);

const sizes = fc.record({
  batch: fc.integer({ min: 0, max: 3 }),
  subcarriers: fc.integer({ min: 1, max: 70 }),
  antennas: fc.integer({ min: 1, max: 20 }),
  convention: fc.constantFrom("unitary" as const, "paper" as const),
  seed: fc.nat(),
});

test("with every tap kept the transform is unitary and undone by toFrequency", () => {
  fc.assert(
    fc.property(sizes, ({ batch, subcarriers, antennas, convention, seed }) => {
      const channels = random(batch, subcarriers, antennas, seed);
      const taps = toAngleDelay(channels, { delays: subcarriers, convention });
      const total = energy(channels.re) + energy(channels.im);
      expect(energy(taps.data)).toBeCloseTo(total, Math.max(0, 4 - Math.ceil(Math.log10(total + 1))));
      const back = toFrequency(taps, { subcarriers, convention });
      expect(largestDifference(back.re, channels.re)).toBeLessThan(2e-6);
      expect(largestDifference(back.im, channels.im)).toBeLessThan(2e-6);
    }),
    { numRuns: 60 },
  );
});

test("fewer taps are the first taps, and going back and forth keeps them", () => {
  fc.assert(
    fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (size, part) => {
      const { batch, subcarriers, antennas, convention, seed } = size;
      const channels = random(batch, subcarriers, antennas, seed);
      const delays = 1 + Math.floor(part * (subcarriers - 1));
      const all = toAngleDelay(channels, { delays: subcarriers, convention }).data;
      const kept = toAngleDelay(channels, { delays, convention });
      const expected = Float32Array.from(kept.data, (_, i) => {
        const plane = Math.floor(i / (delays * antennas));
        return all[plane * subcarriers * antennas + (i % (delays * antennas))];
      });
      expect(largestDifference(kept.data, expected)).toBeLessThan(2e-6);
      const again = toAngleDelay(toFrequency(kept, { subcarriers, convention }), { delays, convention });
      expect(largestDifference(again.data, kept.data)).toBeLessThan(2e-6);
    }),
    { numRuns: 60 },
  );
});

test("the 257 tones of CsiNet's evaluation come back, few taps or many", () => {
  const channels = random(1, 257, 4);
  const all = toAngleDelay(channels, { delays: 257 });
  const back = toFrequency(all, { subcarriers: 257 });
  expect(largestDifference(back.re, channels.re)).toBeLessThan(1e-6);
  const few = toAngleDelay(channels, { delays: 32 });
  expect(largestDifference(few.data.subarray(0, 128), all.data.subarray(0, 128))).toBeLessThan(1e-6);
});

describe("bad input", () => {
  const channels = random(1, 8, 2);

  test.each([
    ["no delay", () => toAngleDelay(channels, { delays: 0 }), "INVALID_ARGUMENT"],
    ["more delays than subcarriers", () => toAngleDelay(channels, { delays: 9 }), "INVALID_ARGUMENT"],
    ["a fractional delay count", () => toAngleDelay(channels, { delays: 2.5 }), "INVALID_ARGUMENT"],
    [
      "a shape of two dimensions",
      () => toAngleDelay({ ...channels, shape: [8, 2] as never }, { delays: 1 }),
      "INVALID_SHAPE",
    ],
    [
      "a shape that does not fit",
      () => toAngleDelay({ ...channels, shape: [1, 8, 3] }, { delays: 1 }),
      "INVALID_SHAPE",
    ],
    [
      "no antennas",
      () => toAngleDelay({ re: new Float32Array(), im: new Float32Array(), shape: [1, 8, 0] }, { delays: 1 }),
      "INVALID_SHAPE",
    ],
    [
      "NaN",
      () => toAngleDelay({ ...channels, im: channels.im.map(() => Number.NaN) }, { delays: 1 }),
      "NOT_FINITE",
    ],
    [
      "an unknown convention",
      () => toAngleDelay(channels, { delays: 1, convention: "forward" as never }),
      "INVALID_ARGUMENT",
    ],
    [
      "fewer subcarriers than taps",
      () => toFrequency(toAngleDelay(channels, { delays: 4 }), { subcarriers: 3 }),
      "INVALID_ARGUMENT",
    ],
    [
      "three planes",
      () => toFrequency({ data: new Float32Array(6), shape: [1, 3, 1, 2] as never }, { subcarriers: 3 }),
      "INVALID_SHAPE",
    ],
    [
      "infinity",
      () =>
        toFrequency(
          { data: Float32Array.of(1, Number.POSITIVE_INFINITY), shape: [1, 2, 1, 1] },
          { subcarriers: 3 },
        ),
      "NOT_FINITE",
    ],
  ])("%s", (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });

  test("the message names the function, the rule and the value", () => {
    expect(() => toAngleDelay(channels, { delays: 9 })).toThrow(
      "toAngleDelay: delays must be an integer from 1 to the 8 subcarriers, received 9",
    );
  });
});

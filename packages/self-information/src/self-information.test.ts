import { readFileSync } from "node:fs";
import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  defaultOffsets,
  drawOffsets,
  informationMask,
  selectLargest,
  selfInformation,
  squaredDistances,
} from "./index";

/** The float32 tensors of the golden file, read without any package. */
function golden(): Record<string, { shape: number[]; data: Float32Array }> {
  const bytes = readFileSync(`${import.meta.dirname}/../test/fixtures/self-information.safetensors`);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const part = Uint8Array.from(bytes.subarray(8 + length + from, 8 + length + to));
        return [name, { shape, data: new Float32Array(part.buffer) }];
      },
    ),
  );
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

function randomChannels(seed: number, length: number): Float32Array {
  const stream = randomStream(seed);
  return Float32Array.from({ length }, () => stream.uniform());
}

describe("against the golden vectors", () => {
  const { input, squared_distance, self_information_bits } = golden();
  test("squared distances of 3 x 3 patches", () => {
    const ours = squaredDistances(input.data, [2, 2, 32, 32]);
    expect(largestDifference(ours, squared_distance.data)).toBeLessThan(1e-5);
  });
  test("self-information", () => {
    const ours = selfInformation(input.data, [2, 2, 32, 32]);
    expect(largestDifference(ours, self_information_bits.data)).toBeLessThan(1e-5);
  });
});

/** Eq. 9 written out element by element, as slow and plain as can be. */
function direct(channel: Float32Array, delays: number, antennas: number, patch: number, bandwidth: number) {
  const at = (plane: number, y: number, x: number) =>
    y >= 0 && y < delays && x >= 0 && x < antennas ? channel[(plane * delays + y) * antennas + x] : 0;
  const half = (patch - 1) / 2;
  return Float32Array.from({ length: delays * antennas }, (_, j) => {
    const [y, x] = [Math.floor(j / antennas), j % antennas];
    let density = 0;
    for (const [dy, dx] of defaultOffsets) {
      let distance = 0;
      for (let v = -half; v <= half; v++)
        for (let u = -half; u <= half; u++)
          for (const plane of [0, 1])
            distance += (at(plane, y + v, x + u) - at(plane, y + v + dy, x + u + dx)) ** 2;
      density += Math.exp(-distance / (2 * bandwidth ** 2)) / (Math.sqrt(2 * Math.PI) * bandwidth);
    }
    return -Math.log2(density / 9);
  });
}

describe("properties", () => {
  test.each([1, 3] as const)("patch %i equals the formula", (patch) => {
    const channel = randomChannels(3, 2 * 6 * 9);
    const ours = selfInformation(channel, [1, 2, 6, 9], { patch, bandwidth: 0.4 });
    expect(largestDifference(ours, direct(channel, 6, 9, patch, 0.4))).toBeLessThan(1e-5);
  });

  test.each(["none", "sample"] as const)(
    "batch mates never change a result (normalization %s)",
    (normalization) => {
      const size = 2 * 8 * 8;
      const channels = randomChannels(5, 4 * size).map((value, i) => value * (1 + Math.floor(i / size)));
      const together = selfInformation(channels, [4, 2, 8, 8], { normalization });
      for (const [place, sample] of [2, 0, 3, 1].entries()) {
        const permuted = new Float32Array(4 * size);
        for (const [i, from] of [2, 0, 3, 1].entries()) {
          permuted.set(channels.subarray(from * size, (from + 1) * size), i * size);
        }
        const ours = selfInformation(permuted, [4, 2, 8, 8], { normalization });
        expect(ours.slice(place * 64, place * 64 + 64)).toEqual(
          together.slice(sample * 64, sample * 64 + 64),
        );
      }
    },
  );

  test("normalised by the sample, the scale of a sample drops out", () => {
    const channel = randomChannels(9, 2 * 8 * 8);
    const options = { normalization: "sample" } as const;
    const ours = selfInformation(channel, [1, 2, 8, 8], options);
    const scaled = selfInformation(
      channel.map((value) => value * 64),
      [1, 2, 8, 8],
      options,
    );
    expect(largestDifference(ours, scaled)).toBeLessThan(1e-5);
  });

  test("a narrow bandwidth stays finite, a constant sample says nothing", () => {
    const channel = randomChannels(9, 2 * 8 * 8);
    expect(selfInformation(channel, [1, 2, 8, 8], { bandwidth: 1e-3 }).every(Number.isFinite)).toBe(true);
    const constant = new Float32Array(128).fill(0.5);
    const bits = selfInformation(constant, [1, 2, 8, 8], { padding: 0.5, normalization: "sample" });
    expect(new Set(bits).size).toBe(1);
  });

  test("the largest M, lower positions first among equals", () => {
    const key = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1));
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 300 }), fc.nat(), (values, draw) => {
        const keys = Float32Array.from(values);
        const count = 1 + (draw % keys.length);
        const sorted = Array.from(keys.keys())
          .sort((a, b) => keys[b] - keys[a] || a - b)
          .slice(0, count)
          .sort((a, b) => a - b);
        // Infinity - Infinity is NaN, which `||` treats as equal: exactly what is wanted.
        expect(Array.from(selectLargest(keys, count))).toEqual(sorted);
      }),
    );
  });

  test("a quantile mask keeps its share, an absolute one its bits", () => {
    const information = randomChannels(2, 2 * 100);
    const mask = informationMask(information, [2, 10, 10], { quantile: 0.75 });
    expect(mask.slice(0, 100).reduce((a, b) => a + b, 0)).toBe(25);
    expect(mask.slice(100).reduce((a, b) => a + b, 0)).toBe(25);
    const absolute = informationMask(information, [2, 10, 10], { bits: 0.5 });
    expect(Array.from(absolute)).toEqual(Array.from(information, (bits) => (bits >= 0.5 ? 1 : 0)));
  });

  test("drawn offsets differ from each other and from the centre", () => {
    const offsets = drawOffsets({ seed: 4, count: 48 });
    expect(new Set(offsets.map(String)).size).toBe(48);
    expect(offsets.map(String)).not.toContain("0,0");
    expect(drawOffsets({ seed: 4, count: 48 })).toEqual(offsets);
  });
});

describe("bad input", () => {
  const channel = randomChannels(1, 128);
  test.each([
    ["INVALID_SHAPE", () => selfInformation(channel, [1, 2, 8, 9])],
    ["INVALID_SHAPE", () => selfInformation(new Float32Array(0), [0, 2, 8, 8])],
    [
      "NOT_FINITE",
      () =>
        selfInformation(
          channel.map((v, i) => (i === 7 ? Number.NaN : v)),
          [1, 2, 8, 8],
        ),
    ],
    ["NOT_FINITE", () => selectLargest(Float32Array.of(1, Number.NaN), 1)],
    ["INVALID_ARGUMENT", () => selfInformation(channel, [1, 2, 8, 8], { bandwidth: 0 })],
    ["INVALID_ARGUMENT", () => selfInformation(channel, [1, 2, 8, 8], { patch: 2 as 1 })],
    ["INVALID_ARGUMENT", () => selfInformation(channel, [1, 2, 8, 8], { offsets: [] })],
    ["INVALID_ARGUMENT", () => informationMask(channel, [2, 8, 8], { quantile: 1 })],
    ["INVALID_ARGUMENT", () => drawOffsets({ seed: 1, count: 49 })],
    ["INVALID_COUNT", () => selectLargest(channel, 0)],
    ["INVALID_COUNT", () => selectLargest(channel, 129)],
    ["INVALID_COUNT", () => selectLargest(channel, 1.5)],
  ])("%s %#", (code, run) => {
    expect(run).toThrowError(expect.objectContaining({ code }));
  });
});

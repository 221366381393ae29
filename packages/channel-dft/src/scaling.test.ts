import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centerAngles, naturalAngles } from "./angle-order";
import { denormalize, normalize } from "./scaling";

const channels = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }))
  .chain(([batch, delays, antennas]) => {
    const length = batch * 2 * delays * antennas;
    return fc
      .float32Array({
        minLength: length,
        maxLength: length,
        noNaN: true,
        min: Math.fround(-1e30),
        max: Math.fround(1e30),
      })
      .map((data) => ({
        data,
        shape: [batch, 2, delays, antennas] as const,
      }));
  });

test("scaled values lie in [0, 1] and come back within float32 rounding of the scale", () => {
  fc.assert(
    fc.property(channels, fc.constantFrom("sample" as const, "global" as const), (given, mode) => {
      const { data, scale, shape } = normalize(given, { mode });
      expect(scale.length).toBe(mode === "sample" ? given.shape[0] : 1);
      expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
      const back = denormalize(data, scale, shape).data;
      const size = data.length / scale.length;
      for (let i = 0; i < back.length; i++) {
        expect(Math.abs(back[i] - given.data[i])).toBeLessThanOrEqual(scale[Math.floor(i / size)] * 2 ** -24);
      }
    }),
  );
});

test("an all-zero sample has scale 1 and stays zero", () => {
  const { data, scale } = normalize({ data: new Float32Array(8), shape: [2, 2, 1, 2] });
  expect([...scale]).toEqual([1, 1]);
  expect(data.every((value) => value === 0.5)).toBe(true);
});

test("one global scale keeps the ratio of samples", () => {
  const { data, scale } = normalize(
    { data: Float32Array.of(1, 0, 4, 0), shape: [2, 2, 1, 1] },
    { mode: "global" },
  );
  expect([...scale]).toEqual([8]);
  expect([...data]).toEqual([0.625, 0.5, 1, 0.5]);
});

test("centering is undone by the natural order, for even and odd numbers of antennas", () => {
  fc.assert(
    fc.property(channels, (given) => {
      expect(naturalAngles(centerAngles(given)).data).toEqual(given.data);
      expect(centerAngles(naturalAngles(given)).data).toEqual(given.data);
    }),
  );
});

test("bin zero lands at floor(antennas / 2), as numpy's fftshift puts it", () => {
  expect([
    ...centerAngles({
      data: Float32Array.of(0, 1, 2, 3, 4, 0, 0, 0, 0, 0),
      shape: [1, 2, 1, 5],
    }).data.subarray(0, 5),
  ]).toEqual([3, 4, 0, 1, 2]);
});

describe("bad input", () => {
  const good = { data: Float32Array.of(1, 2), shape: [1, 2, 1, 1] as const };
  test.each([
    ["a wrong shape", () => normalize({ ...good, shape: [2, 2, 1, 1] }), "INVALID_SHAPE"],
    ["NaN", () => normalize({ ...good, data: Float32Array.of(1, Number.NaN) }), "NOT_FINITE"],
    ["an unknown mode", () => normalize(good, { mode: "batch" as never }), "INVALID_ARGUMENT"],
    [
      "a peak beyond half of float32",
      () => normalize({ ...good, data: Float32Array.of(3e38, 0) }),
      "OUT_OF_RANGE",
    ],
    [
      "a scale per sample too few",
      () => denormalize(new Float32Array(6), Float32Array.of(1, 2), [3, 2, 1, 1]),
      "INVALID_SHAPE",
    ],
    [
      "a scale that is not finite",
      () => denormalize(good.data, Float32Array.of(Number.NaN), good.shape),
      "NOT_FINITE",
    ],
    ["angles of a flat array", () => centerAngles({ ...good, shape: [2] as never }), "INVALID_SHAPE"],
    ["angles of a wrong shape", () => naturalAngles({ ...good, shape: [1, 2, 1, 3] }), "INVALID_SHAPE"],
  ])("%s", (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});

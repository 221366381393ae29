import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { ricianKFactor } from "./rician";

/** Power of Rician fading: a steady part and complex normal scattering. */
function fading(kFactorDb: number, count: number): Float64Array {
  const random = randomStream(3, Math.round(kFactorDb) + 100);
  const amplitude = Math.sqrt(10 ** (kFactorDb / 10));
  return Float64Array.from({ length: count }, () => {
    const re = amplitude + random.normal() * Math.SQRT1_2;
    const im = random.normal() * Math.SQRT1_2;
    return re * re + im * im;
  });
}

test.each([3, 7, 15])("finds a K-factor of %d dB again", (kFactor) => {
  expect(ricianKFactor(fading(kFactor, 40_000))).toBeCloseTo(kFactor, 0);
});

test("the scale does not matter, nor do the extremes break it", () => {
  const power = fading(9, 1000);
  expect(ricianKFactor(power.map((value) => 1e-12 * value))).toBeCloseTo(ricianKFactor(power), 9);
  expect(ricianKFactor([2, 2, 2])).toBe(Number.POSITIVE_INFINITY);
  expect(ricianKFactor([0, 0, 0, 1])).toBe(Number.NEGATIVE_INFINITY);
});

test("nothing to measure is refused", () => {
  expect(() => ricianKFactor([])).toThrow(expect.objectContaining({ code: "EMPTY" }));
  expect(() => ricianKFactor([0, 0])).toThrow(expect.objectContaining({ code: "ZERO_ENERGY" }));
  expect(() => ricianKFactor([1, Number.NaN])).toThrow(expect.objectContaining({ code: "NOT_FINITE" }));
});

import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { halfLogDeterminant, reverseWaterFilling } from "./bounds";

test("reverse water-filling: equal variances share the bits, weak ones get none", () => {
  // Four complex coefficients at 2 bits each: a quarter of the energy is left.
  expect(reverseWaterFilling(new Float64Array(4).fill(3), 8)).toBeCloseTo(1 / 4, 10);
  // The weak one stays below the level: 16 / 2^(4) + 0.5 of 16.5.
  expect(reverseWaterFilling(Float64Array.of(16, 0.5), 4)).toBeCloseTo((1 + 0.5) / 16.5, 10);
  expect(reverseWaterFilling(Float64Array.of(2, 1), 0)).toBeCloseTo(1, 10);
});

test("half the log determinant of a Gram matrix, by the product of a triangle's diagonal", () => {
  const random = randomStream(5);
  const diagonal = [0.5, 3, 7, 0.1];
  const columns = diagonal.map((length, k) =>
    Float64Array.from({ length: 4 }, (_, i) => (i === k ? length : i < k ? random.normal() : 0)),
  );
  const expected = Math.log2(diagonal.reduce((product, length) => product * length, 1));
  expect(halfLogDeterminant(columns)).toBeCloseTo(expected, 9);
});

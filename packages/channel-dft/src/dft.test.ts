import { randomStream } from "@csi-feedback/common";
import { type Complex, complex, fft as mathjsFft } from "mathjs";
import { expect, test } from "vitest";
import { dftPlan } from "./dft";

/** The definition, O(n^2). */
function directDft(values: Float64Array, inverse: boolean): Float64Array {
  const size = values.length / 2;
  const result = new Float64Array(values.length);
  for (let k = 0; k < size; k++) {
    for (let n = 0; n < size; n++) {
      const angle = ((inverse ? 2 : -2) * Math.PI * ((k * n) % size)) / size;
      result[2 * k] += values[2 * n] * Math.cos(angle) - values[2 * n + 1] * Math.sin(angle);
      result[2 * k + 1] += values[2 * n] * Math.sin(angle) + values[2 * n + 1] * Math.cos(angle);
    }
  }
  return result.map((value) => value / Math.sqrt(size));
}

function random(size: number): Float64Array {
  const stream = randomStream(3, size);
  return Float64Array.from({ length: 2 * size }, () => stream.normal());
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

test.each([1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 64, 97, 100, 257, 512, 600, 1000])(
  "a DFT of %i points agrees with its definition and its inverse undoes it",
  (size) => {
    const values = random(size);
    const transformed = values.slice();
    dftPlan(size).run(transformed, false);
    expect(largestDifference(transformed, directDft(values, false))).toBeLessThan(1e-12 * Math.max(size, 10));
    dftPlan(size).run(transformed, true);
    expect(largestDifference(transformed, values)).toBeLessThan(1e-12);
    dftPlan(size).run(transformed, true);
    expect(largestDifference(transformed, directDft(values, true))).toBeLessThan(1e-12 * Math.max(size, 10));
  },
);

test.each([6, 32, 257])("mathjs agrees on %i points", (size) => {
  const values = random(size);
  const expected = mathjsFft(
    Array.from({ length: size }, (_, i) => complex(values[2 * i], values[2 * i + 1])),
  ) as unknown as Complex[];
  dftPlan(size).run(values, false);
  for (const [i, { re, im }] of expected.entries()) {
    expect(values[2 * i]).toBeCloseTo(re / Math.sqrt(size), 10);
    expect(values[2 * i + 1]).toBeCloseTo(im / Math.sqrt(size), 10);
  }
});

test("plans of many lengths do not disturb each other", () => {
  for (let size = 1; size <= 40; size++) dftPlan(size);
  const values = random(5);
  const again = values.slice();
  dftPlan(5).run(values, false);
  dftPlan(5).run(again, false);
  expect(again).toEqual(values);
});

import { expect, test } from "vitest";
import { DirichletKernel } from "./dirichlet-kernel";

/** The sum over centered tones that the closed form stands for. */
function bySum(z: number, tones: number): number {
  let sum = 0;
  for (let k = 0; k < tones; k++) sum += Math.cos((2 * Math.PI * (k - (tones - 1) / 2) * z) / tones);
  return sum / tones;
}

test.each([1, 2, 7, 32, 257])("the kernel of %i tones and its derivatives", (tones) => {
  const bins = Math.min(tones, 20);
  const kernel = new DirichletKernel(tones, bins);
  const [value, first, second] = [0, 1, 2].map(() => new Float64Array(bins));
  // Integers, beside integers on both sides of the series' border, between, one period on.
  for (const x of [0, -0.5, 0.004, 0.0099, 0.0101, 3.3, 6.996, 16.5, tones - 0.005, tones + 1.2]) {
    kernel.derivatives(x, value, first, second);
    for (let m = 0; m < bins; m++) {
      const h = 1e-4;
      const at = (shift: number) => bySum(m - x - shift, tones);
      expect(value[m]).toBeCloseTo(at(0), 11);
      expect(first[m]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 6);
      expect(second[m]).toBeCloseTo((at(h) + at(-h) - 2 * at(0)) / h ** 2, 5);
    }
  }
});

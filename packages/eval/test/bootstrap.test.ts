// Bootstrap intervals, quantiles and distributions.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bootstrapInterval, empiricalCdf, quantile } from "../src/index";
import { gaussian } from "./support";

describe("bootstrap", () => {
  test("is a function of values and seed, narrows with the number of samples and widens with the level", () => {
    const values = gaussian(8, 1600).map(Math.exp);
    const width = (x: ArrayLike<number>, options = {}) => {
      const { low, high, value } = bootstrapInterval(x, { resamples: 400, ...options });
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
      return high - low;
    };
    expect(bootstrapInterval(values, { seed: 3 })).toEqual(bootstrapInterval(values, { seed: 3 }));
    expect(bootstrapInterval(values, { seed: 3 })).not.toEqual(bootstrapInterval(values, { seed: 4 }));
    expect(width(values) * 3).toBeLessThan(width(values.slice(0, 100)) * 1.5);
    expect(width(values, { level: 0.99 })).toBeGreaterThan(width(values, { level: 0.8 }));
  });

  test("covers the true mean about as often as it says", () => {
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const { low, high } = bootstrapInterval(gaussian(1000 + trial, 60), {
        level: 0.9,
        resamples: 300,
        seed: trial,
      });
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered).toBeGreaterThan(165);
    expect(covered).toBeLessThan(195);
  });

  test("quantiles and the empirical distribution", () => {
    expect([0, 0.1, 0.25, 1].map((p) => quantile([5, 1, 2, 10], p))).toEqual([1, 1.3, 1.75, 10]);
    expect(quantile([7], 0.99)).toBe(7);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (x) => {
        const { values, probabilities } = empiricalCdf(x);
        expect([...values]).toEqual([...x].sort((a, b) => a - b));
        expect(probabilities.at(-1)).toBe(1);
      }),
    );
  });
});

// NMSE: laws that hold for every input, and accumulation in parts.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  crnetNmseDb,
  NmseAccumulator,
  nmse,
  nmseDb,
  nmsePerSample,
  SgcsAccumulator,
  sgcs,
  sgcsPerSample,
} from "../src/index";
import { complexGaussian, gain, gaussian, phase, rotate, seed, shape } from "./support";

describe("NMSE", () => {
  test("of a channel scaled by g exp(j phi) is |g exp(j phi) - 1|^2, whatever the channel", () => {
    fc.assert(
      fc.property(seed, shape, gain, phase, (s, size, g, phi) => {
        const h = complexGaussian(s, size[0] * size[1] * size[2]);
        const expected = (g * Math.cos(phi) - 1) ** 2 + (g * Math.sin(phi)) ** 2;
        expect(nmse(h, rotate(h, g, phi), size)).toBeCloseTo(expected, 6);
      }),
    );
  });

  test("does not change when both are scaled alike, and the center only moves the origin", () => {
    fc.assert(
      fc.property(seed, gain, (s, g) => {
        const size = [3, 2, 4, 5];
        const h = gaussian(s, 120);
        const e = gaussian(s + 1, 120);
        const value = nmse(h, e, size);
        expect(
          nmse(
            h.map((x) => g * x),
            e.map((x) => g * x),
            size,
          ) / value,
        ).toBeCloseTo(1, 9);
        const shifted = nmse(
          h.map((x) => 0.5 + x),
          e.map((x) => 0.5 + x),
          size,
          { center: 0.5 },
        );
        expect(shifted / value).toBeCloseTo(1, 9);
      }),
    );
  });

  test("both layouts give the same numbers", () => {
    const size = [3, 4, 5];
    const [h, e] = [complexGaussian(1, 60), complexGaussian(2, 60)];
    const planes = (x: { re: Float64Array; im: Float64Array }) =>
      Float64Array.from({ length: 120 }, (_, i) => {
        const [sample, inside] = [Math.floor(i / 40), i % 40];
        return inside < 20 ? x.re[sample * 20 + inside] : x.im[sample * 20 + inside - 20];
      });
    expect(nmsePerSample(planes(h), planes(e), [3, 2, 4, 5])).toEqual(nmsePerSample(h, e, size));
    expect(sgcsPerSample(planes(h), planes(e), [3, 2, 4, 5])).toEqual(sgcsPerSample(h, e, size));
  });

  test("CRNet's form is never above the mean of ratios over equal batches, and equals it for one batch", () => {
    fc.assert(
      fc.property(seed, (s) => {
        const [h, e] = [gaussian(s, 160), gaussian(s + 1, 160)];
        const size = [8, 2, 2, 5];
        expect(crnetNmseDb(h, e, size, { batchSize: 2 })).toBeLessThanOrEqual(nmseDb(h, e, size) + 1e-9);
        expect(crnetNmseDb(h, e, size)).toBe(nmseDb(h, e, size));
      }),
    );
  });
});

describe("accumulators", () => {
  test("batches, in one process or merged from several, give the bytes of one pass", () => {
    fc.assert(
      fc.property(
        seed,
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 300 }),
        (s, count, step) => {
          const [h, e] = [gaussian(s, count * 4), gaussian(s + 1, count * 4)];
          const parts = [new NmseAccumulator(), new NmseAccumulator()];
          const similarity = new SgcsAccumulator();
          for (let at = 0; at < count; at += step) {
            const size = [Math.min(step, count - at), 2, 1, 2];
            const cut = (x: Float64Array) => x.subarray(at * 4, (at + size[0]) * 4);
            parts[at < count / 2 ? 0 : 1].add(cut(h), cut(e), size);
            similarity.add(cut(h), cut(e), size);
          }
          parts[0].merge(parts[1]);
          expect(parts[0].count).toBe(count);
          expect(parts[0].value).toBe(nmse(h, e, [count, 2, 1, 2]));
          expect(parts[0].db).toBe(nmseDb(h, e, [count, 2, 1, 2]));
          expect(similarity.value).toBe(sgcs(h, e, [count, 2, 1, 2]));
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a refused batch leaves the accumulator as it was; an empty one has no value", () => {
    const accumulator = new NmseAccumulator();
    expect(() => accumulator.value).toThrow(expect.objectContaining({ code: "EMPTY" }));
    accumulator.add(Float32Array.of(1, 0), Float32Array.of(0, 0), [1, 2, 1]);
    const two = Float32Array.of(1, 0, 0, 0);
    expect(() => accumulator.add(two, two, [2, 2, 1])).toThrow(
      expect.objectContaining({ code: "ZERO_ENERGY" }),
    );
    expect([...accumulator.perSample]).toEqual([1]);
    expect(accumulator.intervalDb()).toEqual({ value: 0, low: 0, high: 0 });
    const similarity = new SgcsAccumulator();
    similarity.add(Float32Array.of(1, 0), Float32Array.of(1, 0), [1, 2, 1]);
    expect(similarity.interval()).toEqual({ value: 1, low: 1, high: 1 });
  });
});

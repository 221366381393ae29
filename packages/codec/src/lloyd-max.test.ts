import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { expect, test } from "vitest";
import { designLloydMax, ScalarQuantizer, StreamingHistogram, uniformQuantizer } from "./index";

const random = randomStream(3);
const normal = (count: number) => Float64Array.from({ length: count }, () => random.normal());

function errorOf(quantizer: ScalarQuantizer, samples: ArrayLike<number>): number {
  let sum = 0;
  const indices = quantizer.encode(samples);
  for (let i = 0; i < samples.length; i++) sum += (samples[i] - quantizer.levels[indices[i]]) ** 2;
  return sum / samples.length;
}

/** The least possible error with `size` levels, by dynamic programming over sorted samples: O(n^2 L). */
function leastError(samples: readonly number[], size: number): number {
  const x = Float64Array.from(samples).sort();
  const cost = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += x[i];
    const mean = sum / (to - from);
    let error = 0;
    for (let i = from; i < to; i++) error += (x[i] - mean) ** 2;
    return error;
  };
  let best = Array.from({ length: x.length + 1 }, (_, to) => (to === 0 ? 0 : cost(0, to)));
  for (let level = 1; level < size; level++) {
    best = best.map((one, to) => {
      let least = one;
      for (let from = 1; from < to; from++) least = Math.min(least, best[from] + cost(from, to));
      return least;
    });
  }
  return best[x.length] / x.length;
}

const sampleArbitrary = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const samplesArbitrary = fc.array(sampleArbitrary, { minLength: 1, maxLength: 120 });

test("every design meets the two conditions and is no worse than uniform", () => {
  fc.assert(
    fc.property(samplesArbitrary, fc.integer({ min: 1, max: 5 }), (samples, bits) => {
      const { quantizer, meanSquaredError } = designLloydMax(samples, { bits, tolerance: 0 });
      const { levels, thresholds } = quantizer;
      const scale = Math.max(...samples.map(Math.abs), 1e-9);
      for (let i = 0; i < thresholds.length; i++) {
        expect(Math.abs(thresholds[i] - (levels[i] + levels[i + 1]) / 2)).toBeLessThanOrEqual(1e-12 * scale);
      }
      const indices = quantizer.encode(samples);
      const sums = new Float64Array(quantizer.size);
      const counts = new Float64Array(quantizer.size);
      for (let i = 0; i < samples.length; i++) {
        sums[indices[i]] += samples[i];
        counts[indices[i]]++;
        for (const level of levels) {
          expect(Math.abs(samples[i] - levels[indices[i]])).toBeLessThanOrEqual(
            Math.abs(samples[i] - level) + 1e-9 * scale,
          );
        }
      }
      for (let i = 0; i < levels.length; i++) {
        if (counts[i] > 0)
          expect(Math.abs(sums[i] / counts[i] - levels[i])).toBeLessThanOrEqual(1e-9 * scale);
      }
      expect(Math.abs(errorOf(quantizer, samples) - meanSquaredError)).toBeLessThanOrEqual(
        1e-9 * scale * scale,
      );
      const minimum = Math.min(...samples);
      const maximum = Math.max(...samples);
      if (maximum > minimum) {
        const uniform = uniformQuantizer({ bits, minimum, maximum });
        expect(meanSquaredError).toBeLessThanOrEqual(errorOf(uniform, samples) + 1e-12 * scale * scale);
      }
    }),
    { numRuns: 100 },
  );
});

test("several starts come close to the global optimum", () => {
  let ratio = 0;
  for (let trial = 0; trial < 30; trial++) {
    const samples = Array.from(normal(40), (x) => x ** 3);
    const found = designLloydMax(samples, { bits: 2, tolerance: 0 }).meanSquaredError;
    const least = leastError(samples, 4);
    expect(found).toBeGreaterThanOrEqual(least * (1 - 1e-9));
    ratio += found / least / 30;
  }
  expect(ratio).toBeLessThan(1.2);
});

test("a weight counts like that many copies", () => {
  const samples = normal(200);
  const weights = samples.map((_, i) => i % 4);
  const copies = Array.from(samples).flatMap((sample, i) => new Array<number>(i % 4).fill(sample));
  const weighted = designLloydMax(samples, { bits: 3, weights, tolerance: 0 });
  const copied = designLloydMax(copies, { bits: 3, tolerance: 0 });
  expect(weighted.meanSquaredError).toBeCloseTo(copied.meanSquaredError, 12);
  expect(
    weighted.quantizer.levels.every((level, i) => Math.abs(level - copied.quantizer.levels[i]) < 1e-9),
  ).toBe(true);
});

test("few distinct values get a level each", () => {
  const { quantizer, meanSquaredError, entropy } = designLloydMax([5, 1, 5, 1, 9, 5], { bits: 8 });
  expect(Array.from(quantizer.levels)).toEqual([1, 5, 9]);
  expect(meanSquaredError).toBe(0);
  expect(entropy).toBeCloseTo(1.459, 3);
  expect(designLloydMax([7], { bits: 4 }).quantizer.size).toBe(1);
});

test("samples that differ by less than the last digit of their mean share a level", () => {
  const { quantizer, meanSquaredError } = designLloydMax([1e-200, 1e-184, 1], { bits: 2 });
  expect(quantizer.size).toBe(2);
  expect(meanSquaredError).toBe(0);
  const close = [1e15, 1e15 + 0.25, 1e15 + 0.5, 1e15 + 3];
  expect(errorOf(designLloydMax(close, { bits: 3 }).quantizer, close)).toBe(0);
});

test("far outliers leave no level without samples", () => {
  const samples = [...normal(500), 1e6, -1e7, 1e9];
  const { quantizer, converged } = designLloydMax(samples, { bits: 4 });
  expect(converged).toBe(true);
  const used = new Set(quantizer.encode(samples));
  expect(used.size).toBe(16);
});

test("a histogram gives the design of its samples", () => {
  const histogram = new StreamingHistogram();
  const parts = [normal(3000), normal(3000).map((x) => 100 * x), normal(3000)];
  for (const part of parts) histogram.add(part);
  const samples = parts.flatMap((part) => Array.from(part));
  const streamed = designLloydMax(histogram, { bits: 5 });
  const whole = designLloydMax(samples, { bits: 5 });
  expect(streamed.meanSquaredError / whole.meanSquaredError).toBeCloseTo(1, 2);
  expect(streamed.meanSquaredError).toBeCloseTo(errorOf(streamed.quantizer, samples), 2);
  histogram.add([1e300, -1e300, 0, 5e-324]);
  expect(histogram.count).toBe(9004);
  expect(histogram.bins().masses.reduce((sum, mass) => sum + mass, 0)).toBe(9004);
  expect(() => histogram.add([Number.NaN])).toThrow(expect.objectContaining({ code: "NOT_FINITE" }));
});

test("values whose squares overflow do not hang the design", () => {
  const samples = Array.from({ length: 40 }, (_, i) => (i - 20) * 1e200);
  expect(designLloydMax([...samples, 1e300, 0.5, 0.25], { bits: 5 }).quantizer.size).toBeGreaterThan(1);
});

test("sixteen bits from samples", () => {
  const { quantizer, meanSquaredError } = designLloydMax(normal(80000), { bits: 16, maximumIterations: 5 });
  expect(quantizer.size).toBe(65536);
  expect(meanSquaredError).toBeLessThan(1e-8);
});

test("bad input is refused by its code", () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "none";
  };
  expect(code(() => designLloydMax([1, 2], { bits: 0 }))).toBe("INVALID_BITS");
  expect(code(() => designLloydMax([1, 2], { bits: 2.5 }))).toBe("INVALID_BITS");
  expect(code(() => designLloydMax([1, 2], { levels: 0 }))).toBe("INVALID_LEVELS");
  expect(code(() => designLloydMax([], { bits: 2 }))).toBe("INVALID_SAMPLES");
  expect(code(() => designLloydMax([1, Number.POSITIVE_INFINITY], { bits: 2 }))).toBe("NOT_FINITE");
  expect(code(() => designLloydMax([1, 2], { bits: 2, weights: [1] }))).toBe("INVALID_SAMPLES");
  expect(code(() => designLloydMax([1, 2], { bits: 2, weights: [1, -1] }))).toBe("INVALID_SAMPLES");
  expect(code(() => designLloydMax([1, 2], { bits: 2, weights: [0, 0] }))).toBe("INVALID_SAMPLES");
  const density = { density: () => -1, minimum: 0, maximum: 1 };
  expect(code(() => designLloydMax(density, { bits: 2 }))).toBe("INVALID_DENSITY");
  expect(code(() => designLloydMax({ ...density, maximum: 0 }, { bits: 2 }))).toBe("INVALID_DENSITY");
});

test("encoding is the nearest level, wherever thresholds crowd", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 50 }),
      (unsorted, values) => {
        const levels = Float64Array.from(new Set(unsorted.map((x) => x + 0))).sort();
        const quantizer = new ScalarQuantizer({ kind: "custom", levels: Array.from(levels) });
        const probes = [...values, ...levels, ...quantizer.thresholds];
        const indices = quantizer.encode(probes);
        probes.forEach((probe, i) => {
          let expected = 0;
          while (expected < quantizer.thresholds.length && probe >= quantizer.thresholds[expected])
            expected++;
          if (indices[i] !== expected) throw new Error(`${probe} has index ${expected}, not ${indices[i]}`);
        });
        const again = new ScalarQuantizer(JSON.parse(JSON.stringify(quantizer)));
        expect(again.levels).toEqual(quantizer.levels);
        expect(again.thresholds).toEqual(quantizer.thresholds);
      },
    ),
    { numRuns: 100 },
  );
  const quantizer = uniformQuantizer({ bits: 3, minimum: 0, maximum: 1 });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => quantizer.encode([0.5, value])).toThrow(expect.objectContaining({ code: "NOT_FINITE" }));
  }
  for (const index of [8, -1, 0.5, Number.NaN]) {
    expect(() => quantizer.decode([index])).toThrow(expect.objectContaining({ code: "INVALID_INDEX" }));
  }
  for (const levels of [[], [1, 1], [2, 1], [Number.NaN]]) {
    expect(() => new ScalarQuantizer({ kind: "custom", levels })).toThrow(
      expect.objectContaining({ code: "INVALID_QUANTIZER" }),
    );
  }
});

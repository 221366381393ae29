import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bestAllocation,
  DitheredQuantizer,
  designEntropyConstrained,
  designLloydMax,
  designUniform,
  designVectorQuantizer,
  elementsForBits,
  elementsForRatio,
  gaussianDensity,
  muLawQuantizer,
  quantizerFromJson,
  StreamingHistogram,
  transmittingBits,
  uniformQuantizer,
  VectorQuantizer,
} from "./index";

const random = randomStream(17);
const normal = (count: number) => Float64Array.from({ length: count }, () => random.normal());

test("the best uniform quantizer is no worse than the one over the range", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 50 }),
      fc.integer({ min: 1, max: 4 }),
      (samples, bits) => {
        const minimum = Math.min(...samples);
        const maximum = Math.max(...samples);
        if (!(maximum - minimum > 1e-3)) return;
        const plain = uniformQuantizer({ bits, minimum, maximum });
        const restored = Float64Array.from(plain.encode(samples), (index) => plain.levels[index]);
        const error = samples.reduce((sum, x, i) => sum + (x - restored[i]) ** 2, 0) / samples.length;
        expect(designUniform(samples, { bits }).meanSquaredError).toBeLessThanOrEqual(error + 1e-9);
      },
    ),
    { numRuns: 10 },
  );
});

test("the entropy-constrained quantizer stays a quarter bit above the Gaussian bound", () => {
  const samples = normal(4000);
  const { entropy, meanSquaredError, quantizer } = designEntropyConstrained(samples, { entropy: 2 });
  expect(entropy).toBeLessThanOrEqual(2);
  expect(meanSquaredError).toBeLessThan(designLloydMax(samples, { bits: 2 }).meanSquaredError);
  const indices = quantizer.encode(samples);
  const counts = new Float64Array(quantizer.size);
  for (const index of indices) counts[index] += 1 / samples.length;
  for (let i = 0; i < counts.length; i++)
    expect(counts[i]).toBeCloseTo(quantizer.probabilities?.[i] ?? -1, 9);
  // D(2 bits) = 1/16; the loss of an ideal entropy-coded scalar quantizer is 1.53 dB at most.
  expect(10 * Math.log10(meanSquaredError * 16)).toBeLessThan(1.7);
  expect(quantizerFromJson(JSON.parse(JSON.stringify(quantizer))).encode(samples)).toEqual(indices);
});

test("mu-law levels and thresholds follow the compressor", () => {
  const { levels, thresholds } = muLawQuantizer({ bits: 8, peak: 2, center: 1 });
  const compress = (x: number) =>
    (Math.sign(x - 1) * Math.log1p((255 * Math.abs(x - 1)) / 2)) / Math.log(256);
  levels.forEach((level, i) => {
    expect(compress(level)).toBeCloseTo(-1 + (2 * i + 1) / 256, 9);
  });
  thresholds.forEach((threshold, i) => {
    expect(compress(threshold)).toBeCloseTo(-1 + (2 * (i + 1)) / 256, 9);
  });
});

test("dithered errors have the same mean and size for every value", () => {
  const plain = uniformQuantizer({ bits: 4, minimum: 0, maximum: 1 });
  const dithered = new DitheredQuantizer(plain, 99);
  for (const value of [0.3, 0.3125, 0.333, 0.34375]) {
    const restored = dithered.decode(dithered.encode(new Float32Array(20000).fill(value)));
    const errors = Array.from(restored, (x) => x - value);
    expect(errors.reduce((sum, e) => sum + e, 0) / 20000).toBeCloseTo(0, 3);
    expect(errors.reduce((sum, e) => sum + e * e, 0) / 20000 / (1 / 16 ** 2 / 12)).toBeCloseTo(1, 1);
  }
  expect(quantizerFromJson(JSON.parse(JSON.stringify(dithered))).encode([0.1, 0.2])).toEqual(
    dithered.encode([0.1, 0.2]),
  );
  expect(() => new DitheredQuantizer(muLawQuantizer({ bits: 3, peak: 1 }), 1)).toThrow(
    expect.objectContaining({ code: "INVALID_QUANTIZER" }),
  );
});

test("pairs gain on scalars where values depend on each other", () => {
  const pairs = Float64Array.from({ length: 4000 }, () => random.normal());
  for (let i = 1; i < pairs.length; i += 2) pairs[i] = 0.95 * pairs[i - 1] + 0.3 * pairs[i];
  const { quantizer, meanSquaredError } = designVectorQuantizer(pairs, { dimension: 2, bits: 4 });
  expect(meanSquaredError).toBeLessThan(0.8 * designLloydMax(pairs, { bits: 2 }).meanSquaredError);
  const indices = quantizer.encode(pairs);
  const restored = quantizer.decode(indices);
  const error = pairs.reduce((sum, x, i) => sum + (x - restored[i]) ** 2, 0) / pairs.length;
  expect(error).toBeCloseTo(meanSquaredError, 6);
  expect(quantizerFromJson(JSON.parse(JSON.stringify(quantizer))).encode(pairs)).toEqual(indices);
  expect(quantizer.decode(quantizer.encode([1, 1, 1]), new Float32Array(3)).length).toBe(3);
  expect(designVectorQuantizer([1, 2, 1, 2, 3, 4], { dimension: 2, bits: 5 }).quantizer.size).toBe(2);
  expect(() => new VectorQuantizer({ dimension: 2, codebook: [1, 2, 3] })).toThrow(
    expect.objectContaining({ code: "INVALID_QUANTIZER" }),
  );
});

test("weights and histograms reach every design", () => {
  const histogram = new StreamingHistogram();
  const samples = normal(5000);
  histogram.add(samples);
  const direct = designUniform(samples, { bits: 3 });
  expect(designUniform(histogram, { bits: 3 }).meanSquaredError / direct.meanSquaredError).toBeCloseTo(1, 1);
  expect(designEntropyConstrained(histogram, { entropy: 1.5 }).entropy).toBeLessThanOrEqual(1.5);
});

test("Table II, and M for a budget", () => {
  const totals = transmittingBits().map(({ elements, codewordBits, totalBits }) => [
    elements,
    codewordBits,
    totalBits,
  ]);
  expect(totals).toEqual([
    [221, 16384, 16418],
    [111, 8192, 8278],
    [56, 4096, 4208],
    [28, 2048, 2136],
  ]);
  const budget = (valueBits: number, indexBits: number) =>
    [8, 16, 32, 64].map((n) => elementsForRatio(1 / n, { rule: "budget", valueBits, indexBits }));
  expect(budget(64, 10)).toEqual([220, 109, 54, 26]);
  expect(budget(64, 11)).toEqual([217, 108, 53, 26]);
  expect(budget(32, 11)).toEqual([189, 94, 46, 23]);
  expect(budget(6, 11)).toEqual([90, 44, 22, 10]);
  expect(budget(4, 11)).toEqual([68, 33, 16, 8]);
  expect(() => elementsForRatio(0, { rule: "paper" })).toThrow(
    expect.objectContaining({ code: "INVALID_RATIO" }),
  );
});

test("the best allocation is that of an exhaustive search", async () => {
  const { meanSquaredError } = designLloydMax(gaussianDensity(), { bits: 1 });
  const distortion = (elements: number, bits: number) =>
    0.9 ** elements + (1 - 0.9 ** elements) * meanSquaredError * 4 ** (1 - bits);
  const bits = (elements: number, setting: number) => elements * (setting + 6);
  const settings = [1, 2, 3, 4, 5, 6];
  let least = Number.POSITIVE_INFINITY;
  for (const setting of settings) {
    for (let elements = 1; elements <= 100; elements++) {
      if (bits(elements, setting) <= 250) least = Math.min(least, distortion(elements, setting));
    }
  }
  const found = await bestAllocation({ budget: 250, settings, elements: 100, bits, distortion });
  expect(found[0].distortion).toBe(least);
  expect(found.length).toBe(6);
  expect(found.every((allocation) => allocation.bits <= 250)).toBe(true);
  expect(elementsForBits(250, 100, (elements) => bits(elements, 4))).toBe(25);
  await expect(bestAllocation({ budget: 1, settings, elements: 100, bits, distortion })).rejects.toThrow(
    expect.objectContaining({ code: "BUDGET_TOO_SMALL" }),
  );
});

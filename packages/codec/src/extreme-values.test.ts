// Designs on samples that strain double precision: differences that vanish against the mean,
// squares beyond the largest number, weights that vanish against their sum.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  designEntropyConstrained,
  designLloydMax,
  designUniform,
  type QuantizerDesign,
  StreamingHistogram,
} from "./index";

const anySize = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Numbers around one, in steps of its last digit and below. */
const crowded = fc
  .tuple(fc.double({ min: 0.5, max: 2, noNaN: true }), fc.integer({ min: -300, max: 300 }))
  .chain(([center, exponent]) =>
    fc.array(
      fc.integer({ min: -8, max: 8 }).map((steps) => (center + steps * 2 ** -53) * 2 ** exponent),
      { minLength: 1, maxLength: 12 },
    ),
  );
const special = fc.constantFrom(1e-200, 1e-184, 1, 5e-324, -1e-184, 0, -0, 1e308, -1e308, Number.MAX_VALUE);
const strained = fc.oneof(
  fc.array(anySize, { minLength: 1, maxLength: 12 }),
  fc.array(special, { minLength: 1, maxLength: 12 }),
  crowded,
);
const weighted = strained.chain((samples) =>
  fc.record({
    samples: fc.constant(samples),
    weights: fc.array(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), {
      minLength: samples.length,
      maxLength: samples.length,
    }),
  }),
);

/** Throws unless the design is one that its samples can be sent with. */
function assertSound({ quantizer, meanSquaredError, entropy }: QuantizerDesign, samples: readonly number[]) {
  quantizer.decode(quantizer.encode(samples));
  const sum = Array.from(quantizer.probabilities ?? []).reduce((total, p) => total + p, 0);
  if (!(Math.abs(sum - 1) < 1e-9)) throw new Error(`probabilities add up to ${sum}`);
  if (!(meanSquaredError >= 0 && entropy >= 0))
    throw new Error(`error ${meanSquaredError}, entropy ${entropy}`);
}

test("any finite samples and weights give a sound design", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(weighted, fc.integer({ min: 1, max: 4 }), ({ samples, weights }, bits) => {
      assertSound(designLloydMax(samples, { bits }), samples);
      assertSound(designLloydMax(samples, { bits, weights }), samples);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(weighted, fc.integer({ min: 1, max: 4 }), ({ samples, weights }, bits) => {
      assertSound(designUniform(samples, { bits, weights }), samples);
      assertSound(designEntropyConstrained(samples, { entropy: bits / 2, weights }), samples);
      const histogram = new StreamingHistogram();
      histogram.add(samples);
      assertSound(designLloydMax(histogram, { bits }), samples);
    }),
    { numRuns: 60 },
  );
});

test("the design of scaled samples is the scaled design", () => {
  const samples = [-3, -1, -0.5, 0.25, 0.5, 1, 2, 5];
  const plain = designLloydMax(samples, { bits: 2 });
  for (const scale of [2 ** -1000, 2 ** -300, 2 ** 300, 2 ** 1000]) {
    const scaled = designLloydMax(
      samples.map((x) => scale * x),
      { bits: 2 },
    );
    expect(scaled.quantizer.levels).toEqual(plain.quantizer.levels.map((level) => scale * level));
    expect(scaled.entropy).toBe(plain.entropy);
    expect(scaled.meanSquaredError).toBe(plain.meanSquaredError * scale * scale);
  }
});

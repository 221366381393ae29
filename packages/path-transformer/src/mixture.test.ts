import { RangeDecoder, RangeEncoder } from "@csi-feedback/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decay, normalize, product, shares, UNIT_SHARE } from "./fixed-point";
import { Mixture } from "./mixture";
import { ONE, UNITS } from "./tokens";

describe("arithmetic", () => {
  test("exponentials are within 2e-5 of one, and never negative or growing", () => {
    let before = UNIT_SHARE;
    for (let x = 0; x < 20 * ONE; x += 61) {
      const share = decay(x);
      expect(Math.abs(share / UNIT_SHARE - Math.exp(-x / ONE))).toBeLessThan(2e-5);
      expect(share).toBeLessThanOrEqual(before);
      expect(Number.isInteger(share)).toBe(true);
      before = share;
    }
  });

  test("shares are those of softmax and never exceed the total", () => {
    const scores = Float64Array.of(0, ONE, -2 * ONE, 700);
    const soft = Array.from(scores, (score) => Math.exp(score / ONE));
    const sum = soft.reduce((a, b) => a + b, 0);
    const got = shares(scores, 2 ** 28);
    expect(got.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(2 ** 28);
    for (const [i, share] of got.entries()) expect(share / 2 ** 28).toBeCloseTo(soft[i] / sum, 4);
  });

  test("products and norms are those of real numbers to a thousandth", () => {
    const x = Float64Array.of(3 * ONE, -ONE / 2, 0, ONE);
    const weights = Float64Array.of(ONE, 0, ONE / 4, ONE, -ONE, ONE, 0, 2 * ONE);
    expect(Array.from(product(x, weights, 2), (value) => value / ONE)).toEqual([2.875, 1.5]);
    const scale = Math.sqrt((9 + 0.25 + 1) / 4);
    const unit = new Float64Array(4).fill(ONE);
    for (const [i, value] of normalize(x, unit).entries()) {
      expect(value / ONE).toBeCloseTo(x[i] / ONE / scale, 2);
    }
  });
});

const mixtures = fc.record({
  circular: fc.boolean(),
  cells: fc.integer({ min: 1, max: 66 }),
  scores: fc.array(fc.integer({ min: -60_000, max: 60_000 }), { minLength: 80, maxLength: 80 }),
  places: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
  parts: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 80_000 })),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("any part of any grid comes back, from any first one on", () => {
  fc.assert(
    fc.property(mixtures, ({ circular, cells, scores, places, parts, from, at }) => {
      const mixture = new Mixture(
        Float64Array.from(scores.slice(0, cells + 2 * places.length)),
        cells,
        [1 / 256, 0.4],
        Float64Array.from(places, (place) => Math.floor((place * cells * UNITS) / 2)),
        circular,
      );
      const first = Math.min(cells * parts - 1, Math.floor(from * cells * parts));
      const index = first + Math.min(cells * parts - 1 - first, Math.floor(at * (cells * parts - first)));
      const encoder = new RangeEncoder();
      for (let i = 0; i < 2; i++) mixture.encode(encoder, index, parts, first);
      const decoder = new RangeDecoder(encoder.finish().bytes);
      for (let i = 0; i < 2; i++) expect(mixture.decode(decoder, parts, first)).toBe(index);
    }),
    { numRuns: 200 },
  );
});

test("a place near a path already sent is cheap where the kernel's weight is large", () => {
  const scores = new Float64Array(64 + 1);
  scores[64] = 6 * ONE;
  const mixture = new Mixture(scores, 64, [1 / 16], Float64Array.of(31.9 * UNITS), true);
  const bits = (column: number) => {
    let cost = 0;
    const sink = {
      encode: (_: number, frequency: number, total: number) => (cost += Math.log2(total / frequency)),
    };
    mixture.encode(sink as never, Math.floor(column * 32), 16, 0);
    return cost;
  };
  // Around the circle: 31.95 and 0.05 bins are both close to 31.9.
  expect(bits(31.95)).toBeLessThan(4.5);
  expect(bits(0.05)).toBeLessThan(6.5);
  expect(bits(16)).toBeGreaterThan(10);
});

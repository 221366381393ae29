// SGCS and rho: laws that hold for every input.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cosineSimilarity, csinetCosineSimilarity, nmse, sgcs, sgcsPerSample } from "../src/index";
import { complexGaussian, gain, gaussian, phase, rotate, seed, shape } from "./support";

describe("similarity", () => {
  test("a common gain and phase do not matter to SGCS and rho", () => {
    fc.assert(
      fc.property(seed, shape, gain, phase, (s, size, g, phi) => {
        const length = size[0] * size[1] * size[2];
        const [h, e] = [complexGaussian(s, length), complexGaussian(s + 1, length)];
        const turned = rotate(e, g, phi);
        expect(sgcs(h, turned, size)).toBeCloseTo(sgcs(h, e, size), 9);
        expect(cosineSimilarity(h, turned, size)).toBeCloseTo(cosineSimilarity(h, e, size), 9);
        expect(sgcs(h, rotate(h, g, phi), size)).toBeCloseTo(1, 9);
        expect(cosineSimilarity(h, rotate(h, g, phi), size)).toBeCloseTo(1, 9);
      }),
    );
  });

  test("both lie in [0, 1] and are symmetric", () => {
    fc.assert(
      fc.property(seed, shape, (s, size) => {
        const length = size[0] * size[1] * size[2];
        const [h, e] = [complexGaussian(s, length), complexGaussian(s + 1, length)];
        for (const metric of [sgcs, cosineSimilarity]) {
          const value = metric(h, e, size);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          expect(metric(e, h, size)).toBeCloseTo(value, 12);
        }
      }),
    );
  });

  test("for one subcarrier SGCS is rho squared, and a phase per subcarrier lowers SGCS alone", () => {
    const [h, e] = [complexGaussian(3, 16), complexGaussian(4, 16)];
    expect(sgcs(h, e, [1, 1, 16])).toBeCloseTo(cosineSimilarity(h, e, [1, 1, 16]) ** 2, 12);
    const flipped = {
      re: h.re.map((x, i) => (i < 8 ? x : -x)),
      im: h.im.map((x, i) => (i < 8 ? x : -x)),
    };
    expect(cosineSimilarity(h, flipped, [1, 2, 8])).toBeCloseTo(1, 12);
    expect(sgcs(h, flipped, [1, 2, 8])).toBeLessThan(0.5);
  });

  test("an estimate that is all zero scores 0 and has an NMSE of 1", () => {
    const h = gaussian(5, 40);
    const zero = new Float64Array(40);
    expect([...sgcsPerSample(h, zero, [2, 2, 2, 5])]).toEqual([0, 0]);
    expect(nmse(h, zero, [2, 2, 2, 5])).toBe(1);
  });

  test("CsiNet's rho takes frequency-domain truth as well", () => {
    const h = gaussian(6, 2 * 2 * 8 * 4);
    const e = gaussian(7, h.length);
    const size = [2, 2, 8, 4];
    const [re, im] = [new Float64Array(2 * 20 * 4), new Float64Array(2 * 20 * 4)];
    for (let i = 0; i < 2; i++)
      for (let f = 0; f < 20; f++)
        for (let d = 0; d < 8; d++)
          for (let k = 0; k < 4; k++) {
            const [x, y] = [h[i * 64 + d * 4 + k], h[i * 64 + 32 + d * 4 + k]];
            const angle = (-2 * Math.PI * f * d) / 40;
            re[(i * 20 + f) * 4 + k] += x * Math.cos(angle) - y * Math.sin(angle);
            im[(i * 20 + f) * 4 + k] += x * Math.sin(angle) + y * Math.cos(angle);
          }
    const options = { fftLength: 40, subcarriers: 20 };
    expect(csinetCosineSimilarity({ re, im }, e, size, options)).toBeCloseTo(
      csinetCosineSimilarity(h, e, size, options),
      12,
    );
  });
});

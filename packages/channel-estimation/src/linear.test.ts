// Least squares and LMMSE against what they are by definition.
import { randomStream } from "@csi-feedback/common";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelOf, errorDb, linear } from "../test/arrays";
import { cholesky } from "./cholesky";
import { type ComplexMatrix, multiply, rowOf, zeroMatrix } from "./complex";
import { lmmse, sampleCovariance } from "./lmmse";
import { leastSquares, observe, randomPilots } from "./pilots";

const places = linear(16);
const channel = channelOf(places, [{ u: 0.3, v: 0, curvature: 0.01 }]);

function code(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

/** `B B^H + I` of a random B. */
function positive(seed: number, size: number): ComplexMatrix {
  const stream = randomStream(seed);
  const samples = { re: new Float64Array(4 * size * size), im: new Float64Array(4 * size * size) };
  for (let i = 0; i < samples.re.length; i++) {
    samples.re[i] = stream.normal();
    samples.im[i] = stream.normal() + 0.5 * samples.re[Math.max(0, i - 1)];
  }
  const matrix = sampleCovariance(samples, size);
  for (let i = 0; i < size; i++) matrix.re[i * size + i] += 1;
  return matrix;
}

test("Cholesky solves, and refuses what is not positive definite", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 9 }), (seed, size) => {
      const matrix = positive(seed, size);
      const stream = randomStream(seed, 1);
      const values = () => Float64Array.from({ length: size }, () => stream.normal());
      const x = { re: values(), im: values() };
      expect(errorDb(cholesky(matrix).solve(multiply(matrix, x)), x)).toBeLessThan(-200);
    }),
    { numRuns: 30 },
  );
  expect(code(() => cholesky(zeroMatrix(2, 2)))).toBe("SINGULAR_MATRIX");
});

describe("pilots", () => {
  test("noise has its variance", () => {
    const stream = randomStream(1);
    let sum = 0;
    for (let i = 0; i < 400; i++) {
      const { re, im } = observe(channel, { noiseVariance: 0.3, stream });
      for (let n = 0; n < 16; n++) sum += (re[n] - channel.re[n]) ** 2 + (im[n] - channel.im[n]) ** 2;
    }
    expect(sum / 6400 / 0.3).toBeCloseTo(1, 1);
  });

  test("more pilots than antennas give the channel, fewer its projection", () => {
    for (const pilots of [24, 8]) {
      const matrix = randomPilots({ antennas: 16, pilots, seed: 2 });
      const observed = observe(channel, { noiseVariance: 0, stream: randomStream(1), pilots: matrix });
      const estimate = leastSquares(matrix)(observed);
      if (pilots >= 16) expect(errorDb(estimate, channel)).toBeLessThan(-150);
      // Whatever it is, it explains the observation.
      expect(errorDb(multiply(matrix, estimate), observed)).toBeLessThan(-150);
    }
    expect(code(() => leastSquares(randomPilots({ antennas: 2, pilots: 1, seed: 1 }))(channel))).toBe(
      "INVALID_SHAPE",
    );
    expect(code(() => randomPilots({ antennas: 2, pilots: 0, seed: 1 }))).toBe("INVALID_ARGUMENT");
    expect(code(() => observe(channel, { noiseVariance: -1, stream: randomStream(1) }))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

describe("LMMSE", () => {
  test("the covariance is the mean of outer products", () => {
    const samples = { re: [1, 2, 3, 4], im: [0, 1, -1, 2] };
    const { re, im } = sampleCovariance(samples, 2);
    expect([...re]).toEqual([(1 + 10) / 2, (2 + 10) / 2, (2 + 10) / 2, (5 + 20) / 2]);
    // conj(h_2) h_1: 1 * (2 - j) and (3 - j)(4 - 2j).
    expect([...im]).toEqual([0, (-1 - 10) / 2, (1 + 10) / 2, 0]);
    expect(code(() => sampleCovariance({ re: [1], im: [1] }, 2))).toBe("INVALID_SHAPE");
    expect(code(() => sampleCovariance({ re: [], im: [] }, 2))).toBe("EMPTY");
  });

  test("solves the normal equations, with pilots and interference", () => {
    const covariance = positive(4, 6);
    const interference = positive(5, 9);
    const pilots = randomPilots({ antennas: 6, pilots: 9, seed: 6 });
    const estimate = lmmse({ covariance, pilots, interference, noiseVariance: 0.2 });
    // The error is orthogonal to the observation: W B = R A^H, column by column.
    const basis = Array.from({ length: 9 }, (_, q) => {
      const re = new Float64Array(9);
      re[q] = 1;
      return estimate({ re, im: new Float64Array(9) });
    });
    for (let q = 0; q < 9; q++) {
      const row = rowOf(pilots, q);
      const expected = multiply(covariance, { re: row.re, im: row.im.map((value) => -value) });
      const sum = { re: new Float64Array(6), im: new Float64Array(6) };
      for (let p = 0; p < 9; p++) {
        // Entry (p, q) of B = A R A^H + C + s² I; A is real here.
        let [re, im] = [interference.re[p * 9 + q] + (p === q ? 0.2 : 0), interference.im[p * 9 + q]];
        const seen = rowOf(pilots, p).re;
        for (let n = 0; n < 6; n++) {
          re += seen[n] * expected.re[n];
          im += seen[n] * expected.im[n];
        }
        for (let n = 0; n < 6; n++) {
          sum.re[n] += basis[p].re[n] * re - basis[p].im[n] * im;
          sum.im[n] += basis[p].re[n] * im + basis[p].im[n] * re;
        }
      }
      expect(errorDb(sum, expected)).toBeLessThan(-180);
    }
  });

  test("trusts a noiseless observation, and nothing when noise is all", () => {
    const covariance = positive(7, 16);
    const noiseless = lmmse({ covariance, noiseVariance: 0 });
    expect(errorDb(noiseless(channel), channel)).toBeLessThan(-180);
    expect(errorDb(lmmse({ covariance, noiseVariance: 1e9 })(channel), channel)).toBeCloseTo(0, 5);
    expect(code(() => lmmse({ covariance: zeroMatrix(2, 3), noiseVariance: 1 }))).toBe("INVALID_SHAPE");
    expect(code(() => noiseless({ re: new Float64Array(2), im: new Float64Array(2) }))).toBe("INVALID_SHAPE");
  });
});

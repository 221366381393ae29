// Against independent implementations: PyTorch's and NumPy's numbers for the two
// golden files, and mathjs for the precoders.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "@csi-feedback/common";
import { parseSafetensors } from "@csi-feedback/safetensors";
import { type Complex, complex, conj, inv, type Matrix, matrix, multiply, norm, transpose } from "mathjs";
import { describe, expect, test } from "vitest";
import {
  achievableRates,
  bootstrapInterval,
  cosineSimilarity,
  crnetNmseDb,
  csinetCosineSimilarity,
  nmse,
  nmseDb,
  nmsePerSample,
  precodingMatrix,
  sgcs,
  sgcsPerSample,
} from "../src/index";

const fixtures = join(import.meta.dirname, "fixtures");
const reference = JSON.parse(readFileSync(join(fixtures, "reference.json"), "utf8"));

function golden(name: string): (key: string) => Float32Array {
  const { tensors } = parseSafetensors(readFileSync(join(fixtures, `${name}.safetensors`)));
  return (key) => tensors.get(key)!.data as Float32Array;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThan(tolerance);
}

describe("metrics", () => {
  const tensor = golden("metrics");
  const truth = tensor("truth");
  const estimate = tensor("estimate");
  const shape = [6, 2, 32, 32];

  test("NMSE and SGCS agree with PyTorch", () => {
    expectClose([nmse(truth, estimate, shape)], [0.09016936272382736], 1e-7);
    expectClose([nmseDb(truth, estimate, shape)], [-10.449409484863281], 1e-5);
    expectClose([sgcs(truth, estimate, shape)], [0.9163048267364502], 1e-6);
  });

  test("every metric agrees with NumPy", () => {
    expectClose(nmsePerSample(truth, estimate, shape), reference.metrics.nmsePerSample, 1e-12);
    expectClose(sgcsPerSample(truth, estimate, shape), reference.metrics.sgcsPerSample, 1e-12);
    expectClose(
      [crnetNmseDb(truth, estimate, shape, { batchSize: 4 })],
      [reference.metrics.crnetNmseDbBatch4],
      1e-10,
    );
    expectClose([csinetCosineSimilarity(truth, estimate, shape)], [reference.metrics.csinetRho], 1e-12);
    const planes = (values: Float32Array) => ({
      re: new Float32Array(6 * 1024).map((_, i) => values[Math.floor(i / 1024) * 2048 + (i % 1024)]),
      im: new Float32Array(6 * 1024).map((_, i) => values[Math.floor(i / 1024) * 2048 + 1024 + (i % 1024)]),
    });
    const [a, b] = [planes(truth), planes(estimate)];
    expectClose([cosineSimilarity(a, b, [6, 32, 32])], [reference.metrics.rho], 1e-12);
    expectClose(nmsePerSample(a, b, [6, 32, 32]), reference.metrics.nmsePerSample, 1e-12);
    expectClose(sgcsPerSample(a, b, [6, 32, 32]), reference.metrics.sgcsPerSample, 1e-12);
  });

  test("the bootstrap interval agrees with NumPy's within the resampling noise", () => {
    const { low, high } = bootstrapInterval(nmsePerSample(truth, estimate, shape), { resamples: 20000 });
    const [expectedLow, expectedHigh] = reference.interval.nmse95;
    const width = expectedHigh - expectedLow;
    expect(Math.abs(low - expectedLow)).toBeLessThan(0.03 * width);
    expect(Math.abs(high - expectedHigh)).toBeLessThan(0.03 * width);
  });
});

describe("precoding", () => {
  const tensor = golden("zero-forcing");
  const truth = { re: tensor("truth.re"), im: tensor("truth.im") };
  const estimate = { re: tensor("estimate.re"), im: tensor("estimate.im") };
  const shape = [5, 4, 32];

  test("the zero-forcing rates of five drops at 10 dB", () => {
    const { perUser, mean } = achievableRates(truth, estimate, shape, {
      precoder: "zero-forcing",
      snrDb: [10],
    });
    const drops = [0, 1, 2, 3, 4].map((d) => perUser.slice(4 * d, 4 * d + 4).reduce((a, b) => a + b) / 4);
    expectClose(
      drops,
      [5.851659487143704, 5.998723864568737, 5.781437360211722, 5.734540102113471, 5.959981313990472],
      1e-6,
    );
    expectClose(mean, [5.865268425605621], 1e-6);
  });

  test.each(["zero-forcing", "maximum-ratio", "regularized-zero-forcing"] as const)(
    "%s rates agree with NumPy",
    (precoder) => {
      const { snrDb, perUser } = reference.rates;
      for (const [name, known] of [
        ["feedback", estimate],
        ["perfect", truth],
      ] as const) {
        const rates = achievableRates(truth, known, shape, { precoder, snrDb });
        expect(rates.shape).toEqual([3, 5, 4]);
        expectClose(rates.perUser, perUser[`${precoder} ${name}`].flat(), 1e-10);
      }
    },
  );

  test.each([
    [1, 1],
    [3, 3],
    [4, 9],
    [8, 16],
  ])("%i users and %i antennas agree with mathjs", (users, antennas) => {
    const stream = randomStream(5, users);
    const draw = () => Float64Array.from({ length: users * antennas }, () => stream.normal());
    const channels = { re: draw(), im: draw() };
    const columns = matrix(
      Array.from({ length: antennas }, (_, k) =>
        Array.from({ length: users }, (_, u) =>
          complex(channels.re[u * antennas + k], channels.im[u * antennas + k]),
        ),
      ),
    ) as unknown as Matrix<Complex>;
    const gram = multiply(conj(transpose(columns)), columns) as Matrix<Complex>;
    for (const regularization of [0, 0.7]) {
      const loaded = gram.map((value, [u, v]: number[]) =>
        u === v ? complex(value.re + regularization, value.im) : value,
      );
      const expected = multiply(columns, inv(loaded)) as Matrix<Complex>;
      const actual = precodingMatrix(channels, [users, antennas], {
        precoder: "regularized-zero-forcing",
        regularization,
      });
      for (let u = 0; u < users; u++) {
        const column = Array.from({ length: antennas }, (_, k) => expected.get([k, u]) as Complex);
        const length = norm(column as never) as number;
        for (let k = 0; k < antennas; k++) {
          expect(actual.re[u * antennas + k]).toBeCloseTo(column[k].re / length, 10);
          expect(actual.im[u * antennas + k]).toBeCloseTo(column[k].im / length, 10);
        }
      }
    }
  });
});

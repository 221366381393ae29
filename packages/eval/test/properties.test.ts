// Laws that hold for every input, and the refusals.
import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  achievableRates,
  bootstrapInterval,
  cosineSimilarity,
  crnetNmseDb,
  csinetCosineSimilarity,
  empiricalCdf,
  formDrops,
  measureLatency,
  NmseAccumulator,
  nmse,
  nmseDb,
  nmsePerSample,
  precodingMatrix,
  quantile,
  SgcsAccumulator,
  sgcs,
  sgcsPerSample,
} from "../src/index";

function gaussian(seed: number, length: number, scale = 1): Float64Array {
  const stream = randomStream(seed);
  return Float64Array.from({ length }, () => scale * stream.normal());
}

function complexGaussian(seed: number, length: number) {
  return { re: gaussian(2 * seed, length, Math.SQRT1_2), im: gaussian(2 * seed + 1, length, Math.SQRT1_2) };
}

/** Times `gain exp(j phase)`. */
function rotate(values: { re: Float64Array; im: Float64Array }, gain: number, phase: number) {
  const [c, s] = [gain * Math.cos(phase), gain * Math.sin(phase)];
  return {
    re: values.re.map((x, i) => c * x - s * values.im[i]),
    im: values.re.map((x, i) => s * x + c * values.im[i]),
  };
}

const seed = fc.nat(100_000);
const shape = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 6 }),
);
const gain = fc.double({ min: 0.01, max: 100, noNaN: true });
const phase = fc.double({ min: -4, max: 4, noNaN: true });

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

describe("achievable rate", () => {
  const size = [40, 4, 16];
  const h = complexGaussian(9, 40 * 4 * 16);
  const rate = (precoder: Parameters<typeof achievableRates>[3]["precoder"], snrDb: number, known = h) =>
    achievableRates(h, known, size, { precoder, snrDb: [snrDb] }).mean[0];

  test("on perfect CSI zero forcing beats maximum ratio at high SNR and loses at low SNR", () => {
    expect(rate("zero-forcing", 30)).toBeGreaterThan(2 * rate("maximum-ratio", 30));
    expect(rate("zero-forcing", -15)).toBeLessThan(rate("maximum-ratio", -15));
  });

  test("regularised zero forcing tends to zero forcing and to maximum ratio", () => {
    expect(rate("regularized-zero-forcing", 60)).toBeCloseTo(rate("zero-forcing", 60), 3);
    expect(rate("regularized-zero-forcing", -50)).toBeCloseTo(rate("maximum-ratio", -50), 8);
    for (const snr of [-10, 0, 10, 20]) {
      const regularized = rate("regularized-zero-forcing", snr);
      expect(regularized).toBeGreaterThanOrEqual(rate("zero-forcing", snr));
      expect(regularized).toBeGreaterThanOrEqual(rate("maximum-ratio", snr));
    }
  });

  test("perfect CSI gains log2(10) for 10 dB, noisy feedback hits a ceiling", () => {
    expect(rate("zero-forcing", 50) - rate("zero-forcing", 40)).toBeCloseTo(Math.log2(10), 2);
    const noise = complexGaussian(10, h.re.length);
    const noisy = {
      re: h.re.map((x, i) => x + 0.1 * noise.re[i]),
      im: h.im.map((x, i) => x + 0.1 * noise.im[i]),
    };
    expect(rate("zero-forcing", 50, noisy) - rate("zero-forcing", 40, noisy)).toBeLessThan(0.2);
    expect(rate("zero-forcing", 20, noisy)).toBeLessThan(rate("zero-forcing", 20));
  });

  test("zero forcing leaves no interference: rates follow from the gains alone, whatever the phases fed back", () => {
    const turned = rotate(h, 3, 1.3);
    expect(rate("zero-forcing", 10, turned)).toBeCloseTo(rate("zero-forcing", 10), 10);
    const one = { re: h.re.slice(0, 64), im: h.im.slice(0, 64) };
    const w = precodingMatrix(one, [4, 16], { precoder: "zero-forcing" });
    for (let u = 0; u < 4; u++)
      for (let v = 0; v < 4; v++) {
        let [re, im, power] = [0, 0, 0];
        for (let k = 0; k < 16; k++) {
          const [a, b] = [u * 16 + k, v * 16 + k];
          re += one.re[a] * w.re[b] + one.im[a] * w.im[b];
          im += one.re[a] * w.im[b] - one.im[a] * w.re[b];
          power += w.re[b] ** 2 + w.im[b] ** 2;
        }
        expect(power).toBeCloseTo(1, 12);
        if (u !== v) expect(Math.hypot(re, im)).toBeLessThan(1e-12);
      }
  });

  test("one user without interference gets the capacity of its channel with every precoder", () => {
    const one = complexGaussian(11, 8);
    const energy = one.re.reduce((a, x, i) => a + x * x + one.im[i] ** 2, 0);
    for (const precoder of ["zero-forcing", "maximum-ratio", "regularized-zero-forcing"] as const) {
      const { mean } = achievableRates(one, one, [1, 1, 8], { precoder, snrDb: [3] });
      expect(mean[0]).toBeCloseTo(Math.log2(1 + 10 ** 0.3 * energy), 12);
      const normalized = achievableRates(one, one, [1, 1, 8], {
        precoder,
        snrDb: [3],
        normalization: "user",
      });
      expect(normalized.mean[0]).toBeCloseTo(Math.log2(1 + 10 ** 0.3 * 8), 12);
    }
  });

  test("normalisation makes the scale of the data set irrelevant", () => {
    const options = { precoder: "regularized-zero-forcing", snrDb: [5], normalization: "user" } as const;
    const known = complexGaussian(12, h.re.length);
    const plain = achievableRates(h, known, size, options).mean[0];
    const scaled = achievableRates(rotate(h, 1e-6, 0), rotate(known, 1e-6, 0), size, options).mean[0];
    expect(scaled).toBeCloseTo(plain, 10);
  });

  test("drops group true and fed-back channels alike and use every sample at most once", () => {
    const re = Float32Array.from(
      { length: 11 * 3 * 2 },
      (_, i) => Math.floor(i / 6) * 10 + (Math.floor(i / 2) % 3),
    );
    const drops = formDrops({ re, im: re }, [11, 3, 2], { users: 4, subcarriers: [2, 0], seed: 5 });
    expect(drops.shape).toEqual([4, 4, 2]);
    expect(new Set(drops.samples).size).toBe(8);
    drops.samples.forEach((sample, i) => {
      expect(drops.re[2 * i]).toBe(sample * 10 + (Math.floor(i / 4) % 2 === 0 ? 2 : 0));
    });
    expect(formDrops({ re, im: re }, [11, 3, 2], { users: 4, subcarriers: [2, 0], seed: 5 })).toEqual(drops);
  });
});

describe("latency", () => {
  test("warm-up calls are not timed", async () => {
    const calls: number[] = [];
    const latency = await measureLatency(async (call) => calls.push(call), { warmUp: 3, runs: 5 });
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(latency.timesMs.length).toBe(5);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.medianMs);
  });

  test("what the function throws comes through", async () => {
    await expect(measureLatency(() => Promise.reject(new Error("no device")))).rejects.toThrow("no device");
    await expect(measureLatency(() => 0, { runs: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(measureLatency(() => 0, { warmUp: -1 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("refusals", () => {
  const good = Float32Array.of(1, 0, 0, 1);
  const one = { re: Float32Array.of(1, 2), im: Float32Array.of(0, 0) };
  test.each<[string, string, RegExp, () => unknown]>([
    ["short array", "INVALID_SHAPE", /needs 8 elements/, () => nmse(good, good, [2, 2, 1, 2])],
    ["plane axis", "INVALID_SHAPE", /second axis/, () => sgcs(good, good, [1, 1, 2, 2])],
    ["no sample axis", "INVALID_SHAPE", /batch axis/, () => nmse(one, one, [2])],
    [
      "empty batch",
      "EMPTY",
      /at least one sample/,
      () => nmse(new Float32Array(0), new Float32Array(0), [0, 2, 1, 2]),
    ],
    ["zero sample", "ZERO_ENERGY", /sample 1/, () => nmse(Float32Array.of(1, 0, 0, 0), good, [2, 2, 1])],
    [
      "centred zero",
      "ZERO_ENERGY",
      /sample 0/,
      () => sgcs(Float32Array.of(0.5, 0.5), Float32Array.of(1, 1), [1, 2, 1], { center: 0.5 }),
    ],
    ["NaN", "NOT_FINITE", /sample 0/, () => nmseDb(good, Float32Array.of(Number.NaN, 0, 0, 0), [1, 2, 1, 2])],
    ["center", "INVALID_ARGUMENT", /center/, () => nmse(good, good, [1, 2, 1, 2], { center: Number.NaN })],
    [
      "batch size",
      "INVALID_ARGUMENT",
      /batchSize/,
      () => crnetNmseDb(good, good, [1, 2, 1, 2], { batchSize: 0 }),
    ],
    ["rho shape", "INVALID_SHAPE", /subcarriers, antennas/, () => cosineSimilarity(one, one, [1, 2])],
    [
      "dead subcarrier",
      "ZERO_ENERGY",
      /sample 0, subcarrier 1/,
      () => cosineSimilarity({ re: Float32Array.of(1, 0), im: Float32Array.of(0, 0) }, one, [1, 2, 1]),
    ],
    ["rho planes", "INVALID_SHAPE", /delays/, () => csinetCosineSimilarity(good, good, [1, 2, 2])],
    [
      "rho length",
      "INVALID_ARGUMENT",
      /fftLength/,
      () => csinetCosineSimilarity(good, good, [1, 2, 2, 1], { fftLength: 1 }),
    ],
    [
      "rho bins",
      "INVALID_ARGUMENT",
      /subcarriers/,
      () => csinetCosineSimilarity(good, good, [1, 2, 2, 1], { subcarriers: 258 }),
    ],
    ["no values", "EMPTY", /value/, () => bootstrapInterval([])],
    ["bad value", "NOT_FINITE", /value 1/, () => bootstrapInterval([1, Number.POSITIVE_INFINITY])],
    ["level", "INVALID_ARGUMENT", /level/, () => bootstrapInterval([1], { level: 1 })],
    ["resamples", "INVALID_ARGUMENT", /resamples/, () => bootstrapInterval([1], { resamples: 1 })],
    ["quantile", "INVALID_ARGUMENT", /probability/, () => quantile([1], 2)],
    [
      "precoder",
      "INVALID_ARGUMENT",
      /zero-forcing/,
      () => precodingMatrix(one, [1, 2], { precoder: "dirty" as never }),
    ],
    [
      "regularisation",
      "INVALID_ARGUMENT",
      /regularization/,
      () => precodingMatrix(one, [1, 2], { precoder: "regularized-zero-forcing", regularization: -1 }),
    ],
    [
      "more users than antennas",
      "SINGULAR_CHANNEL",
      /user 1/,
      () => precodingMatrix(one, [2, 1], { precoder: "zero-forcing" }),
    ],
    [
      "zero feedback",
      "SINGULAR_CHANNEL",
      /drop 0.*user 0/,
      () =>
        achievableRates(one, { re: new Float32Array(2), im: new Float32Array(2) }, [1, 1, 2], {
          precoder: "maximum-ratio",
          snrDb: [0],
        }),
    ],
    [
      "zero truth",
      "ZERO_ENERGY",
      /user 0 of drop 0/,
      () =>
        achievableRates({ re: new Float32Array(2), im: new Float32Array(2) }, one, [1, 1, 2], {
          precoder: "maximum-ratio",
          snrDb: [0],
          normalization: "user",
        }),
    ],
    [
      "NaN truth",
      "NOT_FINITE",
      /user 0 of drop 0/,
      () =>
        achievableRates({ re: Float32Array.of(Number.NaN, 0), im: one.im }, one, [1, 1, 2], {
          precoder: "zero-forcing",
          snrDb: [0],
        }),
    ],
    [
      "SNR",
      "NOT_FINITE",
      /SNR/,
      () => achievableRates(one, one, [1, 1, 2], { precoder: "zero-forcing", snrDb: [Number.NaN] }),
    ],
    [
      "normalization",
      "INVALID_ARGUMENT",
      /normalization/,
      () =>
        achievableRates(one, one, [1, 1, 2], {
          precoder: "zero-forcing",
          snrDb: [0],
          normalization: "all" as never,
        }),
    ],
    [
      "too many users",
      "INVALID_ARGUMENT",
      /users/,
      () => formDrops(one, [1, 1, 2], { users: 2, subcarriers: [0] }),
    ],
    [
      "no such subcarrier",
      "INVALID_ARGUMENT",
      /subcarriers/,
      () => formDrops(one, [1, 1, 2], { users: 1, subcarriers: [1] }),
    ],
  ])("%s", (_, code, message, run) => {
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});

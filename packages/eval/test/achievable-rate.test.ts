// Achievable rates and precoders: laws that hold for every channel.
import { describe, expect, test } from "vitest";
import { achievableRates, formDrops, precodingMatrix } from "../src/index";
import { complexGaussian, rotate } from "./support";

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

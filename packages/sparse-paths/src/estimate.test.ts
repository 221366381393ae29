import { addEstimationNoise, generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { describe, expect, test } from "vitest";
import { CorrelationGrid } from "./correlation-grid";
import { energyOf, PathEstimator } from "./estimate";
import { PathList, WindowKernels } from "./path-list";
import { csiNetWindow, Window } from "./window";

const window = new Window(csiNetWindow, "test");
const estimator = new PathEstimator(window);

/** A channel of well separated paths. */
function separated(count: number, seed: number) {
  const random = randomStream(seed);
  const list = new PathList(new WindowKernels(window), count);
  list.count = count;
  const channel = { re: new Float64Array(window.size), im: new Float64Array(window.size) };
  for (let k = 0; k < count; k++) {
    list.place(k, 1 + 5 * (k % 6) + random.uniform(), 0, (32 * k) / count + 0.5 * random.uniform());
    list.gainsRe[k] = random.normal() + 2;
    list.gainsIm[k] = random.normal();
    list.add(k, list.gainsRe[k], list.gainsIm[k], channel);
  }
  return { list, channel };
}

describe("estimation", () => {
  test("finds delays, angles and gains of separated paths", () => {
    const { list, channel } = separated(6, 1);
    const found = estimator.estimate(channel, { paths: 6 });
    const residual = found.residual(channel);
    for (let i = 0; i < 20; i++) estimator.sweep(found, residual);
    expect(energyOf(residual) / energyOf(channel)).toBeLessThan(1e-12);
    for (let k = 0; k < 6; k++) {
      const l = found.columns.findIndex((column) => Math.abs(column - list.columns[k]) < 1e-3);
      expect(found.delays[l]).toBeCloseTo(list.delays[k], 4);
      expect(found.gainsRe[l]).toBeCloseTo(list.gainsRe[k], 3);
      expect(found.gainsIm[l]).toBeCloseTo(list.gainsIm[k], 3);
    }
  });

  test("a correlation grid brought up to date is the grid computed anew", () => {
    const { list, channel } = separated(4, 2);
    const updated = new CorrelationGrid(window);
    updated.reset(channel);
    const rest = { re: channel.re.slice(), im: channel.im.slice() };
    for (let k = 0; k < 3; k++) {
      updated.subtract(list, k);
      list.add(k, -list.gainsRe[k], -list.gainsIm[k], rest);
    }
    const anew = new CorrelationGrid(window);
    anew.reset(rest);
    expect(updated.peak().energy).toBeCloseTo(anew.peak().energy, 9);
    expect(updated.peak().delay).toBe(anew.peak().delay);
  });

  test("stops by residual and by noise", () => {
    const { data } = generateChannels({ model: "cost2100-indoor", samples: 1, seed: 9 });
    const clean = window.unwind(data, "test");
    const byResidual = estimator.estimate(clean, { paths: 100, residual: 0.01 });
    expect(energyOf(byResidual.residual(clean)) / energyOf(clean)).toBeLessThan(0.01);
    expect(byResidual.count).toBeLessThan(30);

    const snr = 10;
    const noisy = window.unwind(addEstimationNoise(data, randomStream(4), { snr }), "test");
    const variance = energyOf(clean) / window.size / 10 ** (snr / 10);
    const stopped = estimator.estimate(noisy, { paths: 100, noise: variance });
    expect(stopped.count).toBeGreaterThan(3);
    expect(stopped.count).toBeLessThan(40);
    // Paths filter: what they rebuild is closer to the truth than what was estimated.
    const left = stopped.residual(noisy);
    const error = clean.re.reduce(
      (sum, value, i) =>
        sum + (value - noisy.re[i] + left.re[i]) ** 2 + (clean.im[i] - noisy.im[i] + left.im[i]) ** 2,
      0,
    );
    expect(error / energyOf(clean)).toBeLessThan(0.25 * 10 ** (-snr / 10));
  });

  test("noise alone has no paths, nothing has none, 256 paths of a dense channel work", () => {
    const random = randomStream(5);
    const noise = {
      re: Float64Array.from({ length: 1024 }, () => random.normal()),
      im: Float64Array.from({ length: 1024 }, () => random.normal()),
    };
    expect(estimator.estimate(noise, { paths: 50, noise: 2 }).count).toBe(0);
    const nothing = { re: new Float64Array(1024), im: new Float64Array(1024) };
    expect(estimator.estimate(nothing, { paths: 50 }).count).toBe(0);
    const dense = estimator.estimate(noise, { paths: 256, sweepGrowth: 3 });
    expect(dense.count).toBe(256);
    expect(energyOf(dense.residual(noise)) / energyOf(noise)).toBeLessThan(0.25);
  });
});

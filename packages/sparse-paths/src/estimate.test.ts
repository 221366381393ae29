import { addEstimationNoise, generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import { describe, expect, test } from "vitest";
import { CorrelationGrid } from "./correlation-grid";
import { energyOf, PathEstimator, unitEnergy } from "./estimate";
import { PathList, WindowKernels } from "./path-list";
import { SearchField } from "./search-field";
import { csiNetWindow, type Planes, Window } from "./window";

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

/** The channel minus all paths, in double precision. */
function residualOf(paths: PathList, channel: Planes): Planes {
  const rest = { re: channel.re.slice(), im: channel.im.slice() };
  for (let k = 0; k < paths.count; k++) paths.add(k, -paths.gainsRe[k], -paths.gainsIm[k], rest);
  return rest;
}

const leftBy = (paths: PathList, channel: Planes) => energyOf(residualOf(paths, channel));

describe("estimation", () => {
  test("finds delays, angles and gains of separated paths", () => {
    const { list, channel } = separated(6, 1);
    const found = estimator.estimate(channel, { paths: 6 });
    for (let i = 0; i < 20; i++) estimator.sweep(found);
    // Single precision: 24 bits, -140 dB.
    expect(leftBy(found, channel) / energyOf(channel)).toBeLessThan(1e-11);
    for (let k = 0; k < 6; k++) {
      const l = found.columns.findIndex((column) => Math.abs(column - list.columns[k]) < 1e-3);
      expect(found.delays[l]).toBeCloseTo(list.delays[k], 4);
      expect(found.gainsRe[l]).toBeCloseTo(list.gainsRe[k], 3);
      expect(found.gainsIm[l]).toBeCloseTo(list.gainsIm[k], 3);
    }
  });

  test("a correlation grid brought up to date is the grid computed anew", () => {
    const { list, channel } = separated(4, 2);
    const field = new SearchField(window);
    const grid = new CorrelationGrid(field);
    field.load(channel);
    grid.reset();
    for (let k = 0; k < 3; k++) {
      grid.subtract(list, k);
      field.add(list, k, -list.gainsRe[k], -list.gainsIm[k]);
    }
    const updated = grid.peak();
    grid.reset();
    const anew = grid.peak();
    expect(updated.energy / anew.energy).toBeCloseTo(1, 4);
    expect({ ...updated, energy: 0 }).toEqual({ ...anew, energy: 0 });
  });

  test("stops by residual and by noise", () => {
    const { data } = generateChannels({ model: "cost2100-indoor", samples: 1, seed: 9 });
    const { unit: clean, norm } = unitEnergy(window.unwind(data, "test"));
    const byResidual = estimator.estimate(clean, { paths: 100, residual: 0.01 });
    expect(leftBy(byResidual, clean) / energyOf(clean)).toBeLessThan(0.01);
    expect(byResidual.count).toBeLessThan(30);

    const snr = 10;
    const noisySample = addEstimationNoise(data, randomStream(4), { snr }).map((value) => value / norm);
    const noisy = window.unwind(noisySample, "test");
    const variance = energyOf(clean) / window.size / 10 ** (snr / 10);
    const stopped = estimator.estimate(noisy, { paths: 100, noise: variance });
    expect(stopped.count).toBeGreaterThan(3);
    expect(stopped.count).toBeLessThan(40);
    // Paths filter: what they rebuild is closer to the truth than what was estimated.
    const left = residualOf(stopped, noisy);
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
    expect(leftBy(dense, noise) / energyOf(noise)).toBeLessThan(0.25);
  });
});

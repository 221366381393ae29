import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type RandomStream, randomStream } from "@csi-feedback/common";
import { describe, expect, it } from "vitest";
import { deviation, kolmogorovSmirnov, largestShares, mean } from "../../test/statistics";
import { generateChannels } from "../generate";
import { cost2100 } from ".";
import { drawCost2100Paths } from "./paths";
import { type Cost2100Parameters, cost2100Parameters } from "./scenarios";
import { drawVisibleClusters, type VisibleCluster } from "./visibility-regions";

/** The model's text to the letter: every region of the cell dropped, then grouped, then tested. */
function dropEveryRegion(
  random: RandomStream,
  parameters: Cost2100Parameters,
  user: { x: number; y: number },
): VisibleCluster[] {
  const { cellRadius, visibilityRadius, transitionLength, farClusters, extraRegionsPerCluster } = parameters;
  const clusters =
    farClusters.distribution === "poisson" ? Math.max(1, random.poisson(farClusters.mean)) : farClusters.mean;
  const density = clusters / (Math.PI * (visibilityRadius - transitionLength) ** 2);
  const regions = Array.from({ length: Math.round(density * Math.PI * cellRadius ** 2) }, () => {
    const radius = cellRadius * Math.sqrt(random.uniform());
    const angle = 2 * Math.PI * random.uniform();
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
  const free = regions.map((_, r) => r);
  const groups: number[][] = [];
  while (free.length > 0) {
    const group = free.splice(0, 1);
    for (let extra = random.poisson(extraRegionsPerCluster); extra > 0 && free.length > 0; extra--) {
      group.push(...free.splice(random.integer(free.length), 1));
    }
    groups.push(group);
  }
  const visible: VisibleCluster[] = [];
  for (const group of groups) {
    const own = group.map((r) => regions[r]);
    const distances = own.map((region) => Math.hypot(region.x - user.x, region.y - user.y));
    const regionDistance = Math.min(...distances);
    if (regionDistance < visibilityRadius) {
      visible.push({ regionDistance, reference: own[random.integer(own.length)] });
    }
  }
  return visible;
}

describe("visibility regions", () => {
  // Inside the cell, and at its edge where the user's surroundings stick out of it.
  for (const user of [
    { x: 3, y: -5 },
    { x: 29, y: 2 },
  ]) {
    it(`the shortcut draws what dropping every region draws, user at ${user.x}, ${user.y}`, () => {
      const parameters = cost2100Parameters("cost2100-indoor");
      const drops = 200;
      const draw = (method: typeof dropEveryRegion, seed: number) =>
        Array.from({ length: drops }, (_, i) => method(randomStream(seed, i), parameters, user));
      const ours = draw(drawVisibleClusters, 1);
      const plain = draw(dropEveryRegion, 2);
      const count = (all: VisibleCluster[][]) => all.map((clusters) => clusters.length);
      const difference = mean(count(ours)) - mean(count(plain));
      const error = Math.hypot(deviation(count(ours)), deviation(count(plain))) / Math.sqrt(drops);
      expect(Math.abs(difference) / error).toBeLessThan(3);
      expect(kolmogorovSmirnov(count(ours), count(plain))).toBeGreaterThan(0.01);
      const of = (all: VisibleCluster[][], value: (c: VisibleCluster) => number) => all.flat().map(value);
      for (const value of [
        (c: VisibleCluster) => c.regionDistance,
        (c: VisibleCluster) => Math.hypot(c.reference.x - user.x, c.reference.y - user.y),
        (c: VisibleCluster) => Math.atan2(c.reference.y, c.reference.x),
      ]) {
        expect(kolmogorovSmirnov(of(ours, value), of(plain, value))).toBeGreaterThan(0.01);
      }
    });
  }

  it("one region per cluster outdoors", () => {
    const parameters = cost2100Parameters("cost2100-semi-urban-nlos");
    const counts = Array.from(
      { length: 1000 },
      (_, i) => drawVisibleClusters(randomStream(3, i), parameters, { x: 100, y: 50 }).length,
    );
    const expected = Math.round((6 * 500 ** 2) / 12.3 ** 2) * (24.5 / 500) ** 2;
    expect(Math.abs(mean(counts) - expected)).toBeLessThan(4 * Math.sqrt(expected / 1000));
    expect(Math.abs(deviation(counts) ** 2 / expected - 1)).toBeLessThan(0.2);
  });
});

describe("parameters", () => {
  it("mean and deviation become a lognormal law with that mean and deviation", () => {
    const law = cost2100Parameters("cost2100-indoor").largeScale[1];
    const random = randomStream(4);
    const values = Array.from(
      { length: 20000 },
      () => law.median * 10 ** (0.1 * law.sigma * random.normal()),
    );
    expect(mean(values) / 3e-9).toBeCloseTo(1, 1);
    expect(deviation(values) / 0.6e-9).toBeCloseTo(1, 1);
  });

  it("the factor reproduces the correlation matrix", () => {
    const { correlationFactor } = cost2100Parameters("cost2100-semi-urban-nlos");
    const entry = (i: number, j: number) =>
      correlationFactor[i].reduce((sum, value, k) => sum + value * (correlationFactor[j][k] ?? 0), 0);
    expect(
      [entry(0, 1), entry(0, 2), entry(1, 3), entry(3, 5), entry(1, 1)].map((v) => +v.toFixed(12)),
    ).toEqual([-0.1, 0, 0.9, 0.9, 1]);
  });
});

describe("paths", () => {
  it("counts follow from the clusters", () => {
    const indoor = drawCost2100Paths(randomStream(1), cost2100Parameters("cost2100-indoor"), {
      user: { x: 4, y: 2 },
      baseStationHeight: 0,
      userHeight: 0,
    });
    expect(indoor.paths.delays.length).toBe(3 * (indoor.activeClusters + 2));
    const draw = cost2100("cost2100-semi-urban-los", { user: { x: 100, y: -200 } })(randomStream(2));
    expect(draw.paths.delays.length).toBe(27 * (draw.details.activeClusters + 1) + 1);
    expect(draw.user).toEqual({ x: 100, y: -200 });
    expect(draw.paths.delays.at(-1)).toBeCloseTo(Math.hypot(100, 200) / 3e8, 15);
  });

  it("the direct path holds -4.7 dB of all others, 2 dB spread", () => {
    const draw = cost2100("cost2100-semi-urban-los");
    const factors = Array.from({ length: 50 }, (_, i) => {
      const { gainsRe, gainsIm } = draw(randomStream(9, i)).paths;
      const powers = gainsRe.map((re, l) => re * re + gainsIm[l] ** 2);
      const last = powers.length - 1;
      return 10 * Math.log10(powers[last] / powers.subarray(0, last).reduce((sum, power) => sum + power, 0));
    });
    expect(Math.abs(mean(factors) + 4.7)).toBeLessThan(1);
    expect(Math.abs(deviation(factors) - 2)).toBeLessThan(0.8);
  });

  it("no path is shorter than the straight line", () => {
    for (let i = 0; i < 20; i++) {
      const { paths, user } = cost2100("cost2100-indoor")(randomStream(5, i));
      expect(Math.min(...paths.delays)).toBeGreaterThanOrEqual(
        (Math.hypot(user.x, user.y) / 3e8) * (1 - 1e-12),
      );
    }
  });
});

describe("against samples of the reference implementation", () => {
  type Statistics = Record<"delaySpread" | "energyKept" | "share14" | "share55" | "share220", number[]>;
  const reference: Record<string, Statistics> = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../test/fixtures/cost2100-reference.json"), "utf8"),
  );
  for (const [model, samples] of [
    ["cost2100-indoor", 300],
    ["cost2100-semi-urban-nlos", 80],
  ] as const) {
    it(model, () => {
      const { data, metadata } = generateChannels({ model, samples, seed: 20 });
      const theirs = reference[model];
      const ours: Statistics = {
        delaySpread: Array.from(metadata.delaySpread, (value) => value * 1e9),
        energyKept: Array.from(metadata.energyKept),
        share14: Array.from(largestShares(data, samples, 14)),
        share55: Array.from(largestShares(data, samples, 55)),
        share220: Array.from(largestShares(data, samples, 220)),
      };
      for (const name of Object.keys(ours) as (keyof Statistics)[]) {
        expect(kolmogorovSmirnov(ours[name], theirs[name]), name).toBeGreaterThan(0.01);
      }
    });
  }

  it("mean clusters of the reference's 1,000 indoor and 886 outdoor samples", () => {
    const indoor = generateChannels({ model: "cost2100-indoor", samples: 300, seed: 21 }).metadata;
    // Standard deviation of the count is 5.6; the reference's mean has an error of 0.18.
    expect(Math.abs(mean(indoor.activeClusters) - 9.53)).toBeLessThan(1.2);
    const draw = cost2100("cost2100-semi-urban-nlos");
    const outdoor = Array.from({ length: 100 }, (_, i) => draw(randomStream(22, i)).details.activeClusters);
    expect(Math.abs(mean(outdoor) - 23.9)).toBeLessThan(1.6);
  });
});

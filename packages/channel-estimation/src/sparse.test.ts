// Dictionaries and pursuit on channels made by hand, where the answer is known.
import { randomStream } from "@csi-feedback/common";
import { describe, expect, test } from "vitest";
import { channelOf, errorDb, irregular, linear, planar } from "../test/arrays";
import { innerProduct } from "./complex";
import { angleDictionary, type Dictionary, polarDictionary } from "./dictionary";
import { gridlessPursuit } from "./gridless";
import { observe, randomPilots } from "./pilots";
import { hybridFieldOmp, omp, somp } from "./pursuit";
import { arrayResponse, excessDerivatives } from "./waves";

const places = linear(64);
const angles = angleDictionary(places);
const nearest = 100;
const polar = polarDictionary(places, { nearest, oversampling: 2 });

function code(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

const noise = (seed: number, variance: number, antennas = 64) => ({
  noiseVariance: variance,
  stream: randomStream(seed, antennas),
});

describe("waves", () => {
  test("a spherical wave has the phase of the exact distance", () => {
    const array = planar(3, 4);
    const { across } = array;
    const up = array.up as Float64Array;
    const [u, v, distance] = [0.3, -0.5, 20];
    const { re, im } = arrayResponse(array, { u, v, curvature: 1 / distance });
    const w = Math.sqrt(1 - u * u - v * v);
    for (let n = 0; n < 12; n++) {
      // The source stands opposite to where u and v raise the distance.
      const exact = Math.hypot(across[n] + distance * u, up[n] + distance * v, distance * w) - distance;
      expect(re[n] * Math.sqrt(12)).toBeCloseTo(Math.cos(2 * Math.PI * exact), 10);
      expect(im[n] * Math.sqrt(12)).toBeCloseTo(-Math.sin(2 * Math.PI * exact), 10);
    }
  });

  test("derivatives are those of differences, at plane waves as well", () => {
    const [x, y] = [3, -7];
    const phase = (u: number, v: number, curvature: number) => {
      // sin(phase) of a one-antenna array, small enough not to wrap.
      const scaled = { across: Float64Array.of(x / 1e3), up: Float64Array.of(y / 1e3) };
      const { im } = arrayResponse(scaled, { u, v, curvature: curvature * 1e3 });
      return (-Math.asin(im[0]) / (2 * Math.PI)) * 1e3;
    };
    for (const curvature of [0, 0.02]) {
      const one = { across: Float64Array.of(x), up: Float64Array.of(y) };
      const derivatives = excessDerivatives(one, { u: 0.2, v: 0.4, curvature });
      const [byU, byV, byCurvature] = derivatives.map(([value]) => value);
      const d = 1e-5;
      expect(byU).toBeCloseTo((phase(0.2 + d, 0.4, curvature) - phase(0.2 - d, 0.4, curvature)) / (2 * d), 4);
      expect(byV).toBeCloseTo((phase(0.2, 0.4 + d, curvature) - phase(0.2, 0.4 - d, curvature)) / (2 * d), 4);
      expect(byCurvature).toBeCloseTo(
        (phase(0.2, 0.4, curvature + d) - phase(0.2, 0.4, curvature - d)) / (2 * d),
        3,
      );
    }
  });
});

describe("dictionaries", () => {
  test("the angle domain of a regular array is an orthonormal basis", () => {
    for (const [dictionary, size] of [
      [angles, 64],
      [angleDictionary(planar(4, 8)), 0],
    ] as const) {
      if (size > 0) expect(dictionary.size).toBe(size);
      for (let i = 0; i < dictionary.size; i += 7) {
        for (let j = 0; j < dictionary.size; j += 3) {
          const [re, im] = innerProduct(dictionary.atom(i), dictionary.atom(j));
          expect(Math.hypot(re, im)).toBeCloseTo(i === j ? 1 : 0, 9);
        }
      }
    }
  });

  test.each([
    ["angle", angles, 1e-9],
    // The FFT leaves out terms of the third order.
    ["polar", polar, 0.08],
  ] as const)("FFT correlations are those of the exact atoms: %s", (_, dictionary, tolerance) => {
    const residual = observe(channelOf(places, []), noise(1, 1));
    const energies = new Float64Array(dictionary.size);
    dictionary.addCorrelations(residual, energies);
    for (let i = 0; i < dictionary.size; i++) {
      const [re, im] = innerProduct(dictionary.atom(i), residual);
      expect(Math.abs(energies[i] - (re * re + im * im))).toBeLessThan(tolerance * 8);
    }
  });

  test("every wave is near one of a polar grid", () => {
    const worst = (dictionary: Dictionary, array: typeof places) => {
      let least = 1;
      const stream = randomStream(5);
      for (let i = 0; i < 60; i++) {
        const wave = { u: 1.8 * stream.uniform() - 0.9, v: 0, curvature: stream.uniform() / nearest };
        const energies = new Float64Array(dictionary.size);
        dictionary.addCorrelations(arrayResponse(array, wave), energies);
        least = Math.min(
          least,
          energies.reduce((a, b) => Math.max(a, b)),
        );
      }
      return least;
    };
    expect(worst(polarDictionary(places, { nearest, oversampling: 4 }), places)).toBeGreaterThan(0.7);
    const moved = irregular(64);
    expect(worst(polarDictionary(moved, { nearest, oversampling: 4 }), moved)).toBeGreaterThan(0.7);
    // Near the array, plane waves alone do not do.
    expect(worst(angleDictionary(places, { oversampling: 4 }), places)).toBeLessThan(0.5);
  });

  test("impossible grids are refused", () => {
    expect(code(() => polarDictionary(places, { nearest: 0 }))).toBe("INVALID_ARGUMENT");
    expect(code(() => angleDictionary(places, { oversampling: 0 }))).toBe("INVALID_ARGUMENT");
    expect(code(() => angleDictionary({ across: new Float64Array(0) }))).toBe("INVALID_SHAPE");
    const lopsided = { across: new Float64Array(2), up: new Float64Array(1) };
    expect(code(() => angleDictionary(lopsided))).toBe("INVALID_SHAPE");
  });
});

describe("orthogonal matching pursuit", () => {
  const onGrid = [11, 30, 52].map((index) => angles.wave(index));

  test("finds plane waves on the grid exactly", () => {
    const channel = channelOf(places, onGrid);
    const { channel: estimate, waves } = omp(channel, angles, { picks: 3 });
    expect(errorDb(estimate, channel)).toBeLessThan(-200);
    expect(waves.map(({ u }) => u).sort()).toEqual(onGrid.map(({ u }) => u).sort());
    // With nothing left, there is nothing to pick.
    expect(omp(channel, angles, { picks: 64, noiseVariance: 1e-12 }).waves.length).toBe(3);
  });

  test("finds curved waves in the polar domain and not in the angle domain", () => {
    const wave = polar.wave(polar.size - 20);
    const channel = channelOf(places, [wave]);
    expect(errorDb(omp(channel, polar, { picks: 1 }).channel, channel)).toBeLessThan(-25);
    expect(errorDb(omp(channel, angles, { picks: 1 }).channel, channel)).toBeGreaterThan(-6);
  });

  test("counts its multiply-accumulates", () => {
    const { multiplyAccumulates } = omp(channelOf(places, onGrid), angles, { picks: 1 });
    // A ring of one FFT of 64 and its energies; a norm, a projection, and the gains and the channel.
    expect(angles.multiplyAccumulates).toBe(4 * 64 + 2 * 64 * 6 + 2 * 64);
    expect(multiplyAccumulates).toBe(angles.multiplyAccumulates + 4 * 64 + 8 * 64 + 8 * 64);
  });

  test("sees through a combining matrix of half as many pilots", () => {
    const pilots = randomPilots({ antennas: 64, pilots: 32, seed: 8 });
    const channel = channelOf(places, onGrid);
    const observed = observe(channel, { ...noise(1, 0), pilots });
    const { channel: estimate } = omp(observed, angles, { picks: 3 }, pilots);
    expect(errorDb(estimate, channel)).toBeLessThan(-200);
  });

  test("noise alone is nothing, and is not fitted", () => {
    let picked = 0;
    for (let i = 0; i < 100; i++) {
      const observed = observe(channelOf(places, []), noise(i, 1));
      picked += omp(observed, angles, { noiseVariance: 1 }).waves.length;
    }
    expect(picked).toBeLessThanOrEqual(4);
  });

  test("several observations of the same waves find what one misses", () => {
    let [single, shared] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const channels = Array.from({ length: 8 }, (_, i) => channelOf(places, onGrid, 100 * seed + i));
      const observed = channels.map((channel, i) => observe(channel, noise(1000 * seed + i, 0.6)));
      single += errorDb(omp(observed[0], angles, { picks: 3 }).channel, channels[0]);
      shared += errorDb(somp(observed, angles, { picks: 3 })[0].channel, channels[0]);
    }
    expect(shared).toBeLessThan(single);
    expect(code(() => somp([], angles, { picks: 1 }))).toBe("EMPTY");
  });

  test("simultaneous pursuit finds curved waves of the polar grid exactly", () => {
    // The most curved ring and the plane waves, in directions far apart.
    const chosen = [polar.wave(polar.size - 20), polar.wave(20), polar.wave(polar.size - 60)];
    expect(chosen.filter(({ curvature }) => curvature > 0)).toHaveLength(2);
    const channels = [1, 2, 3, 4].map((seed) => channelOf(places, chosen, seed));
    const found = somp(channels, polar, { picks: 3 });
    const sorted = (waves: readonly { u: number; curvature: number }[]) =>
      waves.map(({ u, curvature }) => [u, curvature]).sort(([a], [b]) => a - b);
    for (const [i, { channel, waves }] of found.entries()) {
      expect(sorted(waves)).toEqual(sorted(chosen));
      expect(errorDb(channel, channels[i])).toBeLessThan(-200);
    }
  });

  test("hybrid field: plane waves first, curved ones after", () => {
    const near = polar.wave(polar.size - 20);
    const channel = channelOf(places, [onGrid[0], near]);
    const { channel: estimate, waves } = hybridFieldOmp(channel, {
      far: angles,
      farRule: { picks: 1 },
      near: polar,
      nearRule: { picks: 1 },
    });
    expect(waves).toEqual([onGrid[0], near]);
    expect(errorDb(estimate, channel)).toBeLessThan(-200);
  });

  test("rules and shapes are checked", () => {
    const channel = channelOf(places, onGrid);
    expect(code(() => omp(channel, angles, {}))).toBe("INVALID_ARGUMENT");
    expect(code(() => omp(channel, angles, { picks: -1 }))).toBe("INVALID_ARGUMENT");
    expect(code(() => omp({ re: channel.re, im: new Float64Array(2) }, angles, { picks: 1 }))).toBe(
      "INVALID_SHAPE",
    );
    const broken = { re: channel.re.map(() => Number.NaN), im: channel.im };
    expect(code(() => omp(broken, angles, { picks: 1 }))).toBe("NOT_FINITE");
  });
});

describe("gridless pursuit", () => {
  const waves = [
    { u: -0.613, v: 0, curvature: 0 },
    { u: 0.1047, v: 0, curvature: 1 / 173 },
    { u: 0.4711, v: 0, curvature: 1 / 411 },
  ];

  test.each([
    ["linear", places],
    ["irregular", irregular(64)],
  ] as const)("finds waves between the grid points: %s array", (_, array) => {
    const channel = channelOf(array, waves);
    const dictionary = polarDictionary(array, { nearest, oversampling: 2 });
    const found = gridlessPursuit(channel, {
      places: array,
      dictionary,
      nearest,
      noiseVariance: 0,
      paths: 3,
    });
    expect(errorDb(found.channel, channel)).toBeLessThan(-60);
    expect(found.waves.map(({ u }) => u.toFixed(3)).sort()).toEqual(
      waves.map(({ u }) => u.toFixed(3)).sort(),
    );
  });

  test("finds directions in two dimensions on a planar array", () => {
    const array = planar(8, 8);
    const plane = [
      { u: 0.31, v: -0.22, curvature: 0 },
      { u: -0.4, v: 0.517, curvature: 0 },
    ];
    const channel = channelOf(array, plane);
    const dictionary = angleDictionary(array, { oversampling: 2 });
    const found = gridlessPursuit(channel, {
      places: array,
      dictionary,
      nearest,
      noiseVariance: 0,
      paths: 2,
    });
    expect(errorDb(found.channel, channel)).toBeLessThan(-60);
  });

  test("with noise, is near the bound and better than pursuit on the grid", () => {
    const variance = 0.02;
    let [grid, free] = [0, 0];
    const trials = 20;
    for (let i = 0; i < trials; i++) {
      const channel = channelOf(places, waves, i);
      const observed = observe(channel, noise(i, variance));
      const error = (estimate: typeof channel) =>
        10 ** (errorDb(estimate, channel) / 10) * innerProduct(channel, channel)[0];
      grid += error(omp(observed, polar, { noiseVariance: variance }).channel);
      free += error(
        gridlessPursuit(observed, { places, dictionary: polar, nearest, noiseVariance: variance }).channel,
      );
    }
    // Efficient estimation of 12 real parameters leaves an error of 12 / 2 noise variances.
    expect(free / trials / (6 * variance)).toBeLessThan(1.6);
    expect(free).toBeLessThan(0.7 * grid);
  });
});

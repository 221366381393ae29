import { generateChannels } from "@csi-feedback/channel-models";
import { csiNetWindow, synthesizePaths } from "@csi-feedback/sparse-paths";
import {
  cellGrid,
  coordinatesOf,
  gainOf,
  PathEstimator,
  Window,
  WindowKernels,
} from "@csi-feedback/sparse-paths/parts";
import { expect, test } from "vitest";
import {
  Atoms,
  energyOf,
  fitJointly,
  gradientOf,
  gramOf,
  type Paths,
  pathsIn,
  polarOf,
  residualOf,
} from "./joint-fit";
import { quantizeJointly } from "./joint-quantize";

const window = new Window(csiNetWindow, "test");
const kernels = new WindowKernels(window);
const truth: Paths = {
  delays: Float64Array.of(4.3, 4.9, 12.2, 20.75),
  columns: Float64Array.of(31.9, 0.6, 15.4, 8),
  gainsRe: Float64Array.of(1, -0.4, 0.2, 0.05),
  gainsIm: Float64Array.of(0.3, 0.7, -0.3, 0.02),
};
const channelOf = ({ delays, columns, gainsRe, gainsIm }: Paths) =>
  window.unwind(
    synthesizePaths(
      Array.from(delays, (delay, k) => ({
        delay,
        row: 0,
        column: columns[k],
        gainRe: gainsRe[k],
        gainIm: gainsIm[k],
      })),
      csiNetWindow,
    ),
    "test",
  );
const moved = (by: number): Paths => ({
  delays: truth.delays.map((value, k) => value + by * (k % 2 === 0 ? 1 : -1)),
  columns: truth.columns.map((value, k) => value + by * (k < 2 ? 1 : -1)),
  gainsRe: truth.gainsRe.map((value) => value * (1 + by)),
  gainsIm: truth.gainsIm.map((value) => value * (1 - by)),
});

test("the Gram matrix and the gradient are those of differences", () => {
  const channel = channelOf(truth);
  const paths = moved(0.05);
  const atoms = new Atoms(kernels, 4);
  atoms.placeAll(paths);
  const gains = polarOf(paths);
  const gram = gramOf(atoms, gains);
  const residual = residualOf(channel, paths, atoms);
  const gradient = gradientOf(residual, atoms, gains);
  const step = 1e-6;
  // Columns of the Jacobian by differences of the residual.
  const columns = Array.from({ length: 16 }, (_, i) => {
    const k = Math.floor(i / 4);
    const changed = moved(0.05);
    if (i % 4 === 0) {
      changed.gainsRe[k] += step * gains.cosine[k];
      changed.gainsIm[k] += step * gains.sine[k];
    } else if (i % 4 === 1) {
      changed.gainsRe[k] -= step * gains.sine[k];
      changed.gainsIm[k] += step * gains.cosine[k];
    } else if (i % 4 === 2) changed.delays[k] += step;
    else changed.columns[k] += step;
    const there = new Atoms(kernels, 4);
    there.placeAll(changed);
    const after = residualOf(channel, changed, there);
    return {
      re: after.re.map((value, m) => (residual.re[m] - value) / step),
      im: after.im.map((value, m) => (residual.im[m] - value) / step),
    };
  });
  const inner = (a: typeof residual, b: typeof residual) =>
    a.re.reduce((sum, value, m) => sum + value * b.re[m] + a.im[m] * b.im[m], 0);
  for (let i = 0; i < 16; i++) {
    expect(gradient[i]).toBeCloseTo(inner(columns[i], residual), 4);
    for (let j = 0; j <= i; j++) expect(gram.get(i, j)).toBeCloseTo(inner(columns[i], columns[j]), 4);
  }
});

test("paths a little off are found again exactly, also around the circle of angles", () => {
  const channel = channelOf(truth);
  const paths = moved(0.15);
  const left = fitJointly(channel, paths, kernels, { steps: 60, gain: 0 });
  // Samples are float32.
  expect(left / energyOf(channel)).toBeLessThan(1e-12);
  for (let k = 0; k < 4; k++) {
    expect(paths.delays[k]).toBeCloseTo(truth.delays[k], 3);
    expect(paths.columns[k]).toBeCloseTo(truth.columns[k], 3);
    expect(paths.gainsRe[k]).toBeCloseTo(truth.gainsRe[k], 3);
  }
});

test("quantised paths leave the error that is told, and less at finer steps", () => {
  const channel = channelOf(truth);
  const grid = cellGrid(window);
  let before = energyOf(channel);
  for (const step of [0.1, 0.02, 0.004, 0.0005]) {
    const { paths, error } = quantizeJointly(channel, truth, step, kernels, grid);
    const rest = { re: channel.re.slice(), im: channel.im.slice() };
    const atom = new Atoms(kernels, 1);
    for (const path of paths) {
      const [delay, , column] = coordinatesOf(path, grid);
      const [re, im] = gainOf(path);
      atom.place(0, delay, column);
      atom.add(0, -re * step, -im * step, rest);
    }
    expect(energyOf(rest)).toBeCloseTo(error, 9);
    expect(error).toBeLessThan(before / 4);
    before = error;
  }
});

test("steps far finer than what the fit leaves do not throw paths away", () => {
  const { data } = generateChannels({ model: "street-canyon", samples: 4, seed: 2 });
  for (let i = 0; i < 4; i++) {
    const channel = window.unwind(data.slice(i * 2048, (i + 1) * 2048), "test");
    const paths = pathsIn(new PathEstimator(window).estimate(channel, { paths: 8 }));
    const left = fitJointly(channel, paths, kernels, { steps: 8, gain: 0.01 });
    const strongest = Math.max(...paths.gainsRe.map((re, k) => Math.hypot(re, paths.gainsIm[k])));
    for (const step of [2 ** -15 * strongest, 2 ** -18 * strongest]) {
      const { error } = quantizeJointly(channel, paths, step, kernels, cellGrid(window));
      expect(error).toBeLessThan(100 * left);
    }
  }
});

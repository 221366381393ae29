// Looking at files of channels and converting them: on the reference channels that
// travel with the app, and on damaged files.
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChannels } from "@csi-feedback/datasets/node";
import { beforeAll, expect, test } from "vitest";
import { csiFeedback } from "./run";

const indoor = join(import.meta.dirname, "..", "data", "cost2100-indoor-200.mat");
const errorLine = (stderr: string) => stderr.split("\n").find((line) => line.startsWith("error:")) ?? "";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "data-files-"));
});

test("stats measures what the reference samples are known for", async () => {
  const { code, stdout } = await csiFeedback("data", "stats", indoor, "--json");
  expect(code).toBe(0);
  const statistics = JSON.parse(stdout);
  expect(statistics.samples).toBe(200);
  expect(statistics.largest.map(({ elements }: { elements: number }) => elements)).toEqual([
    221, 111, 56, 28,
  ]);
  // The M-largest control of these channels: -20.8, -16.2, -12.6, -9.7 dB.
  const levels = statistics.largest.map(({ nmseDb }: { nmseDb: number }) => nmseDb);
  for (const [i, level] of [-20.8, -16.2, -12.6, -9.7].entries()) {
    expect(Math.abs(levels[i] - level)).toBeLessThan(0.4);
  }
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  expect(total(statistics.delayPower)).toBeCloseTo(1, 6);
  expect(total(statistics.anglePower)).toBeCloseTo(1, 6);
  expect(statistics.perSample.DS_ns.mean).toBeGreaterThan(25);
  expect(statistics.perSample.DS_ns.mean).toBeLessThan(50);
  expect(statistics.delaySpread.taps.median).toBeGreaterThan(0);
  expect(statistics.angleSpread.beams.median).toBeGreaterThan(0);
  // Many clusters, none of them dominant.
  expect(Math.abs(statistics.kFactor.median)).toBeLessThan(3);

  const table = await csiFeedback("data", "stats", indoor);
  expect(table.stdout).toContain("NMSE [dB]");
  expect(table.stdout).toContain("delay tap");
});

test("stats shows what the generator put on record", async () => {
  const path = join(folder, "uma.h5");
  await csiFeedback(
    "data",
    "generate",
    "--channel",
    "uma-los",
    "--samples",
    "20",
    "--workers",
    "1",
    "--out",
    path,
  );
  const { stdout } = await csiFeedback("data", "stats", path, "--json");
  const { perSample, delaySpread } = JSON.parse(stdout);
  for (const name of ["delaySpread", "azimuthSpread", "kFactor", "energyKept"]) {
    expect(perSample[name].count).toBe(20);
  }
  expect(delaySpread.seconds.mean).toBeCloseTo(delaySpread.taps.mean / 100e6, 12);
  expect((await csiFeedback("data", "stats", path)).stdout).toContain("K factor [dB]");
});

test("plot writes SVG and PNG", async () => {
  const { code } = await csiFeedback("data", "plot", indoor, "--out", join(folder, "figures", "indoor"));
  expect(code).toBe(0);
  expect((await readdir(join(folder, "figures"))).sort()).toEqual(["indoor.png", "indoor.svg"]);
  const svg = await readFile(join(folder, "figures", "indoor.svg"), "utf8");
  expect(svg).toContain("Power-delay profile");
  expect(svg).toContain("200 samples");
});

test("convert: there and back loses nothing that the format can hold", async () => {
  const convert = (...args: string[]) => csiFeedback("data", "convert", ...args);
  const [h5, mat, npy] = ["a.h5", "b.mat", "c.npy"].map((name) => join(folder, name));
  expect((await convert(indoor, h5)).code).toBe(0);
  expect((await convert(h5, mat)).code).toBe(0);
  const toNpy = await convert(mat, npy, "--to", "npy");
  expect(toNpy.code).toBe(0);
  expect(toNpy.stderr).toContain("the scale");
  const original = await readChannels(indoor);
  const back = await readChannels(mat);
  const differs = (values: Float32Array) => values.findIndex((value, i) => value !== original.data[i]);
  expect(back.data.length).toBe(original.data.length);
  expect(differs(back.data)).toBe(-1);
  expect(back.scale).toEqual(original.scale);
  expect(back.perSample).toEqual(original.perSample);
  expect(differs((await readChannels(npy)).data)).toBe(-1);

  const existing = await convert(indoor, h5);
  expect(existing.code).toBe(4);
  expect(errorLine(existing.stderr)).toContain("--force");
  expect((await convert(indoor, h5, "--force")).code).toBe(0);
  expect((await convert(indoor, join(folder, "x.txt"))).code).toBe(2);
  expect((await convert(indoor, join(folder, "x.mat"), "--to", "csv")).code).toBe(2);
});

test("damaged and foreign files are one line with the file's name, exit code 4, and leave nothing", async () => {
  const whole = await readFile(indoor);
  const path = (name: string) => join(folder, name);
  await csiFeedback("data", "convert", indoor, path("good.h5"));
  const hdf5 = await readFile(path("good.h5"));
  const corrupt = hdf5.slice();
  corrupt.fill(0x55, hdf5.length >> 1, (hdf5.length >> 1) + 64);
  const files = {
    "truncated.mat": whole.subarray(0, whole.length >> 1),
    "truncated.h5": hdf5.subarray(0, hdf5.length >> 1),
    "corrupt.h5": corrupt,
    "empty.mat": Buffer.alloc(0),
    "text.mat": Buffer.from("these are no channels"),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(path(name), bytes);
  for (const name of [...Object.keys(files), "missing.h5"]) {
    const { code, stdout, stderr } = await csiFeedback("data", "stats", path(name));
    expect([name, code, stdout]).toEqual([name, 4, ""]);
    expect(errorLine(stderr)).toContain(name);
    expect(stderr).not.toMatch(/\n\s+at /);
  }
  expect((await csiFeedback("data", "convert", path("truncated.mat"), path("out.h5"))).code).toBe(4);
  expect(await readdir(folder)).not.toContain("out.h5");
});

test.each(["generate", "info", "stats", "plot", "convert"])(
  "data %s --help has examples",
  async (command) => {
    const { code, stdout } = await csiFeedback("data", command, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`csi-feedback data ${command} `);
    expect(stdout).toMatch(/Examples?:/);
  },
);

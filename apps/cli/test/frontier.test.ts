import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FrontierRow } from "../src/frontier/measure";
import { csiFeedback } from "./run";

const folder = await mkdtemp(join(tmpdir(), "frontier-"));

test("every method at equal bits on reference samples, as JSON, with a figure", async () => {
  const out = join(folder, "all");
  const args = ["--channel", "indoor", "--bits", "256,1024", "--samples", "5", "--json", "--out", out];
  const { code, stdout, stderr } = await csiFeedback("frontier", ...args);
  expect(stderr).toContain("frontier-indoor.svg");
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout) as { rows: FrontierRow[] };
  for (const method of ["m-largest", "klt", "llmcsinet", "sparse-paths"]) {
    const [few, many] = rows.filter((row) => row.method === method);
    for (const [row, budget] of [
      [few, 256],
      [many, 1024],
    ] as const) {
      expect(row.budget).toBe(budget);
      expect(row.bits).toBeLessThanOrEqual(budget);
      expect(row.bits).toBeGreaterThan(0.8 * budget);
      expect(row.low).toBeLessThanOrEqual(row.nmseDb);
      expect(row.high).toBeGreaterThanOrEqual(row.nmseDb);
      expect(row.samples).toBe(5);
      expect(row.snr).toBe(null);
      expect(row.rate).toBeGreaterThan(1);
      expect(row.encodeMs).toBeGreaterThan(0);
    }
    expect(many.nmseDb).toBeLessThan(few.nmseDb - 2);
    expect(many.sgcs).toBeGreaterThan(few.sgcs);
  }
  const best = rows.filter((row) => row.budget === 256).sort((a, b) => a.nmseDb - b.nmseDb)[0];
  expect(best.method).toBe("sparse-paths");
  expect((await readdir(out)).sort()).toEqual(["frontier-indoor.png", "frontier-indoor.svg"]);
  expect((await readFile(join(out, "frontier-indoor.svg"), "utf8")).startsWith("<svg")).toBe(true);
});

test("generated channels, noise and a table", async () => {
  const args = ["--channel", "uma,street-canyon", "--method", "m-largest,sparse-paths", "--bits", "256"];
  const { code, stdout } = await csiFeedback(
    "frontier",
    ...args,
    "--samples",
    "3",
    "--snr",
    "10",
    "--out",
    join(folder, "noisy"),
  );
  expect(code).toBe(0);
  for (const text of ["uma", "street-canyon", "Sparse paths", "M largest elements", "NMSE [dB]"]) {
    expect(stdout).toContain(text);
  }
  expect((await readdir(join(folder, "noisy"))).length).toBe(4);
});

test.each([
  [["--channel", "attic"], "indoor, outdoor, uma, street-canyon"],
  [["--method", "guess"], "m-largest, klt, llmcsinet, sparse-paths"],
  [["--bits", "12"], "32 to 65536"],
  [["--bits", "many"], "32 to 65536"],
  [["--snr", "loud"], "-40 to 100"],
  [["--samples", "0"], "positive integer"],
])("frontier %j is one clear line and exit code 2", async (args, message) => {
  const { code, stdout, stderr } = await csiFeedback("frontier", ...args, "--out", join(folder, "bad"));
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr.split("\n").find((line) => line.startsWith("error:"))).toContain(message);
});

import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseResults } from "@csi-feedback/experiments";
import { expect, test } from "vitest";
import type { FrontierRow } from "../src/frontier/measure";
import { csiFeedback } from "./run";

const folder = await mkdtemp(join(tmpdir(), "frontier-"));

test("every method at equal bits on reference samples, as JSON, with a figure", async () => {
  const out = join(folder, "all");
  const results = join(folder, "results");
  const budgeted = ["m-largest", "klt", "llmcsinet", "sparse-paths-fast", "sparse-paths"];
  const args = ["--channel", "indoor", "--bits", "256,1024", "--samples", "5", "--json", "--no-bounds"];
  const methods = ["--method", [...budgeted, "type-two", "crnet"].join()];
  const folders = ["--out", out, "--results", results, "--runs", join(folder, "no-runs")];
  const { code, stdout, stderr } = await csiFeedback("frontier", ...args, ...methods, ...folders);
  expect(stderr).toContain("frontier-indoor.svg");
  expect(stderr).toMatch(/CRNet on indoor has no finished training.*csi-feedback reproduce table-3/);
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout) as { rows: FrontierRow[] };
  const standard = rows.filter(({ method }) => method === "type-two");
  expect(standard.map(({ budget }) => budget)).toEqual(new Array(6).fill(null));
  expect(standard[5].nmseDb).toBeLessThan(standard[0].nmseDb);
  expect(rows.some(({ method }) => method === "crnet")).toBe(false);
  const kept = parseResults(await readFile(join(results, "frontier-indoor.csv"), "utf8"), "results");
  const paths = kept.filter(({ method, metric }) => method === "Sparse paths" && metric === "NMSE [dB]");
  expect(paths.map(({ condition }) => condition)).toEqual(["within 256 bits", "within 1024 bits"]);
  expect(paths[1].value).toBe(rows.filter(({ method }) => method === "sparse-paths")[1].nmseDb);
  for (const method of budgeted) {
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
  // Which of the two ways of sending paths is ahead, five samples do not tell.
  expect(["sparse-paths", "path-transformer"]).toContain(best.method);
  expect((await readdir(out)).sort()).toEqual(["frontier-indoor.png", "frontier-indoor.svg"]);
  expect((await readFile(join(out, "frontier-indoor.svg"), "utf8")).startsWith("<svg")).toBe(true);
});

test("what is kept is printed and drawn again without measuring", async () => {
  const out = join(folder, "again");
  const args = ["--channel", "indoor", "--bits", "1024", "--json", "--measured", "--out", out];
  const results = ["--results", join(folder, "results")];
  const { code, stdout, stderr } = await csiFeedback("frontier", ...args, ...results);
  expect(code).toBe(0);
  expect(stderr).toContain("frontier-indoor.svg");
  const { rows } = JSON.parse(stdout) as { rows: FrontierRow[] };
  const once = parseResults(
    await readFile(join(folder, "results", "frontier-indoor.csv"), "utf8"),
    "results",
  );
  expect(rows.filter(({ method }) => method === "sparse-paths")).toMatchObject([
    {
      budget: 1024,
      samples: 5,
      snr: null,
      nmseDb: once.find(
        ({ method, metric, condition }) =>
          method === "Sparse paths" && metric === "NMSE [dB]" && condition === "within 1024 bits",
      )?.value,
    },
  ]);
  expect(rows.filter(({ method }) => method === "type-two")).toHaveLength(6);
  const without = await csiFeedback("frontier", "--measured");
  expect(without.code).toBe(2);
  expect(without.stderr).toContain("needs --results");
  const empty = await csiFeedback("frontier", "--measured", "--results", join(folder, "none"), "--out", out);
  expect(empty.code).not.toBe(0);
  expect(empty.stderr).toContain("holds nothing of all on indoor, outdoor");
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
    "--no-bounds",
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
  [
    ["--method", "guess"],
    "m-largest, type-two, csinet, crnet, klt, llmcsinet, llmcsinet-ratios, sparse-paths-fast, sparse-paths",
  ],
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

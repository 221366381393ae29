import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChannels } from "@csi-feedback/datasets/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csiFeedback } from "./run";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "xl-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("the sizes are those that the papers print", async () => {
  const { code, stdout } = await csiFeedback("xl", "networks", "--json");
  expect(code).toBe(0);
  const { published } = JSON.parse(stdout);
  expect(published).toEqual({
    "LLM4XCE trained": { ours: 16_976_514, paper: "17M" },
    "LLM4XCE frozen, with GPT-2's token embedding": { ours: 109_476_096, paper: "109M" },
    "XLCNet, with moving statistics": { ours: 262_914, paper: "262,914" },
  });
});

test("data are written and read back with their scale", async () => {
  const out = join(folder, "far.h5");
  const { code, stdout } = await csiFeedback(
    ...["xl", "data", "--samples", "5", "--far", "2", "--near", "0", "--out", out, "--json"],
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ samples: 5, channelModel: "far field, L = 2, linear array" });
  const { shape, data, scale } = await readChannels(out);
  expect(shape).toEqual([5, 2, 1, 256]);
  let energy = 0;
  for (const [i, value] of data.entries())
    energy += ((value - 0.5) * (scale?.[Math.floor(i / 512)] ?? 0)) ** 2;
  // Unit power per antenna on average; two paths in five samples spread widely.
  expect(energy / 5 / 256).toBeGreaterThan(0.2);
  expect(energy / 5 / 256).toBeLessThan(4);
});

test("estimators are compared on one set of observations", async () => {
  const { code, stdout } = await csiFeedback(
    ...["xl", "estimate", "--samples", "4", "--snr=10", "--distances", "20,40", "--json"],
  );
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout);
  const at = (method: string) =>
    rows.find((row: { method: string }) => row.method === method).values[0].nmse as number;
  expect(at("Gridless pursuit")).toBeLessThan(at("OMP, polar domain"));
  expect(at("OMP, polar domain")).toBeLessThan(at("LS"));
});

describe("an experiment", () => {
  const smoke = () => ["--profile", "smoke", "--threads", "1", "--runs", join(folder, "runs")];

  test("says what it would train", async () => {
    const { code, stdout } = await csiFeedback("xl", "ablation", ...smoke(), "--plan", "--json");
    expect(code).toBe(0);
    const { trainings } = JSON.parse(stdout);
    expect(trainings.length).toBe(8);
    expect(trainings.every((one: { trained: boolean }) => !one.trained)).toBe(true);
  });

  test("trains, measures, keeps and draws; then works without training", async () => {
    const results = join(folder, "results");
    const words = ["xl", "generalisation", ...smoke(), "--samples", "3", "--results", results, "--json"];
    const first = await csiFeedback(...words, "--out", join(folder, "figure"));
    expect(first.code).toBe(0);
    const { rows } = JSON.parse(first.stdout);
    expect(rows.length).toBe(9 * 9 * 2);
    expect(await readdir(results)).toEqual(["smoke", "xl-generalisation.csv"]);
    expect((await readFile(join(folder, "figure-1.svg"), "utf8")).startsWith("<svg")).toBe(true);
    const again = await csiFeedback(...words, "--trained");
    expect(again.stderr).not.toContain("training ");
    const values = (text: string) => JSON.parse(text).rows.map((row: { value: number }) => row.value);
    expect(values(again.stdout)).toEqual(values(first.stdout));

    const kept = await csiFeedback(...words, "--measured", "--runs", join(folder, "none"));
    expect(values(kept.stdout)).toEqual(values(first.stdout));

    const [run] = (await readdir(join(folder, "runs"))).filter((name) => name.startsWith("llm4xce"));
    const model = join(folder, "runs", run, "model.safetensors");
    const link = await csiFeedback(
      ...["xl", "link", "--model", model, "--samples", "4", "--users", "2", "--snr=10", "--json"],
    );
    expect(link.code).toBe(0);
    const [perfect, ...others] = JSON.parse(link.stdout).rows;
    for (const { estimateRate } of others) expect(estimateRate).toBeLessThan(perfect.estimateRate);
  });

  test.each([
    [["snr", "--profile", "large"], /--profile/],
    [["snr", "--layers", "2"], /--backbone/],
    [["snr", "--measured"], /--results/],
    [["estimate", "--array", "round"], /--array/],
    [["estimate", "--distances", "80,10"], /--distances/],
    [["estimate", "--snr", "ten"], /--snr/],
    [["data", "--samples", "2", "--far", "0", "--near", "0", "--out", "none.h5"], /path/],
  ])("%j is refused in one line", async (words, message) => {
    const { code, stderr } = await csiFeedback("xl", ...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

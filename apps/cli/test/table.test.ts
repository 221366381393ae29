import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatResults } from "@csi-feedback/experiments";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csiFeedback } from "./run";

async function table(number: number) {
  const { code, stdout } = await csiFeedback("table", String(number), "--json");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

test("Table II is what the paper prints, and the same bits buy less with honest widths", async () => {
  const { rows, affordable } = await table(2);
  for (const row of rows) expect(row.measured).toEqual(row.paper);
  expect(rows.map((row: { measured: { totalBits: number } }) => row.measured.totalBits)).toEqual([
    16_384, 16_418, 8192, 8278, 4096, 4208, 2048, 2136,
  ]);
  const fixed = (valueBits: number) =>
    affordable
      .filter((row: { valueBits: number }) => row.valueBits === valueBits)
      .map((row: { elements: { fixed: number } }) => row.elements.fixed);
  expect(fixed(64)).toEqual([217, 108, 53, 26]);
  expect(fixed(32)).toEqual([189, 94, 46, 23]);
  expect(fixed(6)).toEqual([90, 44, 22, 10]);
  expect(fixed(4)).toEqual([68, 33, 16, 8]);
  const eighth = affordable.find(
    (row: { ratio: string; valueBits: number }) => row.ratio === "1/8" && row.valueBits === 8,
  );
  expect(eighth.elements).toEqual({
    paper: 113,
    fixed: 107,
    enumerative: 156,
    learnedIndoor: 209,
    learnedOutdoor: 193,
  });
});

test("Table IV prints the paper's numbers, but for two columns that the paper swaps", async () => {
  const { rows } = await table(4);
  const differing = rows.filter(
    (row: { same: null | object }) => row.same && JSON.stringify(row.same) !== '{"ue":true,"bs":true}',
  );
  expect(differing).toMatchObject([
    {
      network: "TransInDecNet",
      ratio: "1/8",
      ownReading: true,
      prints: { ue: "0.52M", bs: "0.80M" },
      paper: { ue: "0.80M", bs: "0.52M" },
      note: expect.stringContaining("swapped"),
    },
  ]);
  expect(rows.filter((row: { paper: unknown }) => row.paper)).toHaveLength(7 * 4);
  const large = rows.find((row: { network: string }) => row.network === "LLMCsiNet-L");
  expect(large.measured).toEqual({ ue: 3159, bs: 118_238_530 });
});

test("Table V: traced costs, CRNet's published ones, and the paper's forms filled in", async () => {
  const { rows, published } = await table(5);
  expect(published.map((row: { same: boolean }) => row.same)).toEqual([true, true, true, true, true]);
  const find = (network: string, side: string) =>
    rows.find((row: { network: string; side: string }) => row.network === network && row.side === side);
  // A layer on 65 tokens: twelve matrices of width x width, and scores and sums of attention.
  const layer = 65 * 12 * 1280 ** 2 + 2 * 65 ** 2 * 1280;
  const [small, large] = ["LLMCsiNet-S", "LLMCsiNet-L"].map(
    (name) => find(name, "bs").measured.multiplyAccumulates,
  );
  expect(large - small).toBe(5 * layer);
  expect(find("CRNet", "ue").paper).toMatchObject({
    form: "O(Nc Nt + σ Nc² Nt²)",
    value: 1024 + 1024 ** 2 / 8,
  });
  expect(find("LLMCsiNet-S", "ue").measured).toEqual(find("IdasNet", "ue").measured);
  expect(find("CLNet", "ue").paper).toBeNull();
});

test("as text, with remarks; an unknown table is a usage error", async () => {
  const { stdout } = await csiFeedback("table", "2");
  expect(stdout).toMatch(/1\/8 +LLMCsiNet +222 +64 +221 +10 +16,418 +16,418 +yes/);
  const { code, stderr } = await csiFeedback("table", "9");
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^error: table: must be one of 2, 3, 4, 5, 6, .*received "?9/),
  ]);
});

describe("tables and figures of trained networks", () => {
  let folder: string;
  const inFolder = (...args: string[]) =>
    csiFeedback(...args, "--results", join(folder, "results"), "--runs", join(folder, "runs"));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tables-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("without results and trainings the error names the command that makes them", async () => {
    const { code, stdout, stderr } = await inFolder("figure", "7", "--profile", "laptop", "--json");
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("csi-feedback reproduce figure-7 --profile laptop");
  });

  test("what the paper prints is shown where nothing was measured, with that command", async () => {
    const { code, stdout, stderr } = await inFolder("table", "3", "--profile", "laptop", "--json");
    expect(code).toBe(0);
    expect(stderr).toContain("csi-feedback reproduce table-3 --profile laptop");
    const { rows } = JSON.parse(stdout);
    // 7 methods, 4 channels, 4 ratios, less the three that our copy lost.
    expect(rows).toHaveLength(109);
    const place = { method: "LLMCsiNet-L", channel: "uma", ratio: "1/64", metric: "SGCS" };
    expect(rows).toContainEqual(
      expect.objectContaining({ ...place, paper: 0.928, measured: null, difference: null }),
    );
    const text = await inFolder("table", "3");
    expect(text.stdout).toMatch(/1\/64 +LLMCsiNet-L +0.928\n/);
    expect(text.stdout).toContain("nothing of ours was measured");
  });

  test("rows of the results folder, with the paper's value and the difference; files and figure", async () => {
    const row = {
      ...{
        experiment: "figure-5",
        method: "CRNet",
        channel: "cost2100-outdoor",
        ratio: "1/8",
        condition: "",
      },
      ...{ metric: "NMSE [dB]", value: -6.5, low: -6.6, high: -6.4, paper: -7.051, profile: "laptop" },
      ...{ samples: 1000, data: "generated test split", epochs: 10, seed: 1 },
      ...{ engine: "engine", hardware: "hardware", commit: "commit" },
    };
    await mkdir(join(folder, "results"));
    await writeFile(join(folder, "results", "figure-5.csv"), formatResults([row]));
    const { code, stdout } = await inFolder("figure", "5", "--json", "--out", join(folder, "out"));
    const { rows, profile } = JSON.parse(stdout);
    // The other numbers that the paper's text tells follow.
    expect([code, profile, rows.length]).toEqual([0, "laptop", 21]);
    expect(rows[1]).toMatchObject({ method: "IdasNet", paper: -9.783, measured: null, difference: null });
    expect(rows[0]).toMatchObject({ measured: -6.5, paper: -7.051, low: -6.6 });
    expect(rows[0].difference).toBeCloseTo(0.551, 10);
    expect((await readdir(join(folder, "out"))).sort()).toEqual([
      ...["figure-5-cost2100-outdoor.png", "figure-5-cost2100-outdoor.svg"],
      ...["figure-5.csv", "figure-5.json"],
    ]);
    const text = await inFolder("figure", "5");
    expect(text.stdout).toMatch(/1\/8 +CRNet +-7\.05 +-6\.50 +\+0\.55 +-6\.60 to -6\.40 +1000/);
  });

  test("what needs no training is measured at once", async () => {
    const { code, stdout } = await inFolder("figure", "6", "--profile", "smoke", "--json");
    const { rows } = JSON.parse(stdout);
    expect(code).toBe(0);
    // Five methods, two sizes of batch, two ends, median and 99th percentile; and the paper's.
    const measured = rows.filter((row: { measured: number | null }) => row.measured !== null);
    expect(measured).toHaveLength(40);
    expect(measured.filter((row: { measured: number }) => !(row.measured > 0))).toEqual([]);
    expect(rows).toHaveLength(44);
  });
});

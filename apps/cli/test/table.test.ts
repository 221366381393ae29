import { expect, test } from "vitest";
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
    expect.stringMatching(/^error: table: must be one of 2, 4, 5, received "?9/),
  ]);
});

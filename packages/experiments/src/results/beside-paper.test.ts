// The paper's numbers beside ours, measured or not.
import { expect, test } from "vitest";
import { resultRow } from "../../test/result-rows";
import { buildReport } from "../report/build-report";
import { table3 } from "../tables/table-3";
import { besidePaper, comparisonOf, formatComparison } from "./beside-paper";

const own = resultRow({ value: 0.9, paper: 0.985 });
const compared = besidePaper({ rows: [own], experiment: "table-3", profile: "laptop", seed: 1 });

test("a number of the paper stands once: beside ours, or alone in our method's row", () => {
  expect(compared[0]).toBe(own);
  // Ours is put beside the paper's largest, whose place in the list is taken by it.
  expect(compared).toHaveLength(109);
  expect(compared.filter(({ method }) => method === "LLMCsiNet-L")).toEqual([]);
  const alone = compared.filter(({ method, value }) => method === "LLMCsiNet" && value === undefined);
  expect(alone).toHaveLength(15);
  expect(alone).toContainEqual(expect.objectContaining({ channel: "uma", ratio: "1/8", paper: 0.972 }));
});

test("as JSON and CSV: paper, measured, difference", () => {
  expect(comparisonOf(compared[0])).toMatchObject({ paper: 0.985, measured: 0.9, samples: 100 });
  expect(comparisonOf(compared[0]).difference).toBeCloseTo(-0.085, 12);
  expect(comparisonOf(compared[1])).toMatchObject({ measured: null, difference: null });
  const [header, first, second] = formatComparison(compared).split("\n");
  expect(header).toMatch(/^method,channel,ratio,condition,metric,paper,measured,difference,/);
  expect(first).toMatch(/^LLMCsiNet,cost2100-outdoor,1\/8,,SGCS,0.985,0.9,-0.08/);
  expect(second).toMatch(/^CRNet,cost2100-outdoor,1\/8,,SGCS,0.802,,,,,0,/);
});

test("on the page, with what to do about it where nothing was measured", async () => {
  const text = async (rows: readonly (typeof own)[]) =>
    (await buildReport({ rows, experiments: [table3] }))
      .replace(/<style>.*?<\/style>/s, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ");
  expect(await text([])).toMatch(/not measured yet .* paper 0\.802 .*csi-feedback reproduce table-3/);
  expect(await text([own])).toMatch(/0\.900 paper 0\.985 \( −0\.085 \) .*paper 0\.982/);
});

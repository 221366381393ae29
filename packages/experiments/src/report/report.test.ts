import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineFigure } from "@csi-feedback/eval/figures";
import { expect, test } from "vitest";
import { resultRow } from "../../test/result-rows";
import type { Experiment, ResultRow } from "../experiment";
import { buildReport } from "./build-report";
import { html } from "./html";
import { themedSvg } from "./inline-figure";
import { readLearningRuns } from "./learning-section";
import { directionOf, formatDifference, formatNumber } from "./numbers";
import { bestCells, pivot } from "./pivot";
import { readmeSection, replaceReadmeSection } from "./readme-section";

const hostile = `<script>alert("x")</script><img src=x onerror='alert(1)'>`;

function experimentOf(parts: Partial<Experiment> = {}): Experiment {
  return { id: "table-3", title: "Table III", trainings: () => [], measure: async () => [], ...parts };
}

const atRatios: ResultRow[] = ["1/8", "1/16"].flatMap((ratio, i) => [
  resultRow({ ratio, value: 0.95 - i / 10, low: 0.94 - i / 10, high: 0.96 - i / 10, paper: 0.99 }),
  resultRow({ ratio, method: "M largest", epochs: 0, value: 0.96 - i / 5 }),
]);

test("what is filled in is escaped, what is HTML is not", () => {
  expect(html`<b>${hostile}</b>${html`<i>${"&"}</i>`}${[1, undefined, false, "<"]}`.text).toBe(
    "<b>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;</b><i>&amp;</i>1&lt;",
  );
});

test("numbers have the digits of their metric and a direction", () => {
  expect(formatNumber(-12.345, "NMSE [dB]")).toBe("−12.35");
  expect(formatNumber(118_240_000, "Parameters at the BS")).toBe("118,240,000");
  expect(formatDifference(0.0123, "SGCS")).toBe("+0.012");
  expect(formatDifference(0, "NMSE [dB]")).toBe("0.00");
  const metrics = [
    "NMSE [dB]",
    "SGCS",
    "UE latency, median [ms]",
    "Rate per user [bit/s/Hz]",
    "Bits of a report",
  ];
  expect(metrics.map(directionOf)).toEqual([-1, 1, -1, 1, 0]);
});

test("ratios become columns, conditions groups, and the best of a column is known", () => {
  const [table] = pivot([...atRatios, resultRow({ condition: "reference samples" })]);
  expect(table).toMatchObject({ channel: "cost2100-outdoor", columns: ["1/8", "1/16"] });
  expect(table.groups.map(({ title, rows }) => [title, rows.map((row) => row.title)])).toEqual([
    ["SGCS", ["LLMCsiNet", "M largest"]],
    ["SGCS, reference samples", ["LLMCsiNet"]],
  ]);
  expect(table.groups[1].rows[0].cells[1]).toBeUndefined();
  const best = bestCells(table.groups[0], directionOf);
  expect([...best].map(({ method, ratio }) => [method, ratio])).toEqual([
    ["M largest", "1/8"],
    ["LLMCsiNet", "1/16"],
  ]);
});

test("at one ratio conditions become rows and methods columns; without them, metrics columns", () => {
  const snr = [0, 10].flatMap((value) =>
    ["A", "B"].map((method) => resultRow({ method, condition: `SNR ${value} dB`, value })),
  );
  const [table] = pivot(snr);
  expect(table.columns).toEqual(["A", "B"]);
  expect(table.groups[0].rows.map(({ title }) => title)).toEqual(["SNR 0 dB", "SNR 10 dB"]);
  const [latency] = pivot([resultRow({ metric: "UE" }), resultRow({ metric: "BS" })]);
  expect(latency.columns).toEqual(["UE", "BS"]);
});

test("the page stands alone, and nothing in it is run", async () => {
  const rows = [
    ...atRatios,
    resultRow({ method: hostile, channel: hostile, condition: hostile, data: hostile, profile: hostile }),
  ];
  const figures = async () => [
    {
      name: `figure ${hostile}`,
      specification: lineFigure({
        title: hostile,
        x: { title: "Ratio" },
        y: { title: "SGCS" },
        series: [
          { name: hostile, x: ["1/8", "1/16"], y: [0.9, 0.8] },
          { name: "other", x: ["1/8", "1/16"], y: [0.7, 0.6] },
        ],
      }),
    },
  ];
  const experiment = experimentOf({ title: `Table ${hostile}`, notes: [hostile], figures });
  const page = await buildReport({ rows, experiments: [experiment] });
  expect(page).not.toMatch(/<script|<img|<link|<iframe|@import/i);
  expect(page.match(/(?:src|href)="(?!#)[^"]*"|url\((?!#|data:)[^)]*\)/g) ?? []).toEqual([]);
  expect(page).toContain("prefers-color-scheme:dark");
  const text = page
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
  expect(text).toContain("0.950 0.940 to 0.960 paper 0.990 ( −0.040 )");
  expect(text).toMatch(
    /100 test samples: COST2100 outdoor, seed 7.*2 epochs.*onnxruntime.*2 cores.*0123456789ab/,
  );
  expect(text).toContain("no training");
  const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("figures follow the page's colours and keep their parts apart", () => {
  expect(
    themedSvg('<g clip-path="url(#clip0)" fill="#222222"><use href="#a" stroke="#0072B2"/></g>', "f 1"),
  ).toBe(
    '<g clip-path="url(#f-1-clip0)" fill="var(--ink)"><use href="#f-1-a" stroke="var(--series-1)"/></g>',
  );
});

test("no results, no runs: the page says how to make some", async () => {
  const folder = await mkdtemp(join(tmpdir(), "report-"));
  expect(await readLearningRuns(folder)).toEqual([]);
  expect(await readLearningRuns(join(folder, "none"))).toEqual([]);
  expect(await buildReport({ rows: [], experiments: [experimentOf()] })).toContain("csi-feedback reproduce");
  await rm(folder, { recursive: true });
});

test("the section of a README holds the best profile and replaces the one that is there", async () => {
  const laptop = atRatios.map((row) => ({ ...row, profile: "laptop", value: row.value + 0.01 }));
  const section = await readmeSection({
    rows: [...atRatios, ...laptop, resultRow({ method: "a | b <i>", profile: "laptop" })],
    experiments: [experimentOf({ notes: ["A note."] })],
    results: "results",
  });
  expect(section).toContain("### Table III");
  expect(section).toContain("**laptop profile**, seed 1: 100 test samples");
  expect(section).toContain("| LLMCsiNet | 0.960 (0.990) | **0.860** (0.990) |");
  expect(section).toContain("a \\| b &lt;i>");
  expect(section).not.toContain("smoke");
  const old = await readmeSection({ rows: [], experiments: [], results: "results" });
  const text = `# Title\n\n${old}\n\nThe end.\n`;
  const written = replaceReadmeSection(text, section);
  expect(written).toBe(`# Title\n\n${section}\n\nThe end.\n`);
  expect(replaceReadmeSection(written, old)).toBe(text);
});

test.each([
  "no comments",
  "<!-- results: end --> <!-- results: begin, written by csi-feedback report --readme -->",
])("a README without room for the section is refused: %s", (text) => {
  expect(() => replaceReadmeSection(text, "")).toThrowError(
    expect.objectContaining({ code: "README_MARKERS" }),
  );
});

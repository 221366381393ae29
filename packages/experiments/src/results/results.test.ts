import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { build } from "tsup";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resultRow } from "../../test/result-rows";
import { formatResults, parseResults } from "./results-file";
import { mergeResults, readResults } from "./results-folder";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-"));
});
afterEach(() => rm(folder, { recursive: true }));

const text = fc.string({ unit: "binary" });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

test("what is written is read back, whatever the texts", () => {
  const row = fc
    .record(
      {
        method: text,
        condition: text,
        data: text,
        ratio: fc.constantFrom("", "1/8"),
        value: number,
        low: number,
        high: number,
        paper: number,
        seed: fc.nat(),
      },
      { requiredKeys: ["method", "condition", "data", "ratio", "value", "seed"] },
    )
    .map(resultRow);
  const rows = fc.uniqueArray(row, {
    selector: ({ method, condition, ratio, seed }) => JSON.stringify([method, condition, ratio, seed]),
  });
  fc.assert(
    fc.property(rows, (list) => {
      expect(parseResults(formatResults(list), "file")).toEqual(list);
    }),
  );
});

test("a number that is none is not written", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => formatResults([resultRow({ value })])).toThrowError(
      expect.objectContaining({ code: "NOT_FINITE" }),
    );
  }
});

test("the columns are the row's, and the first says the version", () => {
  const [header, line] = formatResults([resultRow({ paper: 0.983 })]).split("\n");
  expect(header).toBe(
    "format,experiment,method,channel,ratio,condition,metric,value,low,high,paper,profile,samples,data,epochs,seed,engine,hardware,commit",
  );
  expect(line).toBe(
    '1,table-3,LLMCsiNet,cost2100-outdoor,1/8,,SGCS,0.95,,,0.983,smoke,100,"COST2100 outdoor, seed 7",2,1,onnxruntime,"a processor, 2 cores, 24 GiB",0123456789ab',
  );
});

const whole = formatResults([resultRow(), resultRow({ seed: 2 })]);

test.each([
  ["another version", whole.replace(/^1,/gm, "2,"), "RESULTS_VERSION", /version 2.*version 1/],
  ["no version", whole.replace("format,", ""), "RESULTS_VERSION", /version unknown/],
  ["another file", '{"a": 1}', "RESULTS_VERSION", /version unknown/],
  ["an empty file", "", "RESULTS_VERSION", /version unknown/],
  ["mixed versions", whole.replace(/^1,(?=.*,2,onn)/m, "3,"), "INVALID_RESULTS", /line 3: all rows/],
  ["another column", whole.replace("low", "lower"), "INVALID_RESULTS", /columns/],
  ["text for a number", whole.replace("0.95", "good"), "INVALID_RESULTS", /line 2: value .*"good"/],
  ["a missing number", whole.replace("0.95", ""), "INVALID_RESULTS", /line 2: value/],
  ["a cut line", whole.slice(0, -20), "INVALID_RESULTS", /line 3/],
  ["an open quote", whole.replace('24 GiB"', "24 GiB"), "INVALID_RESULTS", /line/],
  ["a number twice", `${whole}${whole.split("\n")[1]}\n`, "INVALID_RESULTS", /twice/],
])("%s is refused and stays as it is", async (_, content, code, message) => {
  const path = join(folder, "table-3.csv");
  await writeFile(path, content);
  const merged = mergeResults(folder, [resultRow()]);
  await expect(merged).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await readFile(path, "utf8")).toBe(content);
  expect(await readdir(folder)).toEqual(["table-3.csv"]);
  await expect(readResults(folder)).rejects.toMatchObject({ code });
});

test("a new measurement takes the place of the old one", async () => {
  const first = [resultRow(), resultRow({ method: "CRNet" }), resultRow({ experiment: "figure-10" })];
  await mergeResults(folder, first);
  await mergeResults(folder, [
    resultRow({ value: 0.5, commit: "later" }),
    resultRow({ experiment: "figure-9" }),
  ]);
  expect(await readdir(folder)).toEqual(["figure-10.csv", "figure-9.csv", "table-3.csv"]);
  expect(await readResults(folder)).toEqual([
    resultRow({ experiment: "figure-9" }),
    resultRow({ experiment: "figure-10" }),
    resultRow({ value: 0.5, commit: "later" }),
    resultRow({ method: "CRNet" }),
  ]);
});

test("no folder, no rows", async () => {
  expect(await readResults(join(folder, "none"))).toEqual([]);
});

test("two processes at once lose nothing, and neither does one that is killed", {
  timeout: 60_000,
}, async () => {
  const bundles = join(import.meta.dirname, "../../node_modules", `.merge-test-${process.pid}`);
  await mkdir(bundles, { recursive: true });
  try {
    await build({
      entry: [join(import.meta.dirname, "../../test/merge-child.ts")],
      outDir: bundles,
      format: "esm",
      config: false,
      silent: true,
      external: ["papaparse"],
      noExternal: [/^@csi-feedback\//],
    });
    const run = (method: string, killAfter?: number) =>
      new Promise((resolve) => {
        const child = spawn(
          process.execPath,
          [join(bundles, "merge-child.js"), folder, method, killAfter === undefined ? "40" : "100000"],
          { stdio: "inherit" },
        );
        if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
        child.on("close", resolve);
      });
    await Promise.all([run("first"), run("second"), run("killed", 1500)]);
    await mergeResults(folder, [resultRow({ method: "last" })]);
    const rows = await readResults(folder);
    for (const method of ["first", "second"]) {
      const seeds = rows.filter((row) => row.method === method).map(({ seed }) => seed);
      expect(seeds).toEqual(Array.from({ length: 40 }, (_, i) => i));
    }
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
});

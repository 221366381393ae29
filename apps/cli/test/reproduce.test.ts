import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMetrics } from "@csi-feedback/training/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { app, csiFeedback } from "./run";

let folder: string;
const places = () => ["--runs", join(folder, "runs"), "--results", join(folder, "results")];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reproduce-"));
});
afterAll(() => rm(folder, { recursive: true, maxRetries: 5, retryDelay: 500 }));

/** Folders of runs. */
const runFolders = async () => {
  const names = await readdir(join(folder, "runs")).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(folder, "runs", name));
};

test("the plan of a table that is counted is empty, and its numbers are kept", {
  timeout: 120_000,
}, async () => {
  const plan = await csiFeedback("reproduce", "table-2", "--plan", "--json", ...places());
  expect(JSON.parse(plan.stdout)).toMatchObject({
    profile: "smoke",
    experiments: ["table-2"],
    trainings: [],
  });
  const { code, stdout, stderr } = await csiFeedback("reproduce", "table-2", "--json", ...places());
  expect(code, stderr).toBe(0);
  const { rows } = JSON.parse(stdout);
  // 40 numbers of the paper, and what the same bits buy: 4 ratios, 5 widths of a value, 5 codes.
  expect(rows).toHaveLength(140);
  expect(rows.filter(({ paper }: { paper?: number }) => typeof paper === "number")).toHaveLength(40);
  expect(rows[0]).toMatchObject({ experiment: "table-2", value: 256, paper: 256, profile: "smoke" });
  const csv = await readFile(join(folder, "results", "table-2.csv"), "utf8");
  expect(csv.split("\n")).toHaveLength(142);
});

test.each([
  [["reproduce", "table-9"], "UNKNOWN", /must be one of table-2, .*received "table-9"/],
  [["reproduce", "--profile", "huge"], "UNKNOWN", /must be one of smoke, laptop, paper/],
  [["reproduce", "--workers", "0"], "INVALID", /positive integer/],
])("%j is refused", async (args, _, message) => {
  const { code, stderr } = await csiFeedback(...args, ...places());
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test("killed in a training, the same command goes on from there", { timeout: 280_000 }, async () => {
  const command = ["reproduce", "latency-int8", ...places()];
  const child = spawn(process.execPath, [app, ...command], { stdio: "ignore" });
  const steps = async () => {
    let count = 0;
    for (const run of await runFolders()) {
      count += (await readMetrics(run)).filter(({ type }) => type === "step").length;
    }
    return count;
  };
  while ((await steps()) < 2) await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill("SIGKILL");
  await once(child, "exit");
  const again = await csiFeedback(...command);
  expect(again.code, again.stderr).toBe(0);
  const resumed = [];
  for (const run of await runFolders()) {
    resumed.push(...(await readMetrics(run)).filter(({ type }) => type === "resume"));
  }
  expect(resumed.length).toBeGreaterThan(0);
  expect(again.stderr).toMatch(/latency-int8: \d+ numbers in .*latency-int8\.csv/);
  // Everything is there now: nothing trains again.
  const third = await csiFeedback("reproduce", "latency-int8", "--plan", "--json", ...places());
  const { trainings } = JSON.parse(third.stdout);
  expect(new Set(trainings.map(({ state }: { state: string }) => state))).toEqual(new Set(["finished"]));
});

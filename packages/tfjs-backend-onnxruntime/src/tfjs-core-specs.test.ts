// tfjs-core's own backend tests: everything passes but what the committed list of
// exclusions names, each with its reason, and every kernel passes nearly all of its own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runPublishedSpecs, type SpecResult } from "../test/tfjs-core-specs";
import { viewKernels } from "./kernels/storage";
import { recordingKernels } from "./kernels/tables";

const listFile = join(import.meta.dirname, "../test/tfjs-core-exclusions.json");
const exclusions = JSON.parse(readFileSync(listFile, "utf8")) as { reason: string; specs: string[] }[];
const excluded = new Map(exclusions.flatMap(({ reason, specs }) => specs.map((spec) => [spec, reason])));

describe("tfjs-core's published backend tests", () => {
  let results: SpecResult[];
  beforeAll(async () => {
    results = await runPublishedSpecs(() => true);
    const report = process.env.SPEC_REPORT;
    if (report !== undefined) writeFileSync(report, JSON.stringify(results, null, 1));
  }, 1_800_000);

  test("thousands of specs ran", () => expect(results.length).toBeGreaterThan(3500));

  test("every failure is on the list of exclusions", () => {
    const failures = results.filter(({ name, passed }) => !passed && !excluded.has(name));
    expect(failures.map(({ name, messages }) => `${name}: ${messages[0]}`)).toEqual([]);
  });

  test("every exclusion still fails", () => {
    const failed = new Set(results.filter(({ passed }) => !passed).map(({ name }) => name));
    expect([...excluded.keys()].filter((name) => !failed.has(name))).toEqual([]);
  });

  test("every kernel passes at least 95 % of its specs in supported types, or all but one", () => {
    const has = (kernel: string) => kernel in recordingKernels || kernel in viewKernels;
    const strings = (name: string) => excluded.get(name)?.includes("strings") ?? false;
    const fair = results.filter(({ name, kernels }) => kernels.every(has) && !strings(name));
    const counts = new Map<string, { passed: number; all: number }>();
    for (const { kernels, passed } of fair) {
      for (const kernel of kernels) {
        const count = counts.get(kernel) ?? { passed: 0, all: 0 };
        counts.set(kernel, { passed: count.passed + (passed ? 1 : 0), all: count.all + 1 });
      }
    }
    const weak = [...counts].filter(([, { passed, all }]) => all - passed > Math.max(1, 0.05 * all));
    expect(weak).toEqual([]);
  });
});

import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { DemoRow } from "../src/demo/measure";
import { csiFeedback } from "./run";

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "demo-"));
});

test("the demo prints every row as JSON, beats the control on both channels, and draws a figure", async () => {
  const { code, stdout, stderr } = await csiFeedback(
    "demo",
    "--json",
    "--ratio",
    "1/8",
    "--samples",
    "24",
    "--out",
    out,
  );
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
  const { rows } = JSON.parse(stdout) as { rows: DemoRow[] };
  const methods = ["llmcsinet", "llmcsinet-preliminary", "llmcsinet-paper-form", "m-largest"];
  for (const channel of ["cost2100-indoor", "cost2100-outdoor"]) {
    const own = rows.filter((row) => row.channel === channel);
    expect(own.map(({ method }) => method)).toEqual(methods);
    const [full, preliminary, , control] = own;
    expect(full.nmseDb).toBeLessThan(preliminary.nmseDb);
    expect(preliminary.nmseDb).toBeLessThan(control.nmseDb);
    expect(full.sgcs).toBeGreaterThan(control.sgcs);
    expect(Math.abs(full.bits - control.bits)).toBeLessThan(8);
    for (const row of own) {
      expect(row.ratio).toBe("1/8");
      expect(row.bits).toBeLessThan(16384 / 4);
      expect(row.encodeMs).toBeGreaterThan(0);
      expect(row.decodeMs).toBeGreaterThan(0);
    }
  }
  expect((await readdir(out)).sort()).toEqual(["demo-1-8.png", "demo-1-8.svg"]);
  expect((await readFile(join(out, "demo-1-8.svg"), "utf8")).startsWith("<svg")).toBe(true);
});

test("the same seed picks the same samples, another seed others", async () => {
  const rows = async (seed: string) => {
    const args = [
      "--json",
      "--channel",
      "cost2100-indoor",
      "--ratio",
      "1/64",
      "--samples",
      "6",
      "--seed",
      seed,
    ];
    const { stdout } = await csiFeedback("demo", ...args, "--out", out);
    return (JSON.parse(stdout) as { rows: DemoRow[] }).rows.map(({ method, nmseDb }) => ({ method, nmseDb }));
  };
  const first = await rows("1");
  expect(await rows("1")).toEqual(first);
  expect(await rows("2")).not.toEqual(first);
});

test.each([
  [["--channel", "cost2100-attic"], "cost2100-indoor, cost2100-outdoor", 2],
  [["--ratio", "1/7"], "1/8, 1/16, 1/32, 1/64", 2],
  [["--samples", "0"], "positive integer", 2],
  [["--engine", "abacus"], "onnxruntime", 2],
  [["--engine", "node"], "does not load here", 3],
  [["--data", "no-such-file.mat"], "no-such-file.mat", 4],
  [["--model", "no-such-folder"], "no-such-folder", 4],
] as const)("demo %j is one clear line and an exit code", async (args, message, exitCode) => {
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  const { code, stdout, stderr } = await csiFeedback("demo", ...args, "--out", join(folder, "out"));
  expect(code).toBe(exitCode);
  expect(stdout).toBe("");
  const line = stderr.split("\n").find((text) => text.startsWith("error:"));
  expect(line).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await readdir(folder, { recursive: true })).not.toContain(join("out", "demo-1-8.svg"));
});

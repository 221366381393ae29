import { engineNames } from "@csi-feedback/engines";
import { expect, test } from "vitest";
import { csiFeedback } from "./run";

test("doctor reports every engine, and the default one loads", async () => {
  const { code, stdout } = await csiFeedback("doctor", "--json");
  expect(code).toBe(0);
  const { engines } = JSON.parse(stdout);
  expect(engines.map(({ name }: { name: string }) => name)).toEqual([...engineNames]);
  expect(engines.find(({ name }: { name: string }) => name === "onnxruntime").loads).toBe(true);
});

test("every command has help with examples", async () => {
  for (const command of [
    ["demo"],
    ["encode"],
    ["decode"],
    ["train"],
    ["doctor"],
    ["data", "generate"],
    ["data", "info"],
  ]) {
    const { code, stdout } = await csiFeedback(...command, "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:/);
  }
});

test("an unknown command or option is a usage error", async () => {
  expect((await csiFeedback("dance")).code).toBe(2);
  expect((await csiFeedback("demo", "--speed", "9")).code).toBe(2);
});

import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { engineNames, inspectEngine, inspectEngines, parseEngine, startEngine } from "./index";

test("names are read, unknown ones are refused with the list", () => {
  for (const name of ["auto", ...engineNames]) expect(parseEngine(name)).toBe(name);
  expect(() => parseEngine("gpu")).toThrowError(expect.objectContaining({ code: "UNKNOWN_ENGINE" }));
  expect(() => parseEngine("gpu")).toThrow("onnxruntime-cuda");
});

test("the cpu engine prints nothing and leaves tfjs's mode alone", async () => {
  const warn = vi.spyOn(console, "warn");
  await startEngine("cpu");
  expect([...(await tf.add(1, 2).data())]).toEqual([3]);
  expect(warn).not.toHaveBeenCalled();
  expect(tf.env().getBool("PROD")).toBe(false);
  warn.mockRestore();
});

test("auto starts an engine that computes", async () => {
  const engine = await startEngine();
  expect(engineNames).toContain(engine.name);
  expect(tf.getBackend()).toBe(engine.backend);
  expect([...(await tf.add(1, 2).data())]).toEqual([3]);
});

test("an optional engine that is not installed gives the reason and the remedy", async () => {
  await expect(startEngine("node")).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
  const report = await inspectEngine("node");
  expect(report).toMatchObject({ name: "node", loads: false });
  expect(report.remedy).toContain("npm install");
});

test("inspection covers every engine and leaves the current backend alone", async () => {
  await startEngine("cpu");
  const reports = await inspectEngines();
  expect(reports.map(({ name }) => name)).toEqual([...engineNames]);
  expect(reports.filter(({ loads }) => loads).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["onnxruntime", "cpu"]),
  );
  expect(tf.getBackend()).toBe("cpu");
});

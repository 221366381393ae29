// A run that is killed again and again, at any moment, against one that is not; and one in a
// worker thread.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { randomStream } from "@csi-feedback/common";
import { build } from "tsup";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readMetrics } from "./metrics-log";

const root = join(import.meta.dirname, "../..");
// Inside the package, where its dependencies resolve.
const bundles = join(root, "node_modules", `.kill-test-${process.pid}`);
const directory = await mkdtemp(join(tmpdir(), "kill-"));

beforeAll(async () => {
  await mkdir(bundles, { recursive: true });
  await build({
    entry: [join(root, "test/train-child.ts")],
    outDir: bundles,
    format: "esm",
    config: false,
    silent: true,
    noExternal: [/^(?!@tensorflow\/|node:)/, /register_all_gradients/],
  });
}, 60_000);
afterAll(async () => {
  await rm(bundles, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
});

/** Trains in a child process; kills it `delay` ms after it printed `steps` steps. True when it ended by itself. */
function trainInChild(folder: string, kill?: { steps: number; delay: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(bundles, "train-child.js"), folder]);
    let errors = "";
    let steps = 0;
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.stdout.on("data", (data: Buffer) => {
      steps += data.toString().split("\n").length - 1;
      if (kill && steps >= kill.steps) setTimeout(() => child.kill("SIGKILL"), kill.delay);
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve(true);
      else if (signal === "SIGKILL") resolve(false);
      else reject(new Error(errors));
    });
  });
}

const lossesOf = async (folder: string) =>
  (await readMetrics(folder)).flatMap((line) => (line.type === "step" ? [[line.step, line.loss]] : []));

test("kill -9 at any moment loses nothing that was written", { timeout: 180_000 }, async () => {
  const whole = join(directory, "whole");
  const killed = join(directory, "killed");
  expect(await trainInChild(whole)).toBe(true);
  const stream = randomStream(5);
  let kills = 0;
  while (!(await trainInChild(killed, { steps: 1 + stream.integer(12), delay: stream.integer(25) }))) kills++;
  expect(kills).toBeGreaterThan(3);
  expect(await lossesOf(killed)).toEqual(await lossesOf(whole));
  const events = (lines: Awaited<ReturnType<typeof readMetrics>>) => lines.map(({ sequence }) => sequence);
  const progress = (await readMetrics(killed)).filter(
    ({ type }) => !["resume", "checkpoint", "end"].includes(type),
  );
  expect(events(progress)).toEqual(progress.map((_, i) => i + 1));
  expect((await readdir(killed)).filter((name) => /tmp|lock/.test(name))).toEqual([]);
});

test("a worker thread trains to the losses of a process", { timeout: 180_000 }, async () => {
  const [process, thread] = [join(directory, "process"), join(directory, "thread")];
  expect(await trainInChild(process)).toBe(true);
  const worker = new Worker(join(bundles, "train-child.js"), { argv: [thread], stdout: true });
  expect(await once(worker, "exit")).toEqual([0]);
  expect(await lossesOf(thread)).toEqual(await lossesOf(process));
  expect((await lossesOf(thread)).length).toBeGreaterThan(0);
});

// Making data sets: the same bytes whatever the workers and the interruptions, and
// clear refusals.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csiFeedback } from "./run";

const app = join(import.meta.dirname, "..", "bin", "csi-feedback.mjs");
const freshFolder = () => mkdtemp(join(tmpdir(), "data-"));
const generate = (...args: string[]) => csiFeedback("data", "generate", ...args);
const digest = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
const errorLine = (stderr: string) => stderr.split("\n").find((line) => line.startsWith("error:")) ?? "";

test("the same seed gives the same bytes on one worker and on eight; making it again changes nothing", async () => {
  const folder = await freshFolder();
  const make = (workers: string, name: string, ...more: string[]) => {
    const what = ["--channel", "cost2100-indoor", "--samples", "420", "--seed", "5"];
    return generate(...what, "--workers", workers, "--out", join(folder, name), ...more);
  };
  expect((await make("1", "one.h5")).code).toBe(0);
  expect((await make("8", "eight.h5")).code).toBe(0);
  const bytes = await digest(join(folder, "one.h5"));
  expect(bytes).toEqual(await digest(join(folder, "eight.h5")));
  expect((await readdir(folder)).sort()).toEqual(["eight.h5", "one.h5"]);

  const { stdout } = await csiFeedback("data", "info", join(folder, "one.h5"), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    shape: [420, 2, 32, 32],
    angleOrder: "centered",
    metadata: { channel: "cost2100-indoor", seed: 5, first_sample: 0, subcarriers: 1024 },
  });

  const again = await make("1", "one.h5");
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("already");
  const other = await make("1", "one.h5", "--first", "7");
  expect(other.code).toBe(4);
  expect(errorLine(other.stderr)).toContain("--force");
  expect(await digest(join(folder, "one.h5"))).toEqual(bytes);
  expect((await make("1", "one.h5", "--first", "7", "--force")).code).toBe(0);
  expect(await digest(join(folder, "one.h5"))).not.toEqual(bytes);
});

/** Continuous integration has colours on by default. */
const plain = { ...process.env, NO_COLOR: "1" };

test("Ctrl-C leaves no file but one that the same command completes to the same bytes", async () => {
  const folder = await freshFolder();
  const path = join(folder, "set.h5");
  const what = ["--channel", "uma-los", "--samples", "250", "--seed", "2", "--workers", "1", "--out"];
  const child = spawn(process.execPath, [app, "data", "generate", ...what, path], {
    stdio: ["ignore", "ignore", "pipe"],
    env: plain,
  });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  // As soon as a first block of samples is in the journal.
  const hasSamples = async () =>
    ((await stat(`${path}.partial`).catch(() => undefined))?.size ?? 0) > 100_000;
  while (child.exitCode === null && !(await hasSamples())) await new Promise((wait) => setTimeout(wait, 5));
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(errorLine(stderr)).toMatch(/stopped after \d+ of 250 samples/);
  expect(await readdir(folder)).toEqual(["set.h5.partial"]);

  const more = await generate(...what, path, "--samples", "20");
  expect(more.code).toBe(4);
  expect(errorLine(more.stderr)).toContain("more than asked for");

  expect((await generate(...what, path)).code).toBe(0);
  expect((await generate(...what, join(folder, "whole.h5"))).code).toBe(0);
  expect(await digest(path)).toEqual(await digest(join(folder, "whole.h5")));
  expect((await readdir(folder)).sort()).toEqual(["set.h5", "whole.h5"]);
});

test("a profile makes the splits of a channel from ranges that do not meet", async () => {
  const folder = await freshFolder();
  const what = ["--profile", "smoke", "--channel", "cost2100-indoor", "--seed", "3", "--workers", "1"];
  expect((await generate(...what, "--out", folder)).code).toBe(0);
  const files = ["train", "validation", "test"].map((split) => `cost2100-indoor-${split}.h5`);
  expect((await readdir(folder)).sort()).toEqual([...files].sort());
  const ranges = [];
  for (const file of files) {
    const { stdout } = await csiFeedback("data", "info", join(folder, file), "--json");
    const { shape, metadata } = JSON.parse(stdout);
    expect(metadata.seed).toBe(3);
    ranges.push([metadata.first_sample, metadata.first_sample + shape[0]]);
  }
  expect(ranges).toEqual([
    [0, 64],
    [64, 96],
    [96, 128],
  ]);
  // One file gone: the same command makes it and leaves the others.
  await rm(join(folder, files[1]));
  const { code, stderr } = await generate(...what, "--out", folder);
  expect(code).toBe(0);
  expect(stderr.match(/already/g)).toHaveLength(2);
});

test("array, grid and noise are what was asked for", async () => {
  const path = join(await freshFolder(), "set.h5");
  const what = ["--channel", "cdl-d", "--samples", "6", "--antennas", "16", "--delays", "8"];
  expect((await generate(...what, "--subcarriers", "64", "--snr=-3", "--out", path)).code).toBe(0);
  const info = JSON.parse((await csiFeedback("data", "info", path, "--json")).stdout);
  expect(info.shape).toEqual([6, 2, 8, 16]);
  expect(info.metadata).toMatchObject({ subcarriers: 64, snr: -3 });
  expect(JSON.parse(info.metadata.array)).toMatchObject({ kind: "ula", elements: 16 });
});

test("a full disk is one line that says how to go on, and leaves no file", async () => {
  const folder = await freshFolder();
  const path = join(folder, "set.h5");
  await symlink("/dev/full", `${path}.partial`);
  const what = ["--channel", "cost2100-indoor", "--samples", "2", "--out", path];
  const { code, stderr } = await generate(...what);
  expect(code).toBe(4);
  expect(errorLine(stderr)).toContain("no room");
  expect(await readdir(folder)).toEqual(["set.h5.partial"]);
});

test("a disk that fills up in the middle: what is there is kept, and the same command goes on", async () => {
  const folder = await freshFolder();
  const path = join(folder, "set.h5");
  const what = ["--channel", "cost2100-indoor", "--samples", "90", "--workers", "1", "--out"];
  // Room for the first 50 samples, not for the rest.
  const command = [
    "-c",
    'ulimit -f 600; exec "$@"',
    "-",
    process.execPath,
    app,
    "data",
    "generate",
    ...what,
    path,
  ];
  const limited = spawn("bash", command, { env: plain });
  let stderr = "";
  limited.stderr.on("data", (text) => {
    stderr += text;
  });
  expect(await new Promise((resolve) => limited.on("close", resolve))).toBe(4);
  expect(errorLine(stderr)).toContain("after 50 of 90 samples");
  expect(await readdir(folder)).toEqual(["set.h5.partial"]);
  expect((await generate(...what, path)).code).toBe(0);
  expect((await generate(...what, join(folder, "whole.h5"))).code).toBe(0);
  expect(await digest(path)).toEqual(await digest(join(folder, "whole.h5")));
});

test.each([
  [["--channel", "attic", "--samples", "1"], "cost2100-indoor", 2],
  [["--channel", "uma"], "--samples", 2],
  [["--channel", "uma", "--samples", "0"], "positive integer", 2],
  [["--channel", "uma", "--samples", "1", "--snr", "loud"], "--snr", 2],
  [["--channel", "uma", "--samples", "1", "--subcarriers", "16"], "--delays", 2],
  [["--profile", "heavy"], "smoke", 2],
  [["--profile", "smoke", "--samples", "5"], "--samples", 2],
] as const)("data generate %j is refused in one line", async (args, message, exitCode) => {
  const folder = await freshFolder();
  const { code, stdout, stderr } = await generate(...args, "--out", join(folder, "x.h5"));
  expect(code).toBe(exitCode);
  expect(stdout).toBe("");
  expect(errorLine(stderr)).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await readdir(folder)).toEqual([]);
});

test("a path that cannot be written is refused", async () => {
  const folder = await freshFolder();
  await writeFile(join(folder, "file"), "");
  const { code, stderr } = await generate(
    "--channel",
    "uma",
    "--samples",
    "1",
    "--out",
    join(folder, "file", "x.h5"),
  );
  expect(code).toBe(4);
  expect(errorLine(stderr)).toContain("file");
});

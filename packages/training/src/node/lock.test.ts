import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./lock";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("a folder is locked once, and again after it was given back", async () => {
  const unlock = await lockFolder(directory);
  await expect(lockFolder(directory)).rejects.toMatchObject({ code: "RUN_LOCKED" });
  await unlock();
  await (await lockFolder(directory))();
  expect(await readdir(directory)).toEqual([]);
});

test("of many at once, one gets the lock", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await writeFile(
    join(directory, "lock"),
    JSON.stringify({ host: hostname(), pid, started: 0, token: "dead" }),
  );
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(directory)));
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test.each([
  [
    "a process that ended",
    () => ({ host: hostname(), pid: spawnSync(process.execPath, ["--version"]).pid, started: 0 }),
  ],
  ["an earlier process with this pid", () => ({ host: hostname(), pid: process.pid, started: 1 })],
])("the lock of %s is taken over", async (_, holder) => {
  await writeFile(join(directory, "lock"), JSON.stringify({ ...holder(), token: "dead" }));
  await (await lockFolder(directory))();
});

test.each([
  ["another machine", JSON.stringify({ host: "elsewhere.invalid", pid: 1, started: 0, token: "x" })],
  ["nobody knows whom", "not JSON"],
])("the lock of %s stays", async (_, content) => {
  await writeFile(join(directory, "lock"), content);
  await expect(lockFolder(directory)).rejects.toMatchObject({ code: "RUN_LOCKED" });
});

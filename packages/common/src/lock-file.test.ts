import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFile } from "./node";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lock-"));
  path = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true }));

test("a lock is taken once, and again after it was given back", async () => {
  const unlock = await lockFile(path);
  await expect(lockFile(path)).rejects.toMatchObject({ code: "LOCKED" });
  await unlock();
  await (await lockFile(path))();
  expect(await readdir(directory)).toEqual([]);
});

test("who waits gets it when it is given back", async () => {
  const unlock = await lockFile(path);
  const second = lockFile(path, { wait: 20_000 });
  setTimeout(unlock, 60);
  await (await second)();
  expect(await readdir(directory)).toEqual([]);
});

test("of many at once, one gets the lock", async () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  await writeFile(path, JSON.stringify({ host: hostname(), pid, started: 0, token: "dead" }));
  const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
  expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test.each([
  [
    "a process that ended",
    () => ({ host: hostname(), pid: spawnSync(process.execPath, ["--version"]).pid, started: 0 }),
  ],
  ["an earlier process with this pid", () => ({ host: hostname(), pid: process.pid, started: 1 })],
])("the lock of %s is taken over", async (_, holder) => {
  await writeFile(path, JSON.stringify({ ...holder(), token: "dead" }));
  await (await lockFile(path))();
});

const elsewhere = JSON.stringify({ host: "elsewhere.invalid", pid: 1, started: 0, token: "x" });

test("the lock of another machine is taken over when it is silent", async () => {
  await writeFile(path, elsewhere);
  const longAgo = new Date(Date.now() - 11 * 60_000);
  await utimes(path, longAgo, longAgo);
  await (await lockFile(path))();
});

test.each([
  ["another machine", elsewhere],
  ["nobody knows whom", "not JSON"],
])("the lock of %s stays", async (_, content) => {
  await writeFile(path, content);
  await expect(lockFile(path)).rejects.toMatchObject({ code: "LOCKED" });
});

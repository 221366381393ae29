import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFolder } from "./lock";

test("a folder is locked once, and again after it was given back", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lock-"));
  const unlock = await lockFolder(directory);
  await expect(lockFolder(directory)).rejects.toMatchObject({ code: "RUN_LOCKED" });
  await expect(lockFolder(directory)).rejects.toThrow(/in use .*process \d+ on .*remove .*lock/);
  await unlock();
  await (await lockFolder(directory))();
  expect(await readdir(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

import { mkdir, mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { writeFileAtomic } from "./node";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "common-"));
});

test("writes, overwrites, makes missing folders and leaves nothing else behind", async () => {
  const path = join(folder, "a", "b.txt");
  await writeFileAtomic(path, "one");
  await writeFileAtomic(path, new TextEncoder().encode("two"));
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(join(folder, "a"))).toEqual(["b.txt"]);
});

test("a failed write removes its temporary file and keeps what was there", async () => {
  const path = join(folder, "taken");
  await mkdir(join(path, "child"), { recursive: true });
  await expect(writeFileAtomic(path, "x")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["taken"]);
});

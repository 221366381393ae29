import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csiFeedback } from "./run";

test("the same seed gives the same bytes on one worker and on two", async () => {
  const folder = await mkdtemp(join(tmpdir(), "data-"));
  const generate = (workers: string, name: string) => {
    const what = ["--channel", "cost2100-indoor", "--samples", "120", "--seed", "5"];
    return csiFeedback("data", "generate", ...what, "--workers", workers, "--out", join(folder, name));
  };
  expect((await generate("1", "one.h5")).code).toBe(0);
  expect((await generate("2", "two.h5")).code).toBe(0);
  expect(await readFile(join(folder, "one.h5"))).toEqual(await readFile(join(folder, "two.h5")));
  expect((await readdir(folder)).sort()).toEqual(["one.h5", "two.h5"]);

  const { stdout } = await csiFeedback("data", "info", join(folder, "one.h5"), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    shape: [120, 2, 32, 32],
    angleOrder: "centered",
    metadata: { channel: "cost2100-indoor", seed: 5, subcarriers: 1024 },
  });
});

test("an unknown channel model lists those there are", async () => {
  const { code, stderr } = await csiFeedback(
    "data",
    "generate",
    "--channel",
    "attic",
    "--samples",
    "1",
    "--out",
    "x.h5",
  );
  expect(code).toBe(2);
  expect(stderr).toContain("cost2100-indoor");
});

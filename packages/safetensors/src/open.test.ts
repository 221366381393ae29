import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeSafetensors, type SafeTensor } from "./index";
import { openSafetensors, readSafetensorsFile, readSiblingFile } from "./node";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-open-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function tensor(...values: number[]): SafeTensor {
  return { dtype: "F32", shape: [values.length], data: Float32Array.from(values) };
}

async function modelFolder(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

describe("one file", () => {
  test("only the tensors asked for are read", async () => {
    const bytes = encodeSafetensors([
      ["a", tensor(1, 2)],
      ["b", tensor(...new Array(1000).fill(3))],
      ["c", tensor(4)],
    ]);
    const path = join(await modelFolder("one", { "model.safetensors": bytes }), "model.safetensors");
    for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, join(folder, "one"), bytes]) {
      const reader = await openSafetensors(source);
      expect([...reader.names]).toEqual(["a", "b", "c"]);
      const before = reader.bytesRead;
      expect((await reader.describe(["b"])).get("b")?.shape).toEqual([1000]);
      expect(reader.bytesRead).toBe(before);
      expect(await reader.read(["c", "a"])).toEqual(
        new Map([
          ["a", tensor(1, 2)],
          ["c", tensor(4)],
        ]),
      );
      expect(reader.bytesRead - before).toBe(12);
      await reader.close();
    }
    expect((await readSafetensorsFile(path)).tensors.size).toBe(3);
  });

  test("names that are not there are listed, and nothing is read", async () => {
    const reader = await openSafetensors(encodeSafetensors([["a", tensor(1)]]));
    const before = reader.bytesRead;
    await expect(reader.read(["a", "x", "y"])).rejects.toMatchObject({
      code: "MISSING_TENSOR",
      message: 'planReads: the file lacks "x", "y"',
    });
    expect(reader.bytesRead).toBe(before);
  });

  test("a file that is not there, a folder without weights, a hostile file", async () => {
    await modelFolder("empty", {});
    for (const source of [join(folder, "none.safetensors"), join(folder, "empty")]) {
      await expect(openSafetensors(source)).rejects.toMatchObject({ code: "FILE_NOT_READABLE" });
    }
    await expect(readSafetensorsFile(folder)).rejects.toMatchObject({ code: "FILE_NOT_READABLE" });
    const path = join(folder, "hostile.safetensors");
    await writeFile(path, new Uint8Array(64).fill(0xff));
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: "SAFETENSORS_HEADER" });
  });

  test("files beside the weights are found", async () => {
    const path = await modelFolder("beside", {
      "config.json": "{}",
      "model.safetensors": encodeSafetensors([]),
    });
    for (const source of [path, join(path, "model.safetensors")]) {
      expect(new TextDecoder().decode(await readSiblingFile(source, "config.json"))).toBe("{}");
    }
  });
});

describe("shards", () => {
  const index = (weightMap: unknown) =>
    JSON.stringify({ metadata: { total_size: 12 }, weight_map: weightMap });
  const one = encodeSafetensors([
    ["a", tensor(1)],
    ["b", tensor(2)],
  ]);
  const two = encodeSafetensors([["c", tensor(3)]]);

  test("tensors come from their shards, and a shard that nothing is asked of is not opened", async () => {
    const text = index({ a: "model-1.safetensors", b: "model-1.safetensors", c: "model-2.safetensors" });
    const path = await modelFolder("sharded", {
      "model.safetensors.index.json": text,
      "model-1.safetensors": one,
      "model-2.safetensors": two,
    });
    for (const source of [path, join(path, "model.safetensors.index.json")]) {
      const reader = await openSafetensors(source);
      expect([...reader.names]).toEqual(["a", "b", "c"]);
      expect(reader.bytesRead).toBe(text.length);
      expect(await reader.read(["c"])).toEqual(new Map([["c", tensor(3)]]));
      expect(reader.bytesRead).toBe(text.length + two.length);
      expect((await reader.read(["a", "c"])).size).toBe(2);
      await expect(reader.read(["d"])).rejects.toMatchObject({ code: "MISSING_TENSOR" });
      await reader.close();
    }
  });

  test("an index that names a tensor its shard lacks", async () => {
    const files = { "model.safetensors.index.json": index({ z: "s.safetensors" }), "s.safetensors": two };
    const reader = await openSafetensors(await modelFolder("lacking", files));
    await expect(reader.read(["z"])).rejects.toMatchObject({ code: "MISSING_TENSOR" });
    await reader.close();
  });

  test.each([
    ["a shard outside the folder", index({ a: "../secret.safetensors" }), "beside the index"],
    ["an absolute shard", index({ a: "/etc/x.safetensors" }), "beside the index"],
    ["a shard of another kind", index({ a: "model.bin" }), "beside the index"],
    ["no map", "{}", "must be an object"],
    ["a name twice", '{"weight_map":{"a":"s.safetensors","a":"t.safetensors"}}', "occurs twice"],
    ["no JSON", "weights", "not valid JSON"],
  ])("%s is refused", async (name, text, words) => {
    const path = await modelFolder(name, { "model.safetensors.index.json": text });
    await expect(openSafetensors(path)).rejects.toMatchObject({
      code: "SAFETENSORS_INDEX",
      message: expect.stringContaining(words),
    });
  });

  test("a shard that is missing or truncated", async () => {
    const files = {
      "model.safetensors.index.json": index({ a: "gone.safetensors", c: "cut.safetensors" }),
      "cut.safetensors": (await readFile(join(folder, "sharded", "model-2.safetensors"))).subarray(0, -1),
    };
    const reader = await openSafetensors(await modelFolder("broken", files));
    await expect(reader.read(["a"])).rejects.toMatchObject({ code: "FILE_NOT_READABLE" });
    await expect(reader.read(["c"])).rejects.toMatchObject({ code: "SAFETENSORS_HEADER" });
  });
});

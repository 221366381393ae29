import { copyFile, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readChannels } from "@csi-feedback/datasets/node";
import { nmseDb } from "@csi-feedback/eval";
import { beforeAll, expect, test } from "vitest";
import { csiFeedback } from "./run";

const root = join(import.meta.dirname, "..");
const channels = join(root, "data", "cost2100-indoor-200.mat");
const weights = join(root, "models", "llmcsinet", "weights.safetensors");
const quantizers = join(root, "models", "llmcsinet", "quantizers.json");
let folder: string;
let frame: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "transmit-"));
  frame = join(folder, "frame.csi");
  const { code } = await csiFeedback("encode", channels, "--ratio", "1/8", "--samples", "3", "--out", frame);
  expect(code).toBe(0);
});

test("what was encoded is rebuilt from the bytes alone, in physical units", async () => {
  const rebuilt = join(folder, "rebuilt.h5");
  expect(await csiFeedback("decode", frame, "--ratio", "1/8", "--out", rebuilt)).toMatchObject({ code: 0 });
  const sent = await readChannels(channels);
  const back = await readChannels(rebuilt);
  expect(back.shape).toEqual([3, 2, 32, 32]);
  const size = 3 * 2048;
  const physical = (data: Float32Array, scale: Float32Array) =>
    data.slice(0, size).map((value, i) => (value - 0.5) * scale[Math.floor(i / 2048)]);
  const truth = physical(sent.data, sent.scale as Float32Array);
  expect(nmseDb(truth, physical(back.data, back.scale as Float32Array), back.shape)).toBeLessThan(-15);
  expect((await readFile(frame)).length).toBeLessThan(3 * 400);
});

test.each([
  ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
  ["empty", (bytes: Buffer) => bytes.subarray(0, 0)],
  [
    "with a flipped bit",
    (bytes: Buffer) => {
      bytes[40] ^= 4;
      return bytes;
    },
  ],
])("a frame %s is refused and leaves no file", async (name, damage) => {
  const path = join(folder, `${name}.csi`);
  await writeFile(path, damage(await readFile(frame)));
  const out = join(folder, `${name}.h5`);
  const { code, stderr } = await csiFeedback("decode", path, "--ratio", "1/8", "--out", out);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^error: .*decodeReport/m);
  expect(await readdir(folder)).not.toContain(`${name}.h5`);
});

test("a frame of another ratio is refused", async () => {
  const { code } = await csiFeedback("decode", frame, "--ratio", "1/16", "--out", join(folder, "other.h5"));
  expect(code).toBe(4);
});

async function modelFolder(name: string, bytes: Buffer): Promise<string> {
  const model = join(folder, name);
  await mkdir(model);
  await copyFile(quantizers, join(model, "quantizers.json"));
  await writeFile(join(model, "weights.safetensors"), bytes);
  return model;
}

test("a truncated checkpoint and one of another network are refused with one line", async () => {
  const bytes = await readFile(weights);
  const truncated = await modelFolder("truncated", bytes.subarray(0, bytes.length >> 1));
  const renamed = Buffer.from(bytes.toString("latin1").replace('"llmcsinet"', '"llmcsinot"'), "latin1");
  const other = await modelFolder("other", renamed);
  for (const [model, message] of [
    [truncated, /^error: .*(safetensors|bytes|end)/im],
    [other, /^error: .*llmcsinet.*llmcsinot/m],
  ] as const) {
    const out = join(folder, "never.csi");
    const { code, stderr } = await csiFeedback(
      "encode",
      channels,
      "--ratio",
      "1/8",
      "--model",
      model,
      "--out",
      out,
    );
    expect(code).toBe(4);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  }
  expect(await readdir(folder)).not.toContain("never.csi");
});

test("--verbose adds the stack trace", async () => {
  const { stderr } = await csiFeedback(
    "--verbose",
    "encode",
    "nowhere.h5",
    "--ratio",
    "1/8",
    "--out",
    join(folder, "x"),
  );
  expect(stderr).toMatch(/\n\s+at /);
});

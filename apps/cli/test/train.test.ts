import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csiFeedback } from "./run";

const configuration = {
  network: {
    name: "llmcsinet",
    encoder: { channels: 4 },
    preliminaryDecoder: { channels: 4, blocks: 1 },
    layers: { family: "gpt2", width: 16, heads: 2, depth: 1 },
  },
  data: {
    train: [{ channel: "cost2100-indoor", samples: 60, seed: 1 }],
    validation: [{ channel: "cost2100-indoor", samples: 20, seed: 2 }],
  },
  ratios: ["1/8", "1/64"],
  seed: 3,
  batchSize: 20,
  loss: "geometric-nmse",
  stages: [
    {
      name: "preliminary",
      output: "preliminary",
      groups: ["encoder", "preliminaryDecoder"],
      epochs: 1,
      learningRate: 1e-3,
    },
    { name: "joint", output: "final", groups: ["tokenPredictor"], epochs: 2, learningRate: 1e-3 },
  ],
  valueBits: 6,
};

test("a configuration is trained to a model that the link loads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "train-"));
  const file = join(folder, "training.json");
  await writeFile(file, JSON.stringify(configuration));
  const run = join(folder, "run");
  const { code, stderr } = await csiFeedback("train", file, "--out", run);
  expect(stderr).toContain("stage joint, epoch 2");
  expect(code).toBe(0);
  const config = JSON.parse(await readFile(join(run, "config.json"), "utf8"));
  expect(config.data.train.samples).toBe(60);
  const channels = join(import.meta.dirname, "..", "data", "cost2100-indoor-200.mat");
  const frame = join(folder, "frame.csi");
  const encoded = await csiFeedback(
    "encode",
    channels,
    "--ratio",
    "1/64",
    "--model",
    join(run, "model"),
    "--out",
    frame,
  );
  expect(encoded.code).toBe(0);

  const again = await csiFeedback("train", file, "--out", run);
  expect(again.code).toBe(4);
  expect(again.stderr).toContain("resume");
});

test("a configuration that lacks a part, or names an unknown network, is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "train-"));
  const file = join(folder, "training.json");
  for (const [content, message] of [
    ["{", "must be JSON"],
    ["{}", '"network" is missing'],
    [JSON.stringify({ ...configuration, network: { name: "abacus" } }), "llmcsinet"],
    [JSON.stringify({ ...configuration, ratios: ["1/9"] }), "1/8"],
  ]) {
    await writeFile(file, content);
    const { code, stderr } = await csiFeedback("train", file, "--out", join(folder, "run"));
    expect(code).toBeGreaterThan(1);
    expect(stderr).toContain(message);
  }
});

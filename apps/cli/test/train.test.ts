import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "@csi-feedback/common";
import { checkDefinition, readDefinition } from "@csi-feedback/experiments";
import { readMetrics } from "@csi-feedback/training/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { app, csiFeedback } from "./run";

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

const own = join(import.meta.dirname, "..");
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "train-"));
  file = join(folder, "training.json");
  await writeFile(file, JSON.stringify(configuration));
});
afterAll(() => rm(folder, { recursive: true }));

test("a definition is trained to a model that the link loads", async () => {
  const run = join(folder, "run");
  const { code, stderr, stdout } = await csiFeedback("train", file, "--out", run, "--json");
  expect(stderr).toContain("stage joint, epoch 2");
  expect(code).toBe(0);
  const summary = JSON.parse(stdout);
  expect(summary).toMatchObject({ epochs: 3, steps: 9, trainingSamples: 60 });
  expect(summary.waitSeconds).toBeGreaterThan(0);
  expect(stderr).toContain(`${summary.waitSeconds.toFixed(3)} s of it waiting for data`);
  const config = JSON.parse(await readFile(join(run, "config.json"), "utf8"));
  expect(config).toMatchObject({
    data: { train: { samples: 60, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    sessions: [
      {
        processors: expect.any(Array),
        about: { commit: expect.any(String), engine: { description: expect.any(String) } },
      },
    ],
  });
  const channels = join(own, "data", "cost2100-indoor-200.mat");
  const frame = join(folder, "frame.csi");
  const link = ["--ratio", "1/64", "--model", join(run, "model"), "--out", frame];
  expect((await csiFeedback("encode", channels, ...link)).code).toBe(0);

  const again = await csiFeedback("train", file, "--out", run);
  expect(again.code).toBe(4);
  expect(again.stderr).toContain("resume");
  const finished = await csiFeedback("train", file, "--out", run, "--resume", "--json");
  expect(finished.stdout).toBe(stdout);

  const second = join(folder, "second");
  await cp(run, second, { recursive: true });
  const overlay = join(own, "definitions", "crnet-published.csv");
  const out = join(folder, "figure.svg");
  const plot = await csiFeedback("train", "plot", run, second, "--overlay", overlay, "--out", out, "--json");
  expect(plot.code).toBe(0);
  const [{ points }] = JSON.parse(plot.stdout);
  expect(points.map(({ epoch }: { epoch: number }) => epoch)).toEqual([0, 1, 1, 2, 3]);
  const svg = await readFile(out, "utf8");
  for (const text of ["run", "second", "CRNet 1/8 published", "Epoch"]) expect(svg).toContain(text);
  expect((await readFile(join(folder, "figure.png"))).subarray(1, 4).toString()).toBe("PNG");
  const steps = ["--overlay", overlay, "--over", "steps", "--until", "10000", "--out", out];
  expect((await csiFeedback("train", "plot", run, ...steps)).code).toBe(0);
  const overSteps = await readFile(out, "utf8");
  for (const text of ["run", "CRNet 1/8 published", "Optimizer step", "10,000"]) {
    expect(overSteps).toContain(text);
  }
  const alone = await csiFeedback("train", "plot", run);
  expect(await readFile(join(run, "learning-curve.svg"), "utf8")).toContain("M = 28");
  expect(alone.code).toBe(0);
  expect((await csiFeedback("train", "plot", folder)).stderr).toContain("no metrics of a run");
});

test("a dry run says what would be trained, and writes nothing", async () => {
  const before = await readdir(folder);
  const dry = await csiFeedback("train", file, "--dry-run", "--json");
  expect(dry.code).toBe(0);
  const { definition, parameters, stages, seconds } = JSON.parse(dry.stdout);
  expect(definition).toEqual(configuration);
  expect(Object.keys(parameters)).toEqual(["encoder", "preliminaryDecoder", "tokenPredictor"]);
  expect(stages[0]).toMatchObject({ stage: "preliminary", epochs: 1, stepsPerEpoch: 3 });
  // The token predictor is left out of the first stage.
  expect(stages[1].flopsPerEpoch).toBeGreaterThan(stages[0].flopsPerEpoch);
  expect(seconds).toBeGreaterThan(0);
  expect(await readdir(folder)).toEqual(before);
  const text = await csiFeedback("train", join(own, "definitions", "from-files.json"), "--dry-run");
  expect(text.stdout).toMatch(/preliminaryDecoder +3,362/);
  expect((await csiFeedback("train", file)).stderr).toContain("needs --out or --dry-run");
});

test("a definition that lacks a part, or names what is not there, is refused", async () => {
  const bad = join(folder, "bad.json");
  for (const [content, message, code] of [
    [JSON.stringify({ ...configuration, ratios: ["1/9"] }), "1/8", 4],
    [JSON.stringify({ ...configuration, startFrom: { model: "nowhere" } }), "nowhere", 4],
  ] as const) {
    await writeFile(bad, content);
    const run = await csiFeedback("train", bad, "--out", join(folder, "bad"));
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(code);
  }
});

test("the definitions that come along are definitions", async () => {
  const names = (await readdir(join(own, "definitions"))).filter((name) => name.endsWith(".json"));
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) {
    const path = join(own, "definitions", name);
    checkDefinition(await readDefinition(path), path);
  }
  const [, example] = (await readFile(join(own, "README.md"), "utf8")).split("```json\n");
  checkDefinition(JSON.parse(example.slice(0, example.indexOf("```"))), "README.md");
});

/** Starts a training in a child process; `act` is given it at every line of metrics that it has written. */
function trainInChild(
  run: string,
  act: (steps: number, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [app, "train", file, "--out", run, "--resume"]);
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const timer = setInterval(async () => {
      const lines = await readMetrics(run).catch(() => []);
      act(lines.filter(({ type }) => type === "step").length, (signal) => child.kill(signal));
    }, 10);
    child.on("close", (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, stderr });
    });
  });
}

describe("a training that is stopped", () => {
  const losses = async (run: string) =>
    (await readMetrics(run)).flatMap((line) => (line.type === "step" ? [line.loss] : []));
  const weights = (run: string) => readFile(join(run, "model", "weights.safetensors"));
  let whole: string;
  beforeAll(async () => {
    whole = join(folder, "whole");
    await trainInChild(whole, () => {});
  });

  test("by Ctrl-C finishes the batch, exits 130, and goes on to the same numbers", async () => {
    const run = join(folder, "interrupted");
    let sent = false;
    const stopped = await trainInChild(run, (steps, kill) => {
      if (steps >= 2 && !sent) {
        sent = true;
        kill("SIGINT");
      }
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("--resume");
    const before = (await losses(run)).length;
    expect(before).toBeLessThan(9);
    const resumed = await trainInChild(run, () => {});
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/resumed in epoch \d of \d, after \d steps/);
    const [stage] = (await readMetrics(run)).filter(({ type }) => type === "resume");
    expect(stage).toMatchObject({ step: before, stepsPerEpoch: 3 });
    expect(await losses(run)).toEqual(await losses(whole));
    expect(await weights(run)).toEqual(await weights(whole));
  });

  test("by Ctrl-C twice exits now", async () => {
    const stopped = await trainInChild(join(folder, "twice"), (steps, kill) => {
      if (steps >= 1) kill("SIGINT");
    });
    expect(stopped.code).toBe(130);
  });

  test("by kill -9, again and again, loses at most what came after the last checkpoint", async () => {
    const run = join(folder, "killed");
    const stream = randomStream(1);
    for (let kills = 0; kills < 2; kills++) {
      const earlier = (await losses(run).catch(() => [])).length;
      const { signal } = await trainInChild(run, (steps, kill) => {
        if (steps > earlier || stream.uniform() < 0.002) kill("SIGKILL");
      });
      expect(signal).toBe("SIGKILL");
    }
    expect((await trainInChild(run, () => {})).code).toBe(0);
    expect(await losses(run)).toEqual(await losses(whole));
    expect(await weights(run)).toEqual(await weights(whole));
    expect((await readdir(run)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScalarQuantizer } from "@csi-feedback/codec";
import { type StartedEngine, startEngine } from "@csi-feedback/engines";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openData } from "./channel-data";
import type { TrainingDefinition } from "./definition";
import { definitionHash } from "./definition-hash";
import { loadPretrained } from "./pretrained";
import { type RunEvent, runTraining } from "./run";
import { isFinished, loadTrainedNetwork } from "./trained-network";

const stage = { output: "final", epochs: 1, learningRate: 1e-3 } as const;

/** An LLMCsiNet that trains in a second. */
const tiny: TrainingDefinition = {
  network: {
    name: "llmcsinet",
    encoder: { channels: 2 },
    preliminaryDecoder: { channels: 2, blocks: 1 },
    tokenPredictor: { patch: [8, 8], channels: 2 },
    layers: { family: "gpt2", width: 16, heads: 2, depth: 1 },
  },
  data: {
    train: [{ channel: "cost2100-indoor", samples: 24, seed: 1 }],
    validation: [{ channel: "cost2100-indoor", samples: 8, seed: 2 }],
  },
  ratios: ["1/8", "1/64"],
  seed: 3,
  batchSize: 8,
  stages: [
    { name: "preliminary", ...stage, output: "preliminary", groups: ["encoder", "preliminaryDecoder"] },
    { name: "full", ...stage, groups: ["tokenPredictor"] },
  ],
  valueBits: 4,
};

const crnet: TrainingDefinition = {
  ...tiny,
  network: { name: "crnet" },
  ratios: ["1/64"],
  stages: [{ name: "full", ...stage, groups: ["encoder", "decoder"] }],
};

let engine: StartedEngine;
let folder: string;
beforeAll(async () => {
  engine = await startEngine("onnxruntime");
  folder = await mkdtemp(join(tmpdir(), "run-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Ends a run at a step. */
function abortAt(step: number) {
  const controller = new AbortController();
  const on = (event: RunEvent) => {
    if (event.type === "step" && event.step === step) controller.abort();
  };
  return { signal: controller.signal, on };
}

describe("a training", { timeout: 120_000 }, () => {
  test("is run, found finished, loaded, and not run again", async () => {
    const run = join(folder, "tiny");
    expect(await isFinished(run, tiny)).toBe(false);
    const events: string[] = [];
    const on = (event: RunEvent) => void events.push(event.type);
    const summary = await runTraining({ definition: tiny, folder: run, engine, on });
    expect(summary).toMatchObject({
      hash: await definitionHash(tiny),
      network: "llmcsinet",
      trainingSamples: 24,
      validationSamples: 8,
      epochs: 2,
      steps: 6,
      engine: engine.description,
    });
    expect(summary?.seconds).toBeGreaterThan(0);
    expect(summary?.samplesPerSecond).toBeGreaterThan(0);
    expect(summary?.validation.map(({ elements }) => elements)).toEqual([221, 28]);
    expect(events).toContain("data");
    expect(await isFinished(run, tiny)).toBe(true);
    expect(await isFinished(run, { ...tiny, seed: 4 })).toBe(false);

    const trained = await loadTrainedNetwork(run);
    expect(trained.summary).toEqual(summary);
    expect(Object.keys(trained.quantizers)).toEqual(["1/8", "1/64"]);
    expect(Object.keys(trained.controlQuantizers)).toEqual(["1/8", "1/64"]);
    expect(await definitionHash(trained.definition)).toBe(summary?.hash);
    trained.dispose();

    const again = await runTraining({ definition: tiny, folder: run, engine, resume: true });
    expect(again).toEqual(summary);
    await expect(runTraining({ definition: tiny, folder: run, engine })).rejects.toMatchObject({
      code: "RUN_EXISTS",
    });
    await expect(
      runTraining({ definition: { ...tiny, seed: 4 }, folder: run, engine, resume: true }),
    ).rejects.toMatchObject({ code: "RUN_MISMATCH" });
  });

  test("that was interrupted goes on to the same weights", async () => {
    const [whole, halves] = [join(folder, "whole"), join(folder, "halves")];
    await runTraining({ definition: crnet, folder: whole, engine });
    expect(await runTraining({ definition: crnet, folder: halves, engine, ...abortAt(2) })).toBeUndefined();
    expect(await isFinished(halves)).toBe(false);
    await expect(loadTrainedNetwork(halves)).rejects.toMatchObject({ code: "RUN_NOT_FINISHED" });
    await runTraining({ definition: crnet, folder: halves, engine, resume: true });
    const weights = (run: string) => readFile(join(run, "model", "weights.safetensors"));
    expect(await weights(halves)).toEqual(await weights(whole));
  });

  test("ends in good order while the data is made", async () => {
    const controller = new AbortController();
    const on = () => controller.abort();
    const run = { definition: tiny, folder: join(folder, "early"), engine, on, signal: controller.signal };
    const longer = { ...tiny.data, train: [{ channel: "cost2100-indoor", samples: 200, seed: 1 }] };
    expect(await runTraining({ ...run, definition: { ...tiny, data: longer } })).toBeUndefined();
  });

  test("starts from another one, trains the groups it names and leaves the others alone", async () => {
    const definition: TrainingDefinition = {
      network: { name: "llmcsinet" },
      startFrom: { training: tiny },
      data: {
        train: [{ channel: "street-canyon", samples: 16, seed: 5 }],
        validation: [{ channel: "street-canyon", samples: 16, seed: 5 }],
      },
      ratios: ["1/64"],
      seed: 3,
      batchSize: 8,
      stages: [{ name: "transfer", ...stage, epochs: 2, groups: ["tokenPredictor"] }],
      valueBits: 4,
    };
    const run = join(folder, "transfer");
    await runTraining({ definition, folder: run, engine });
    const before = await loadTrainedNetwork(join(run, "start"));
    const after = await loadTrainedNetwork(run);
    const values = async (trained: typeof before, group: string) => {
      const names = trained.network.groups[group];
      return Promise.all(names.map((name) => trained.network.parameters.get(name)!.data()));
    };
    expect(await values(after, "preliminaryDecoder")).toEqual(await values(before, "preliminaryDecoder"));
    expect(await values(after, "tokenPredictor")).not.toEqual(await values(before, "tokenPredictor"));
    before.dispose();
    after.dispose();

    const model = join(run, "start");
    const fromFile = { ...definition, startFrom: { model } };
    const summary = await runTraining({ definition: fromFile, folder: join(folder, "file"), engine });
    expect(summary?.bestNmseDb).toBe(after.summary.bestNmseDb);
    await expect(
      runTraining({
        definition: { ...fromFile, network: { name: "llmcsinet", encoder: { channels: 3 } } },
        folder: join(folder, "other"),
        engine,
      }),
    ).rejects.toThrow('another "encoder.channels"');
  });

  test("trains a base station on quantised values and leaves the user's side alone", async () => {
    const first: TrainingDefinition = { ...crnet, valueBits: 2 };
    const definition: TrainingDefinition = {
      ...first,
      network: { name: "crnet" },
      startFrom: { training: first },
      stages: [{ name: "quantised", ...stage, groups: ["decoder"] }],
      quantizedValues: true,
    };
    const run = join(folder, "quantised");
    const summary = await runTraining({ definition, folder: run, engine });
    const before = await loadTrainedNetwork(join(run, "start"));
    const after = await loadTrainedNetwork(run);
    const { source } = await openData(definition.data.validation);
    const channels = await source.read(Int32Array.from({ length: 8 }, (_, i) => i));
    const sent = await before.network.encode(channels, { batch: 8 });
    // Batch statistics stay too: the codewords are the same to the last bit, and so is their quantizer.
    expect(await after.network.encode(channels, { batch: 8 })).toEqual(sent);
    const quantizer = before.quantizers["1/64"] as ScalarQuantizer;
    expect(after.quantizers["1/64"]?.levels).toEqual(quantizer.levels);
    // What the training saw is what the deployed link does.
    const received = sent.map((one) => ({ ...one, values: quantizer.decode(quantizer.encode(one.values)) }));
    const rebuilt = await after.network.decode(received);
    const ratios = Array.from({ length: 8 }, (_, sample) => {
      let [error, energy] = [0, 0];
      for (let i = sample * 2048; i < (sample + 1) * 2048; i++) {
        error += (rebuilt[i] - channels[i]) ** 2;
        energy += (channels[i] - 0.5) ** 2;
      }
      return error / energy;
    });
    const nmse = 10 * Math.log10(ratios.reduce((sum, ratio) => sum + ratio, 0) / 8);
    expect(nmse).toBeCloseTo(summary?.bestNmseDb as number, 3);
    before.dispose();
    after.dispose();
  });

  test("keeps pretrained layers where they are frozen", async () => {
    const { layers: _, ...network } = tiny.network;
    const definition: TrainingDefinition = {
      ...tiny,
      network: { ...network, name: "llmcsinet" },
      layers: { source: "stories260K", layers: 1 },
      stages: [{ name: "full", ...stage, groups: ["tokenPredictor"] }],
    };
    const frozen = {
      ...definition,
      stages: [{ ...definition.stages[0], groups: ["tokenPredictorEnds"] }],
    };
    const [tunedRun, frozenRun] = [join(folder, "tuned"), join(folder, "frozen")];
    await runTraining({ definition, folder: tunedRun, engine });
    const summary = await runTraining({ definition: frozen, folder: frozenRun, engine });
    expect(Object.keys(summary?.parameters ?? {})).toEqual([
      "encoder",
      "preliminaryDecoder",
      "transformerLayers",
      "tokenPredictorEnds",
    ]);
    const [tuned, kept] = [await loadTrainedNetwork(tunedRun), await loadTrainedNetwork(frozenRun)];
    const name = "tokenPredictor.layers.model.layers.0.self_attn.q_proj.weight";
    const weight = (one: typeof tuned) => one.network.parameters.get(name)!.data();
    const original = (await loadPretrained({ source: "stories260K", layers: 1 })).parameters;
    const pretrained = await original.get(name.slice("tokenPredictor.layers.".length))!.data();
    expect(await weight(kept)).toEqual(pretrained);
    expect(await weight(tuned)).not.toEqual(pretrained);
    tuned.dispose();
    kept.dispose();
  });

  test("that is damaged on disk says which file", async () => {
    const run = join(folder, "tiny");
    await writeFile(join(run, "summary.json"), "{");
    await expect(isFinished(run)).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    await expect(loadTrainedNetwork(run)).rejects.toThrow("summary.json");
  });
});

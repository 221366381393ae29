import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readEventFile } from "../../test/read-event-file";
import { tinyOptions } from "../../test/record";
import { parametersOf, tinyChannels, tinyNetwork } from "../../test/tiny-network";
import { loadModel } from "../parameters";
import { readMetrics } from "./metrics-log";
import { type FolderOptions, trainInFolder } from "./run-folder";

let directory: string;
beforeAll(() => tf.setBackend("cpu"));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "run-"));
});
afterEach(() => rm(directory, { recursive: true }));

const folderOptions = (more: Partial<FolderOptions> = {}): FolderOptions => ({
  ...tinyOptions(tinyNetwork()),
  directory,
  about: { commit: "abc", engine: "cpu" },
  ...more,
});

async function eventFiles() {
  const names = (await readdir(directory)).filter((name) => name.startsWith("events.out.tfevents."));
  return Promise.all(names.sort().map(async (name) => readEventFile(await readFile(join(directory, name)))));
}

/** Trains until `step` steps were made. */
function abortAt(step: number): Partial<FolderOptions> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    on: (event) => {
      if (event.type === "step" && event.step === step) controller.abort();
    },
  };
}

describe("a run folder", () => {
  test("holds configuration, models, metrics and TensorBoard events", async () => {
    const network = tinyNetwork();
    const result = await trainInFolder(folderOptions({ network }));
    const names = (await readdir(directory)).filter((name) => !name.startsWith("events."));
    expect(names.sort()).toEqual([
      "best-full.safetensors",
      "best-preliminary.safetensors",
      "checkpoint.safetensors",
      "config.json",
      "metrics.jsonl",
      "model.safetensors",
    ]);
    const config = JSON.parse(await readFile(join(directory, "config.json"), "utf8"));
    expect(config).toMatchObject({
      network: "tiny",
      parameters: { encoder: 256, preliminaryDecoder: 288, tokenPredictor: 1056 },
      batchSize: 16,
      seed: 3,
      stages: [{ name: "preliminary" }, { name: "full" }],
      data: { train: { samples: 40, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      sessions: [{ about: { commit: "abc", engine: "cpu" }, backend: "cpu", node: process.version }],
    });
    const copy = tinyNetwork(7);
    const metadata = loadModel(copy, await readFile(join(directory, "model.safetensors")));
    expect(await parametersOf(copy)).toEqual(await parametersOf(network));
    expect(JSON.parse(metadata.validation)).toEqual(result.stages[1].best);
    expect(metadata.stage).toBe("full");
  });

  test("metrics and TensorBoard events tell the same losses", async () => {
    await trainInFolder(folderOptions());
    const steps = (await readMetrics(directory)).filter((line) => line.type === "step");
    expect(steps).toHaveLength(36);
    const [events] = await eventFiles();
    expect(events[0]).toMatchObject({ fileVersion: "brain.Event:2" });
    const losses = events.flatMap((event) => {
      const values =
        (event.summary as { value: { tag: string; simpleValue: number }[] } | undefined)?.value ?? [];
      return values
        .filter(({ tag }) => tag === "loss/step")
        .map(({ simpleValue }) => [event.step, simpleValue]);
    });
    expect(losses).toEqual(
      steps.map((line) => [line.step, Math.fround(line.type === "step" ? line.loss : 0)]),
    );
    const tags = new Set(
      events.flatMap((event) =>
        ((event.summary as { value: { tag: string }[] })?.value ?? []).map(({ tag }) => tag),
      ),
    );
    for (const tag of [
      "nmse_db/32",
      "nmse_db/mean",
      "learning_rate/encoder",
      "gradient_norm/tokenPredictor",
    ]) {
      expect(tags).toContain(tag);
    }
  });

  test("an aborted run continues in it, without a line too many", async () => {
    expect(await trainInFolder(folderOptions(abortAt(7)))).toMatchObject({ status: "aborted", steps: 7 });
    await writeFile(join(directory, "checkpoint.safetensors.1-abc.tmp"), "left over");
    await writeFile(join(directory, "metrics.jsonl"), '{"type":"step","step":8,"sequence":99}\n{"half', {
      flag: "a",
    });
    await trainInFolder(folderOptions({ resume: true }));
    const lines = await readMetrics(directory);
    expect(lines.flatMap((line) => (line.type === "step" ? [line.step] : []))).toEqual(
      Array.from({ length: 36 }, (_, i) => i + 1),
    );
    const [, second] = await eventFiles();
    expect(second[1]).toMatchObject({ step: 8, sessionLog: { status: "START" } });
    const config = JSON.parse(await readFile(join(directory, "config.json"), "utf8"));
    expect(config.sessions).toHaveLength(2);
    expect((await readdir(directory)).some((name) => name.endsWith(".tmp"))).toBe(false);
    expect((await trainInFolder(folderOptions({ resume: true }))).steps).toBe(36);
  });

  test("is not overwritten, nor shared, nor continued with other data or settings", async () => {
    // The other one comes in the middle of a step, when the first has the folder for certain.
    const controller = new AbortController();
    let other: unknown;
    await trainInFolder(
      folderOptions({
        signal: controller.signal,
        async on(event) {
          if (event.type !== "step" || event.step !== 7) return;
          other = await trainInFolder(folderOptions({ resume: true })).catch((error) => error);
          controller.abort();
        },
      }),
    );
    expect(other).toMatchObject({ code: "RUN_LOCKED" });
    await expect(trainInFolder(folderOptions())).rejects.toMatchObject({ code: "RUN_EXISTS" });
    const data = { train: tinyChannels(40, 9), validation: tinyChannels(20, 2) };
    await expect(trainInFolder(folderOptions({ resume: true, data }))).rejects.toMatchObject({
      code: "DATA_CHANGED",
    });
    await expect(trainInFolder(folderOptions({ resume: true, batchSize: 8 }))).rejects.toMatchObject({
      code: "RESUME_MISMATCH",
      message: "train: to resume, batchSize must be 16 as in the checkpoint, received 8",
    });
  });

  test("a checkpoint that is damaged is refused, not half loaded", async () => {
    await trainInFolder(folderOptions(abortAt(7)));
    const path = join(directory, "checkpoint.safetensors");
    const whole = await readFile(path);
    for (const bytes of [
      whole.subarray(0, 100),
      whole.subarray(0, -4),
      Buffer.from("no checkpoint at all"),
    ]) {
      await writeFile(path, bytes);
      const network = tinyNetwork();
      const before = await parametersOf(network);
      await expect(trainInFolder(folderOptions({ network, resume: true }))).rejects.toMatchObject({
        code: expect.any(String),
      });
      expect(await parametersOf(network)).toEqual(before);
    }
    await writeFile(path, await readFile(join(directory, "best-preliminary.safetensors")));
    await expect(trainInFolder(folderOptions({ resume: true }))).rejects.toMatchObject({
      code: "INVALID_CHECKPOINT",
    });
  });
});

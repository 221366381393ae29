import "@tensorflow/tfjs-backend-cpu";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { memoryStorage } from "../test/memory-storage";
import { eventsOf, record } from "../test/record";
import { parametersOf, tinyNetwork } from "../test/tiny-network";
import { algorithm1 } from "./algorithm1";
import type { RunStorage } from "./options";

describe.each(["cpu", "onnxruntime"])("train on %s", (backend) => {
  beforeAll(async () => {
    if (backend === "onnxruntime") await registerOnnxruntimeBackend();
    await tf.setBackend(backend);
  });

  test("Algorithm 1 lowers the NMSE of both stages and keeps the best model", async () => {
    const network = tinyNetwork();
    const { events, result } = await record(network, {
      stages: algorithm1({ epochs: 30, learningRate: 0.02, stage2: "joint" }),
    });
    const [first, second] = result!.stages;
    const [start] = eventsOf(events, "stage");
    expect(first.best.nmse).toBeLessThan(start.validation.nmse - 5);
    expect(second.best.nmse).toBeLessThan(first.best.nmse);
    expect(result!.status).toBe("completed");
    expect(result!.steps).toBe(2 * 30 * 3);
    expect(second.best.perElements.map(({ elements }) => elements)).toEqual([32, 16]);
    const lowest = Math.min(...eventsOf(events, "epoch").map(({ validation }) => validation!.nmse));
    expect(second.best.nmse).toBe(lowest);
  });

  test("frozen groups do not change", async () => {
    const network = tinyNetwork();
    const before = await parametersOf(network);
    await record(network, { stages: [algorithm1({ epochs: 3, stage2: "frozen", learningRate: 0.01 })[1]] });
    const after = await parametersOf(network);
    expect(after["encoder.weight"]).toEqual(before["encoder.weight"]);
    expect(after["decoder.weight"]).toEqual(before["decoder.weight"]);
    expect(after["predictor.weight"]).not.toEqual(before["predictor.weight"]);
  });

  test("the same seed gives the same numbers, another seed others", async () => {
    const run = async (seed: number) =>
      (await record(tinyNetwork(), { seed, noise: { snr: [5, 15] } })).losses;
    const losses = await run(3);
    expect(await run(3)).toEqual(losses);
    expect(await run(4)).not.toEqual(losses);
  });

  test("several passes give the update of the whole batch", async () => {
    const [whole, parts] = [tinyNetwork(), tinyNetwork()];
    const one = await record(whole);
    const many = await record(parts, { microBatchSize: 5 });
    for (const [i, loss] of one.losses.entries()) expect(many.losses[i]).toBeCloseTo(loss, 5);
  });

  test("early stopping waits for `patience` epochs", async () => {
    const stages = [
      {
        ...algorithm1({ epochs: 50 })[0],
        learningRate: 0,
        warmupEpochs: 0,
        finalLearningRate: 0,
        patience: 4,
      },
    ];
    const { result } = await record(tinyNetwork(), { stages });
    expect(result!.stages[0]).toMatchObject({ reason: "patience", epochs: 4, bestEpoch: 0 });
  });

  test("tensor count stays flat over steps and returns to where it was", async () => {
    const network = tinyNetwork();
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await record(network, {
      optimizer: { clipNorm: 1, averagingDecay: 0.9, weightDecay: 0.01 },
      on: (event) => {
        if (event.type === "epoch") counts.push(tf.memory().numTensors);
      },
    });
    expect(new Set(counts.slice(1, 6)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("averaged parameters are what is validated and kept", async () => {
    const network = tinyNetwork();
    const { result } = await record(network, { optimizer: { averagingDecay: 0.5 } });
    expect(result!.stages[0].bestEpoch).toBeGreaterThan(0);
  });
});

describe.each(["cpu", "onnxruntime"])("resume on %s", (backend) => {
  beforeAll(() => tf.setBackend(backend));

  const noisy = {
    noise: { snr: 10 },
    optimizer: { averagingDecay: 0.9, clipNorm: 5 },
    microBatchSize: 8,
  } as const;

  /** Stops after `step` steps and resumes, as often as it takes. */
  async function interrupted(storage: RunStorage, every: number) {
    const losses = new Map<number, number>();
    for (let runs = 0; ; runs++) {
      const controller = new AbortController();
      let steps = 0;
      const network = tinyNetwork(runs + 10);
      const { result, events } = await record(runs === 0 ? tinyNetwork() : network, {
        ...noisy,
        storage,
        resume: true,
        signal: controller.signal,
        on: (event) => {
          if (event.type === "step" && ++steps === every) controller.abort();
        },
      });
      for (const { step, loss } of eventsOf(events, "step")) losses.set(step, loss);
      for (const { step, epoch, stepsPerEpoch, stepsDone } of eventsOf(events, "resume")) {
        expect((step - stepsDone) % stepsPerEpoch).toBe(0);
        // Of an epoch whose batches are all done only the end may be missing.
        expect(Math.abs(stepsDone - (epoch - 0.5) * stepsPerEpoch)).toBeLessThanOrEqual(stepsPerEpoch / 2);
      }
      if (result!.status === "completed") return { result, losses: [...losses.values()], runs };
    }
  }

  test("continues to exactly the losses of a run that never stopped", async () => {
    const whole = await record(tinyNetwork(), noisy);
    for (const every of [1, 4]) {
      const pieces = await interrupted(memoryStorage(), every);
      expect(pieces.losses).toEqual(whole.losses);
      expect(pieces.result!.stages).toEqual(whole.result!.stages);
      expect(pieces.runs).toBeGreaterThan(3);
    }
  });
});

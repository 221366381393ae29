// Runs that go wrong: how they stop, what they keep, and when groups freeze instead.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { memoryStorage } from "../test/memory-storage";
import { eventsOf, record } from "../test/record";
import { parametersOf, type TinyNetwork, tinyNetwork } from "../test/tiny-network";
import { algorithm1 } from "./algorithm1";
import { loadModel } from "./parameters";

beforeAll(() => tf.setBackend("cpu"));

/** The tiny network whose token predictor has a gradient that is not a number from training pass `from` on. */
function brokenNetwork(from: number): TinyNetwork {
  const network = tinyNetwork();
  let passes = 0;
  return {
    ...network,
    forward(channels, options) {
      const estimate = network.forward(channels, options);
      if (!options.training || ++passes < from || options.output !== "final") return estimate;
      const poison = tf.customGrad((x) => ({
        value: tf.mul(x as tf.Tensor, 0),
        gradFunc: (dy: tf.Tensor) => tf.fill(dy.shape, Number.NaN),
      }));
      return tf.add(estimate, poison(tf.sum(network.parameters.get("predictor.bias")!)));
    },
  };
}

describe("a diverged run", () => {
  test("names step, stage and group, and keeps checkpoint and best model", async () => {
    const storage = memoryStorage();
    const network = brokenNetwork(22);
    const { error, events } = await record(network, { storage });
    expect(error).toMatchObject({
      code: "DIVERGED",
      message:
        "train: diverged at step 22 (stage full, epoch 2, group tokenPredictor): the gradient norm of tokenPredictor is NaN",
    });
    expect(eventsOf(events, "diverged")).toMatchObject([
      { step: 22, stage: "full", group: "tokenPredictor" },
    ]);
    const resumed = await record(tinyNetwork(5), { storage, resume: true });
    expect(resumed.error).toBeUndefined();
    const whole = await record(tinyNetwork());
    // The last good checkpoint is the end of the epoch before.
    expect(resumed.losses).toEqual(whole.losses.slice(21));
    expect(resumed.result!.stages).toEqual(whole.result!.stages);
    const best = tinyNetwork(9);
    loadModel(best, storage.files.get("best-full")!);
    for (const values of Object.values(await parametersOf(network)))
      expect(values.every(Number.isFinite)).toBe(true);
  });

  test("an explosion stops the run before the numbers overflow", async () => {
    const rate = { encoder: 5, preliminaryDecoder: 5 };
    const { error, events, losses } = await record(tinyNetwork(), {
      stages: [
        { name: "wild", output: "preliminary", groups: Object.keys(rate), epochs: 50, learningRate: rate },
      ],
    });
    expect(error).toMatchObject({ code: "DIVERGED" });
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(eventsOf(events, "diverged")[0].detail).toContain("over 100 times its lowest value");
  });

  test("parameters that are broken from the start are refused", async () => {
    const network = tinyNetwork();
    tf.tidy(() => network.parameters.get("decoder.bias")!.assign(tf.fill([32], Number.NaN)));
    expect((await record(network)).error).toMatchObject({ code: "DIVERGED" });
  });
});

describe("stage 2 in automatic mode", () => {
  const [first, second] = algorithm1({ epochs: 6, learningRate: 0.01 });

  test("stays joint when the joint run is healthy", async () => {
    const { events, result } = await record(tinyNetwork(), {
      stages: [first, { ...second, learningRate: 0.02, epochs: 12 }],
    });
    expect(eventsOf(events, "freeze")).toEqual([]);
    expect(result!.stages[1].frozen).toEqual([]);
  });

  test("freezes and goes back to the best model when the joint run diverges", async () => {
    const wild = { encoder: 5, preliminaryDecoder: 5, tokenPredictor: 0.01 };
    const storage = memoryStorage();
    const { events, result } = await record(tinyNetwork(), {
      stages: [
        first,
        { ...second, epochs: 40, warmupEpochs: 0, learningRate: wild, finalLearningRate: wild },
      ],
      storage,
    });
    const [freeze] = eventsOf(events, "freeze");
    expect(freeze).toMatchObject({
      reason: "diverged",
      groups: ["encoder", "preliminaryDecoder"],
      stage: "full",
    });
    expect(result!.stages[1].frozen).toEqual(["encoder", "preliminaryDecoder"]);
    expect(result!.stages[1].best.nmse).toBeLessThan(result!.stages[0].best.nmse + 10);
    const after = eventsOf(events, "step").filter(({ sequence }) => sequence > freeze.sequence);
    expect(after.every(({ learningRates }) => Object.keys(learningRates).join() === "tokenPredictor")).toBe(
      true,
    );
  });

  test("freezes when the joint run never gets below the stage before", async () => {
    const { events, result } = await record(tinyNetwork(), {
      stages: [first, { ...second, learningRate: 0, finalLearningRate: 0 }],
    });
    expect(eventsOf(events, "freeze")).toMatchObject([{ reason: "slow" }]);
    expect(result!.stages[1]).toMatchObject({ epochs: 12, bestEpoch: 0 });
  });

  test("resumes to the same numbers across the freeze", async () => {
    const stages = [first, { ...second, learningRate: 0, finalLearningRate: 0 }];
    const whole = await record(tinyNetwork(), { stages });
    const storage = memoryStorage();
    const losses: number[] = [];
    for (let status: string | undefined = "aborted"; status === "aborted"; ) {
      const controller = new AbortController();
      const part = await record(tinyNetwork(8), {
        stages,
        storage,
        resume: true,
        signal: controller.signal,
        on: (event) => {
          if (event.type === "step" && event.step % 7 === 0) controller.abort();
        },
        ...(losses.length === 0 ? { network: tinyNetwork() } : {}),
      });
      losses.push(...part.losses);
      status = part.result?.status;
    }
    expect(losses).toEqual(whole.losses);
  });
});

// The flow of batches through a run: read ahead, in graphs that stay the same, in
// memory that stays flat.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import "@tensorflow/tfjs-backend-cpu";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsOf, record, tinyOptions } from "../test/record";
import { parametersOf, tinyChannels, tinyNetwork } from "../test/tiny-network";
import { algorithm1 } from "./algorithm1";
import { measureTraining } from "./measure";
import type { ChannelSource, TrainableNetwork } from "./network";
import { train } from "./train";

beforeAll(async () => {
  await registerOnnxruntimeBackend();
  await tf.setBackend("onnxruntime");
});

/** One gain per element, on channels of the usual size. */
function gainNetwork(): TrainableNetwork {
  const gain = tf.variable(tf.fill([1, 2, 32, 32], 0.5));
  return {
    name: "gain",
    parameters: new Map([["gain", gain]]),
    groups: { all: ["gain"] },
    forward: (channels) => tf.tidy(() => tf.add(tf.mul(tf.sub(channels, 0.5), gain), 0.5) as tf.Tensor4D),
  };
}

function steadySource(count: number): ChannelSource {
  const sample = Float32Array.from({ length: 2048 }, (_, i) => 0.5 + 0.1 * Math.sin(i));
  const read = async (indices: Int32Array) => {
    const out = new Float32Array(indices.length * 2048);
    for (let i = 0; i < indices.length; i++) out.set(sample, i * 2048);
    return out;
  };
  return { count, shape: [2, 32, 32], read };
}

describe("batches", () => {
  test("the next batch is asked for before the step begins, and never two ahead", async () => {
    const trace: string[] = [];
    const source = tinyChannels(40, 1);
    const watched: ChannelSource = {
      ...source,
      read: (indices) => {
        if (indices.length === 8) trace.push("read");
        return source.read(indices);
      },
    };
    await record(tinyNetwork(), {
      data: { train: watched, validation: tinyChannels(5, 2) },
      stages: [{ ...algorithm1()[0], epochs: 1, warmupEpochs: 0 }],
      batchSize: 8,
      on: (event) => {
        if (event.type === "step") trace.push("step");
      },
    });
    expect(trace.join(" ")).toBe("read read step read step read step read step step");
  });

  test("a source that fails ends the run with its own error", async () => {
    let reads = 0;
    const failing: ChannelSource = {
      ...tinyChannels(40, 1),
      read: async (indices) => {
        if (++reads === 3) throw new Error("disk gone");
        return tinyChannels(40, 1).read(indices);
      },
    };
    const { error } = await record(tinyNetwork(), {
      data: { train: failing, validation: tinyChannels(5, 2) },
    });
    expect(error).toMatchObject({ message: "disk gone" });
  });
});

describe("the lazy engine", () => {
  test("compiles each graph once", async () => {
    const sessions: number[] = [];
    await record(tinyNetwork(), {
      stages: [{ ...algorithm1()[0], epochs: 6, learningRate: 0.01 }],
      optimizer: { clipNorm: 1, weightDecay: 0.1, averagingDecay: 0.9 },
      on: (event) => {
        if (event.type === "epoch")
          sessions.push((tf.memory() as { cachedSessions?: number }).cachedSessions!);
      },
    });
    expect(sessions.slice(1)).toEqual(sessions.slice(1).fill(sessions[1]));
  });

  test("resident memory stays flat", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const resident: number[] = [];
    // Half a MiB per batch: 84 batches that stayed would be 42 MiB.
    await train({
      network: gainNetwork(),
      data: { train: steadySource(64 * 12), validation: steadySource(64) },
      stages: [{ name: "only", output: "final", groups: ["all"], epochs: 8, learningRate: 1e-3 }],
      batchSize: 64,
      seed: 1,
      on: (event) => {
        if (event.type !== "epoch") return;
        collect();
        resident.push(process.memoryUsage().rss / 2 ** 20);
      },
    });
    expect(resident.at(-1)! - resident[1]).toBeLessThan(20);
  });
});

describe("measureTraining", () => {
  test("counts steps and validations and leaves the network as it was", async () => {
    const network = tinyNetwork();
    const before = await parametersOf(network);
    const tensors = tf.memory().numTensors;
    const options = tinyOptions(network, { validationInterval: 2 });
    const measure = await measureTraining(options);
    expect(await parametersOf(network)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(measure.stages.map(({ stage, steps, validations }) => [stage, steps, validations])).toEqual([
      ["preliminary", 18, 4],
      ["full", 18, 4],
    ]);
    const { events } = await record(network, { validationInterval: 2 });
    for (const stage of ["preliminary", "full"]) {
      const validated = eventsOf(events, "epoch").filter(
        (event) => event.stage === stage && event.validation,
      );
      expect(validated).toHaveLength(3);
    }
    expect(measure.seconds).toBeGreaterThan(0);
  });
});

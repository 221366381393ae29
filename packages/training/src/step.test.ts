// The optimizer against PyTorch, on the plain engine and on the lazy one.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import "@tensorflow/tfjs-backend-cpu";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { ChannelSource, TrainableNetwork } from "./network";
import { makePlan, type OptimizerSettings } from "./options";
import { Stepper } from "./step";

interface Case {
  losses: number[];
  weight: number[];
  bias: number[];
  average: number[];
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, "../test/fixtures/adam.json"), "utf8")) as {
  inputs: number[];
  targets: number[];
  weight: number[];
  bias: number[];
  cases: Record<string, Case>;
};
const settings: Record<string, OptimizerSettings> = {
  adam: {},
  weightDecay: { weightDecay: 0.1 },
  clipNorm: { clipNorm: 0.5 },
  averagingDecay: { averagingDecay: 0.8 },
};

/** y = x W + b where a "channel" [4, 1, 3] holds the targets: sample i is predicted from row i of the inputs. */
function linearNetwork(): TrainableNetwork {
  const weight = tf.variable(tf.tensor2d(golden.weight, [4, 3]));
  const bias = tf.variable(tf.tensor1d(golden.bias));
  return {
    name: "linear",
    parameters: new Map<string, tf.Variable>([
      ["weight", weight],
      ["bias", bias],
    ]),
    groups: { one: ["weight"], two: ["bias"] },
    forward: (channels) =>
      tf.tidy(() => {
        const inputs = tf.tensor2d(golden.inputs, [8, 4]);
        return tf.reshape(tf.add(tf.matMul(inputs, weight as tf.Tensor2D), bias), channels.shape);
      }),
  };
}

describe.each(["cpu", "onnxruntime"])("on %s", (backend) => {
  beforeAll(async () => {
    if (backend === "onnxruntime") await registerOnnxruntimeBackend();
    await registerGradients();
    await tf.setBackend(backend);
  });

  test.each(Object.keys(golden.cases))("%s as in PyTorch", async (name) => {
    const network = linearNetwork();
    const source = { count: 8, shape: [1, 1, 3] } as unknown as ChannelSource;
    const plan = makePlan({
      network,
      data: { train: source, validation: source },
      stages: [{ name: "only", output: "final", groups: ["one", "two"], epochs: 1, learningRate: 1 }],
      batchSize: 8,
      seed: 0,
      optimizer: settings[name],
    });
    const stepper = new Stepper(plan, ["one", "two"], "final");
    const target = Float32Array.from(golden.targets);
    const expected = golden.cases[name];
    const before = tf.memory().numTensors;
    for (const [step, loss] of expected.losses.entries()) {
      const rate = 0.05 / (1 + step);
      const result = await stepper.run({ count: 8, input: target, target }, { one: rate, two: rate });
      expect(result.loss).toBeCloseTo(loss, 4);
      expect(result.gradientNorms.one).toBeGreaterThan(0);
    }
    expect(tf.memory().numTensors).toBe(before);
    const compare = async (tensor: tf.Tensor, values: number[]) => {
      for (const [i, value] of Array.from(await tensor.data()).entries())
        expect(value).toBeCloseTo(values[i], 5);
    };
    await compare(network.parameters.get("weight")!, expected.weight);
    await compare(network.parameters.get("bias")!, expected.bias);
    if (name === "averagingDecay") await compare(stepper.adam.averages.get("weight")!, expected.average);
    stepper.dispose();
  });
});

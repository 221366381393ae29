// The fused operations against composed references with derived gradients, and a
// GPT-2 layer out of them against PyTorch.
import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { gpt2Layer, layerParameters, readGolden } from "../test/gpt2-layer";
import {
  AdamOptimizer,
  batchNormTraining,
  biasActivation,
  gelu,
  layerNorm,
  registerOnnxruntimeBackend,
  rmsNorm,
  scaledDotProductAttention,
} from "./index";

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

function waves(shape: number[], frequency: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin(index * frequency + frequency)),
    shape,
  );
}

const moments = (x: tf.Tensor, axes: number[]) => tf.moments(x, axes, true);
const normalized = (x: tf.Tensor, axes: number[], epsilon: number) => {
  const { mean, variance } = moments(x, axes);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
};

function tanhGelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, causal: boolean): tf.Tensor {
  const tokens = q.shape[2]!;
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape[3]!));
  const mask = tf.sub(tf.linalg.bandPart(tf.ones([tokens, tokens]) as tf.Tensor2D, -1, 0), 1);
  return tf.matMul(tf.softmax(causal ? tf.add(scores, tf.mul(mask, 1e30)) : scores), v);
}

const image = () => waves([3, 4, 5, 6], 1.7);
const vector = (frequency: number) => waves([6], frequency);
const heads = () => [0.9, 1.1, 0.4].map((frequency) => waves([2, 3, 5, 4], frequency));

const cases: [name: string, inputs: () => tf.Tensor[], fused: Operation, composed: Operation][] = [
  [
    "layerNorm",
    () => [image(), vector(1), vector(2)],
    (x, gain, bias) => layerNorm(x!, gain!, bias!, 1e-3),
    (x, gain, bias) => tf.add(tf.mul(normalized(x!, [3], 1e-3), gain!), bias!),
  ],
  [
    "rmsNorm",
    () => [image(), vector(1)],
    (x, gain) => rmsNorm(x!, gain!, 1e-3),
    (x, gain) => tf.mul(tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), -1, true), 1e-3))), gain!),
  ],
  [
    "batchNormTraining",
    () => [image(), vector(1), vector(2)],
    (x, gain, bias) => batchNormTraining(x!, gain!, bias!, 1e-3).output,
    (x, gain, bias) => tf.add(tf.mul(normalized(x!, [0, 1, 2], 1e-3), gain!), bias!),
  ],
  ["gelu tanh", () => [image()], (x) => gelu(tf.mul(x!, 3)), (x) => tanhGelu(tf.mul(x!, 3))],
  [
    "gelu erf",
    () => [image()],
    (x) => gelu(x!, { approximation: "none" }),
    (x) => tf.mul(tf.mul(x!, 0.5), tf.add(1, tf.erf(tf.div(x!, Math.SQRT2)))),
  ],
  ...(["linear", "relu", "leakyRelu", "tanh", "sigmoid"] as const).map(
    (activation): (typeof cases)[number] => [
      `biasActivation ${activation}`,
      () => [image(), vector(2)],
      (x, bias) => biasActivation(x!, bias!, { activation }),
      (x, bias) => {
        const sum = tf.add(x!, bias!);
        if (activation === "linear") return sum;
        const plain = { relu: tf.relu, tanh: tf.tanh, sigmoid: tf.sigmoid };
        return activation === "leakyRelu" ? tf.leakyRelu(sum, 0.3) : plain[activation](sum);
      },
    ],
  ),
  ...[false, true].map((causal): (typeof cases)[number] => [
    `attention${causal ? ", causal" : ""}`,
    heads,
    (q, k, v) => scaledDotProductAttention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, { causal }),
    (q, k, v) => attention(q!, k!, v!, causal),
  ]),
];

async function evaluate(run: Operation, inputs: () => tf.Tensor[]): Promise<number[]> {
  const values = inputs();
  const loss = (...args: tf.Tensor[]) => {
    const y = run(...args);
    return tf.sum(tf.mul(y, tf.sin(y))) as tf.Scalar;
  };
  const outputs = [run(...values), ...tf.grads(loss)(values)];
  return (await Promise.all(outputs.map((output) => output.data()))).flatMap((data) => Array.from(data));
}

/** Largest difference over the largest magnitude. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let [difference, scale] = [0, 0];
  for (let index = 0; index < a.length; index++) {
    difference = Math.max(difference, Math.abs(a[index]! - b[index]!));
    scale = Math.max(scale, Math.abs(b[index]!));
  }
  return difference / scale;
}

beforeAll(() => registerOnnxruntimeBackend());

describe.each(["onnxruntime", "cpu"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each(cases)("%s and its gradient", async (_, inputs, fused, composed) => {
    expect(relativeError(await evaluate(fused, inputs), await evaluate(composed, inputs))).toBeLessThan(2e-5);
  });

  for (const attention of ["causal", "bidirectional"]) {
    test(`three GPT-2 layers, ${attention}: outputs and gradients of PyTorch`, async () => {
      const [weights, golden] = [readGolden("gpt2-layers-weights"), readGolden("gpt2-layers-io")];
      const layer = (index: number) => layerParameters.map((name) => weights.get(`h.${index}.${name}`)!);
      const forward = (x: tf.Tensor, first: tf.Tensor[]) =>
        [first, layer(1), layer(2)].map((parameters) => {
          x = gpt2Layer(x as tf.Tensor3D, parameters, 4, attention === "causal");
          return x;
        });
      const x = golden.get("input")!;
      for (const [index, output] of forward(x, layer(0)).entries()) {
        const expected = await golden.get(`${attention}.after_layer_${index}`)!.data();
        expect(relativeError(await output.data(), expected)).toBeLessThan(1e-5);
      }
      const loss = (input: tf.Tensor, ...first: tf.Tensor[]) =>
        tf.mean(tf.square(forward(input, first)[2]!)) as tf.Scalar;
      const gradients = tf.grads(loss)([x, ...layer(0)]);
      for (const [index, name] of ["input", ...layerParameters.map((key) => `h.0.${key}`)].entries()) {
        const expected = await golden.get(`${attention}.grad.${name}`)!.data();
        const error = relativeError(await gradients[index]!.data(), expected);
        expect([name, error < 1e-4]).toEqual([name, true]);
      }
    });
  }

  const fixture = join(import.meta.dirname, "../test/fixtures/adam.json");
  const expected = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, number[]>;
  for (const [name, weightDecay] of [
    ["adam", 0],
    ["adamw", 0.1],
  ] as const) {
    test(`ten steps of ${name} give the losses of PyTorch`, async () => {
      const [weights, golden] = [readGolden("gpt2-layers-weights"), readGolden("gpt2-layers-io")];
      const parameters = layerParameters.map((key) => tf.variable(weights.get(`h.0.${key}`)!));
      const x = golden.get("input") as tf.Tensor3D;
      const optimizer = new AdamOptimizer(parameters, { weightDecay });
      for (const reference of expected[name]!) {
        const loss = optimizer.minimize(
          () => tf.mean(tf.square(gpt2Layer(x, parameters, 4, true))) as tf.Scalar,
          1e-3,
        );
        expect(Math.abs((await loss.data())[0]! / reference - 1)).toBeLessThan(1e-3);
      }
      optimizer.dispose();
    });
  }
});

test("batchNormTraining gives the statistics of the batch", async () => {
  await tf.setBackend("onnxruntime");
  const x = image();
  const { mean, variance } = batchNormTraining(x, vector(1), vector(2));
  const expected = tf.moments(x, [0, 1, 2]);
  expect(relativeError(await mean.data(), await expected.mean.data())).toBeLessThan(1e-5);
  expect(relativeError(await variance.data(), await expected.variance.data())).toBeLessThan(1e-5);
});

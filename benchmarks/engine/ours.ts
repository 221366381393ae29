// Our half of the engine benchmarks: reads names of programs on standard input, runs
// one step of each, and prints its wall time and processor time in milliseconds.
import { createInterface } from "node:readline";
import { createGpt2Layers } from "@csi-feedback/gpt2-layers";
import { createCrNet } from "@csi-feedback/networks";
import {
  AdamOptimizer,
  compileInference,
  registerOnnxruntimeBackend,
} from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";

type Step = () => Promise<unknown>;

const tokens = 65;

/** A training step of one GPT-2 layer on 16 sequences of 65 tokens. */
function trainLayer(width: number): Step {
  const layers = createGpt2Layers({ width, heads: width / 64, layers: 1, seed: 1 });
  const optimizer = new AdamOptimizer([...layers.parameters.values()]);
  const x = tf.randomNormal([16, tokens, width], 0, 1, "float32", 2) as tf.Tensor3D;
  return async () => {
    const loss = optimizer.minimize(
      () => tf.mean(tf.square(layers.forward(x, { causal: true }))) as tf.Scalar,
      1e-3,
    );
    await loss.data();
    loss.dispose();
  };
}

/** A training step of CRNet 1/8 on 200 channels. */
function trainCrNet(): Step {
  const network = createCrNet({ codeword: 256 }, 1);
  const trained = Object.values(network.groups).flat();
  const optimizer = new AdamOptimizer(trained.map((name) => network.parameters.get(name)!));
  const x = tf.randomUniform([200, 2, 32, 32], 0, 1, "float32", 2) as tf.Tensor4D;
  const loss = () =>
    tf.mean(tf.squaredDifference(network.forward(x, { training: true, output: "final" }), x)) as tf.Scalar;
  return async () => {
    const value = optimizer.minimize(loss, 1e-3);
    await value.data();
    value.dispose();
  };
}

/** Six GPT-2 Large layers as a frozen program. */
async function decode(batch: number, weights: "float32" | "int8"): Promise<Step> {
  const layers = createGpt2Layers({ width: 1280, heads: 20, layers: 6, seed: 1 });
  const x = tf.randomNormal([batch, tokens, 1280], 0, 1, "float32", 2);
  const program = await compileInference(
    (input) => layers.forward(input as tf.Tensor3D, { causal: true }),
    [x],
    {
      weights,
    },
  );
  const data = (await x.data()) as Float32Array;
  return () => program.run(data);
}

const programs: Record<string, () => Step | Promise<Step>> = {
  "train-gpt2-large-layer": () => trainLayer(1280),
  "train-gpt2-layer": () => trainLayer(768),
  "train-crnet": trainCrNet,
  "decode-1": () => decode(1, "float32"),
  "decode-64": () => decode(64, "float32"),
  "decode-1-int8": () => decode(1, "int8"),
  "decode-64-int8": () => decode(64, "int8"),
};

await registerOnnxruntimeBackend();
await tf.setBackend("onnxruntime");
let current: { name: string; step: Step } | undefined;
for await (const name of createInterface({ input: process.stdin })) {
  if (current?.name !== name) current = { name, step: await programs[name]!() };
  const [start, before] = [performance.now(), process.cpuUsage()];
  await current.step();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ ms: performance.now() - start, cpuMs: (user + system) / 1e3 }));
}

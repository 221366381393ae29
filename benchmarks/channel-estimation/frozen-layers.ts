// What frozen layers save in training: LLM4XCE at its paper's size, with GPT-2 small's twelve
// layers, of which all, the last two (the paper's), or none are tuned. Weights are random, which changes
// neither time nor memory. Needs 4 GiB and about a minute. Run from the repository root:
//   node benchmarks/run.mjs benchmarks/channel-estimation/frozen-layers.ts [--json]
import { startEngine } from "@csi-feedback/engines";
import { createLlm4Xce } from "@csi-feedback/networks";
import { type ChannelSource, train } from "@csi-feedback/training";
import * as tf from "@tensorflow/tfjs-core";

/** Four antennas a token, so that a step on a processor takes seconds. */
const ANTENNAS_PER_TOKEN = 4;
const STEPS = 5;

const sample = Float32Array.from({ length: 512 }, (_, i) => 0.5 + Math.sin(i));
const source: ChannelSource = {
  count: STEPS,
  shape: [2, 16, 16],
  read: async (indices) => {
    const batch = new Float32Array(indices.length * sample.length);
    for (let i = 0; i < indices.length; i++) batch.set(sample, i * sample.length);
    return batch;
  },
};

/**
 * Bytes of the optimizer: what the engine holds while it trains, without the weights and the trainer's one copy of them
 * all (the best model so far). Matrix products of a gradient, and the time of a step.
 */
async function measure(tunedLayers: number) {
  const network = createLlm4Xce({ antennasPerToken: ANTENNAS_PER_TOKEN, tunedLayers });
  const { trained, frozen } = network.size;
  const before = tf.memory().numBytes;
  let bytes = 0;
  let last = performance.now();
  const times: number[] = [];
  await train({
    network,
    data: { train: source, validation: { ...source, count: 1 } },
    stages: [
      { name: "all", output: "final", groups: Object.keys(network.groups), epochs: 1, learningRate: 1e-4 },
    ],
    batchSize: 1,
    validationBatchSize: 1,
    seed: 1,
    on: ({ type }) => {
      if (type === "step") {
        bytes = tf.memory().numBytes - before - 4 * (trained + frozen);
        times.push(performance.now() - last);
      }
      last = performance.now();
    },
  });
  const products = await gradientProducts(network);
  network.dispose();
  const stepMs = times.slice(1).sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
  return { tunedLayers, trained, frozen, optimizerBytes: bytes, gradientProducts: products, stepMs };
}

/** Matrix products of a forward and a backward pass. */
async function gradientProducts(network: ReturnType<typeof createLlm4Xce>): Promise<number> {
  const { kernels } = await tf.profile(() => {
    const observed = tf.tensor4d(sample, [1, 2, 16, 16]);
    const loss = () => tf.mean(network.forward(observed, { training: true, output: "final" })) as tf.Scalar;
    return tf.variableGrads(loss).grads;
  });
  return kernels.filter(({ name }) => name === "BatchMatMul").length;
}

await startEngine("onnxruntime");
const rows = [];
for (const tunedLayers of [12, 2, 0]) rows.push(await measure(tunedLayers));
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify(rows)}\n`);
} else {
  console.table(
    rows.map(({ tunedLayers, trained, frozen, optimizerBytes, gradientProducts: products, stepMs }) => ({
      "layers tuned": tunedLayers,
      trained,
      frozen,
      "optimizer [MB]": (optimizerBytes / 1e6).toFixed(1),
      "two moments of the trained [MB]": ((8 * trained) / 1e6).toFixed(1),
      "matrix products of a step": products,
      "step [ms]": stepMs.toFixed(0),
    })),
  );
}

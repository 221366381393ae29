// The bytes that a user sends: the same from the plain encoder and from the network on every
// reference sample at every ratio, and from the graph that is trained on some of them; on
// all of them: node benchmarks/run.mjs benchmarks/ue-encoder/latency.ts.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeReport } from "@csi-feedback/codec";
import { readChannels } from "@csi-feedback/datasets/node";
import { startEngine } from "@csi-feedback/engines";
import { createLlmCsiNet, type LlmCsiNetOptions, loadNetwork, parseCheckpoint } from "@csi-feedback/networks";
import { transmit } from "@csi-feedback/ue-encoder";
import { openUserEncoder } from "@csi-feedback/ue-encoder/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readFrames } from "../src/model-files";
import { elementsAt, paperRatios } from "../src/ratio";

const root = join(import.meta.dirname, "..");
const model = join(root, "models", "llmcsinet");
const weights = join(model, "weights.safetensors");
const SIZE = 2048;
/** Samples of each channel that go through the graph. */
const GRAPH = 40;

beforeAll(async () => {
  await startEngine("onnxruntime");
});

describe.each(["indoor", "outdoor"])("%s", (channel) => {
  test.each(paperRatios)("ratio %s", async (ratio) => {
    const { data, scale, shape } = await readChannels(join(root, "data", `cost2100-${channel}-200.mat`));
    const batch = shape[0];
    const elements = elementsAt(ratio);
    const { encoder, bytesRead } = await openUserEncoder(weights);
    expect(bytesRead).toBeLessThan(40_000);
    const configuration = (await readFrames(model, encoder.shape)).frames(ratio);
    const scales = scale as Float32Array;
    const frames = transmit(encoder, data, scales, configuration);

    const checkpoint = await readFile(weights);
    const network = loadNetwork(checkpoint);
    const codewords = await network.encode(data, { batch, elements });
    const byNetwork = codewords.map((codeword, i) =>
      encodeReport({ ...codeword, scale: scales[i] }, configuration),
    );
    expect(Buffer.concat(byNetwork).equals(Buffer.concat(frames))).toBe(true);
    network.dispose();

    // Without decoders the graph gives the matrix of kept elements.
    const { configuration: stored, tensors } = parseCheckpoint(checkpoint);
    const without = ["preliminaryDecoder", "tokenPredictor"] as const;
    const graph = createLlmCsiNet({ ...(stored as LlmCsiNetOptions), without });
    graph.assign(new Map([...tensors].filter(([name]) => name.startsWith("encoder."))));
    const output = tf.tidy(() =>
      graph.forward(tf.tensor4d(data.slice(0, GRAPH * SIZE), [GRAPH, 2, 32, 32]), {
        training: false,
        output: "final",
        elements: tf.fill([GRAPH], elements) as tf.Tensor1D,
      }),
    );
    const kept = (await output.data()) as Float32Array;
    output.dispose();
    graph.dispose();
    const different = codewords.slice(0, GRAPH).filter((codeword, i) => {
      const values = Float32Array.from(codeword.positions ?? [], (position) => kept[i * SIZE + position]);
      const theirs = encodeReport({ ...codeword, values, scale: scales[i] }, configuration);
      return !Buffer.from(theirs).equals(frames[i]);
    });
    // Single precision in another order may round a value across a threshold; here it never does.
    expect(different.length).toBeLessThanOrEqual(1);
  });
});

// The user's plain encoder against the graph that is trained. Without decoders the graph's
// output is the matrix of kept elements, so both can be compared element by element.
import { existsSync, readFileSync } from "node:fs";
import { encodeReport, ScalarQuantizer } from "@csi-feedback/codec";
import { createUserEncoder, extractUserEncoder } from "@csi-feedback/ue-encoder";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { parseCheckpoint } from "../checkpoint-file";
import { placeElements } from "../elements";
import { disturb, largestDifference, sparseChannels } from "../test-support";
import type { LlmCsiNetOptions } from "./configuration";
import { createLlmCsiNet } from "./create";
import type { LlmCsiNet } from "./llmcsinet";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** What the graph keeps, `[batch, size]`: elements at their places, the mean elsewhere. */
async function keptByGraph(
  network: LlmCsiNet,
  channels: Float32Array,
  elements: number,
): Promise<Float32Array> {
  const [planes, delays, antennas] = network.shape;
  const batch = channels.length / (planes * delays * antennas);
  const output = tf.tidy(() =>
    network.forward(tf.tensor4d(channels, [batch, planes, delays, antennas]), {
      training: false,
      output: "final",
      elements: tf.fill([batch], elements) as tf.Tensor1D,
    }),
  );
  const data = (await output.data()) as Float32Array;
  output.dispose();
  return data;
}

const small = {
  delays: 8,
  antennas: 12,
  encoder: { channels: 5 },
  without: ["preliminaryDecoder", "tokenPredictor"],
};

describe.each([
  ["residual", small],
  ["paper", { ...small, form: "paper" }],
  [
    "by self-information, zero padding",
    { ...small, form: "paper", encoder: { channels: 3, sortKey: "self-information", circular: false } },
  ],
  ["by value", { ...small, encoder: { channels: 4, sortKey: "value" } }],
  ["by magnitude, one feature map", { ...small, encoder: { channels: 1, sortKey: "magnitude" } }],
  ["without encoder", { ...small, without: ["encoder", ...small.without] }],
] as [string, LlmCsiNetOptions][])("%s", (_, options) => {
  test("the plain encoder keeps what the graph keeps", async () => {
    const network = createLlmCsiNet(options, { seed: 4 });
    disturb(network);
    const encoder = createUserEncoder(extractUserEncoder(await network.save()));
    const channels = sparseChannels(12, 4, 8, 12);
    for (const elements of [1, 17, 192]) {
      const codewords = await network.encode(channels, { batch: 4, elements });
      expect(encoder.encode(channels, { batch: 4, elements })).toEqual(codewords);
      const kept = new Float32Array(channels.length);
      for (const [i, codeword] of codewords.entries()) {
        placeElements("test", codeword, kept.subarray(i * 192, (i + 1) * 192), new Float32Array(192));
      }
      expect(largestDifference(kept, await keptByGraph(network, channels, elements))).toBeLessThan(2e-5);
    }
    network.dispose();
  });
});

const model = `${import.meta.dirname}/../../../../apps/cli/models/llmcsinet`;

describe.skipIf(!existsSync(model))("the model that travels with the app", () => {
  const quantizers = JSON.parse(readFileSync(`${model}/quantizers.json`, "utf8"));
  const checkpoint = readFileSync(`${model}/weights.safetensors`);

  test.each([
    ["1/8", 221],
    ["1/16", 111],
    ["1/32", 56],
    ["1/64", 28],
  ] as const)(
    "ratio %s: the same elements and, but for rounding at a threshold, the same bytes as the graph",
    async (ratio, elements) => {
      const { configuration, tensors } = parseCheckpoint(checkpoint);
      const without = ["preliminaryDecoder", "tokenPredictor"] as const;
      const network = createLlmCsiNet({ ...(configuration as LlmCsiNetOptions), without });
      network.assign(new Map([...tensors].filter(([name]) => name.startsWith("encoder."))));
      const channels = sparseChannels(7, 8, 32, 32);
      const kept = await keptByGraph(network, channels, elements);
      const quantizer = new ScalarQuantizer(quantizers.network[ratio]);
      const frames = {
        shape: network.shape,
        elements,
        quantizer,
        meanBits: 12,
        indexCode: "enumerative",
      } as const;
      const encoder = createUserEncoder(checkpoint);
      let different = 0;
      for (const [i, codeword] of encoder.encode(channels, { batch: 8, elements }).entries()) {
        const graph = kept.subarray(i * 2048, (i + 1) * 2048);
        const values = Float32Array.from(codeword.positions, (position) => graph[position]);
        expect(largestDifference(values, codeword.values)).toBeLessThan(1e-6);
        // Nothing else differs from the fill: the positions are the same.
        const others = graph.filter((_, position) => !codeword.positions.includes(position));
        expect(Math.max(...others) - Math.min(...others)).toBe(0);
        const [ours, theirs] = [codeword, { ...codeword, values }].map((report) =>
          encodeReport(report, frames),
        );
        if (ours.some((byte, at) => byte !== theirs[at])) different++;
      }
      expect(different).toBeLessThanOrEqual(1);
      network.dispose();
    },
  );
});

// Checkpoints around every kind of transformer layers come back whole from their own bytes.

import { randomStream } from "@csi-feedback/common";
import {
  createGpt2Layers,
  createLlamaLayers,
  loadLlamaLayers,
  type TransformerLayers,
} from "@csi-feedback/gpt2-layers";
import { encodeSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { loadNetwork } from "../registry";
import { disturb, sparseChannels } from "../test-support";
import { createLlmCsiNet } from "./create";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Two Gemma 3 layers as a file would have them: own head size, one with a window, one with stretched positions. */
function gemmaLayers(): Promise<TransformerLayers> {
  const stream = randomStream(4);
  const sizes: [string, number[]][] = [0, 1].flatMap((layer) =>
    (
      [
        ["input_layernorm", [16]],
        ["self_attn.q_proj", [4 * 6, 16]],
        ["self_attn.k_proj", [2 * 6, 16]],
        ["self_attn.v_proj", [2 * 6, 16]],
        ["self_attn.q_norm", [6]],
        ["self_attn.k_norm", [6]],
        ["self_attn.o_proj", [16, 4 * 6]],
        ["post_attention_layernorm", [16]],
        ["pre_feedforward_layernorm", [16]],
        ["mlp.gate_proj", [20, 16]],
        ["mlp.up_proj", [20, 16]],
        ["mlp.down_proj", [16, 20]],
        ["post_feedforward_layernorm", [16]],
      ] as [string, number[]][]
    ).map(([name, shape]): [string, number[]] => [`model.layers.${layer}.${name}.weight`, shape]),
  );
  const tensors = [...sizes, ["model.norm.weight", [16]] as [string, number[]]].map(
    ([name, shape]): [string, SafeTensor] => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        { dtype: "F32", shape, data: Float32Array.from({ length }, () => 0.2 * stream.normal()) },
      ];
    },
  );
  const config = {
    model_type: "gemma3_text",
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 6,
    query_pre_attn_scalar: 6,
    rms_norm_eps: 1e-4,
    rope_theta: 500_000,
    rope_local_base_freq: 20_000,
    sliding_window: 9,
    layer_types: ["sliding_attention", "full_attention"],
    rope_scaling: { rope_type: "linear", factor: 4 },
  };
  return loadLlamaLayers({ source: encodeSafetensors(tensors), layers: 2, config, finalNorm: true });
}

const lora = { rank: 2, alpha: 6, seed: 5 };
const llama = { width: 16, heads: 4, keyValueHeads: 2, hidden: 24, layers: 2, seed: 3 };

describe.each([
  ["GPT-2 with LoRA", () => createGpt2Layers({ width: 16, heads: 2, layers: 2, seed: 3, lora })],
  [
    "GPT-2 with positions, final normalisation and LoRA on the MLP",
    () =>
      createGpt2Layers({
        ...{ width: 16, heads: 2, layers: 1, seed: 3, positions: 7, finalNorm: true },
        lora: { ...lora, targets: ["c_fc", "attn.c_proj"] },
      }),
  ],
  ["LLaMA", () => createLlamaLayers({ ...llama, ropeBase: 500_000, finalNorm: true })],
  [
    "LLaMA with LoRA",
    () => createLlamaLayers({ ...llama, lora: { ...lora, targets: ["q_proj", "down_proj"] } }),
  ],
  ["Gemma 3", gemmaLayers],
] as [string, () => TransformerLayers | Promise<TransformerLayers>][])("%s", (_, create) => {
  test("a checkpoint loads without the file that the layers came from", async () => {
    const options = {
      delays: 8,
      antennas: 12,
      encoder: { channels: 3 },
      preliminaryDecoder: { channels: 4 },
    };
    const network = createLlmCsiNet(options, { seed: 1, layers: await create() });
    disturb(network);
    const bytes = await network.save();
    const again = loadNetwork(bytes);
    expect([...again.parameters.keys()]).toEqual([...network.parameters.keys()]);
    expect(again.configuration).toEqual(JSON.parse(JSON.stringify(network.configuration)));
    const channels = sparseChannels(2, 2, 8, 12);
    const codewords = await network.encode(channels, { batch: 2, elements: 24 });
    expect(await again.encode(channels, { batch: 2, elements: 24 })).toEqual(codewords);
    expect(await again.decode(codewords)).toEqual(await network.decode(codewords));
    const trainable = ({ parameters }: typeof again) =>
      [...parameters].filter(([, v]) => v.trainable).map(([name]) => name);
    expect(trainable(again)).toEqual(trainable(network));
    expect(await again.save()).toEqual(bytes);
    network.dispose();
    again.dispose();
  });
});

test("descriptions that no layers can have", async () => {
  const network = createLlmCsiNet({ delays: 8, antennas: 12, layers: { width: 16, heads: 2, depth: 1 } });
  const text = new TextDecoder("latin1").decode(await network.save());
  const damaged = (from: string, to: string) => {
    expect(text).toContain(from);
    return Uint8Array.from(text.replace(from, to.padEnd(from.length)), (character) =>
      character.charCodeAt(0),
    );
  };
  for (const [from, to] of [
    ['\\"heads\\":2', '\\"heads\\":3'],
    ['\\"heads\\":2', '\\"heads\\":0'],
    ['\\"family\\":\\"gpt2\\"', '\\"family\\":\\"gpt9\\"'],
    ['\\"depth\\":1', '\\"depth\\":-'],
  ]) {
    expect(() => loadNetwork(damaged(from, to))).toThrowError(
      expect.objectContaining({ name: "CsiFeedbackError" }),
    );
  }
  network.dispose();
});

test("a configuration of impossible size is a clear error", () => {
  const configuration = {
    delays: 8,
    antennas: 12,
    layers: { family: "gpt2", width: 2 ** 30, heads: 1, depth: 1 },
  };
  const metadata = {
    "csi-feedback.version": "1",
    "csi-feedback.network": "llmcsinet",
    "csi-feedback.configuration": JSON.stringify(configuration),
  };
  expect(() => loadNetwork(encodeSafetensors([], metadata))).toThrowError(
    expect.objectContaining({ code: "INVALID_CONFIGURATION" }),
  );
});

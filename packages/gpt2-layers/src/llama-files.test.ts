// Configurations and llama2.c files that are not what they should be, and what the fields of a configuration mean.
import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCsiFeedbackError } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fixtures } from "../test/golden";
import { createLlamaLayers, loadLlama2cLayers, loadLlamaLayers } from "./index";
import { parseLlamaConfig } from "./llama-config";
import { ropeFrequencies } from "./rotary";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("config.json", () => {
  const llama = { model_type: "llama", num_attention_heads: 8, rms_norm_eps: 1e-5 };

  test("LLaMA 3.2: fewer key-value heads, stretched rotary positions", () => {
    const scaling = {
      rope_type: "llama3",
      factor: 32,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const old = { ...llama, num_key_value_heads: 2, head_dim: 64, rope_theta: 500000, rope_scaling: scaling };
    const { rope_theta, rope_scaling, ...rest } = old;
    const renamed = { ...rest, rope_parameters: { rope_theta, ...rope_scaling } };
    for (const content of [old, renamed]) {
      const config = parseLlamaConfig(content);
      expect([config.family, config.heads, config.keyValueHeads, config.headSize]).toEqual([
        "llama",
        8,
        2,
        64,
      ]);
      const frequencies = ropeFrequencies(config.rope(0), 64);
      expect(frequencies[0]).toBe(1);
      expect(frequencies[31]).toBeCloseTo(500000 ** (-62 / 64) / 32, 15);
    }
  });

  test("defaults, and rotary positions of type default", () => {
    const config = parseLlamaConfig({ ...llama, rope_scaling: { type: "default" } });
    expect([config.keyValueHeads, config.headSize, config.window(0)]).toEqual([8, undefined, undefined]);
    expect(config.rope(0)).toEqual({ base: 10000 });
  });

  test("Gemma 3: five layers with a window, then one without", () => {
    const text = { model_type: "gemma3_text", num_attention_heads: 4, num_key_value_heads: 1 };
    for (const content of [text, { model_type: "gemma3", text_config: text }]) {
      const config = parseLlamaConfig(content);
      const layers = [0, 4, 5, 6, 11];
      expect(layers.map((layer) => config.window(layer))).toEqual([512, 512, undefined, 512, undefined]);
      expect(layers.map((layer) => config.rope(layer).base)).toEqual([1e4, 1e4, 1e6, 1e4, 1e6]);
    }
    const listed = parseLlamaConfig({ ...text, layer_types: ["full_attention", "sliding_attention"] });
    expect([listed.window(0), listed.window(1)]).toEqual([undefined, 512]);
  });

  test.each([
    ["another family", { ...llama, model_type: "mistral" }, "model_type"],
    ["no object", null, "object"],
    ["no heads", { model_type: "llama" }, "num_attention_heads"],
    ["half a head", { ...llama, num_attention_heads: 1.5 }, "integer"],
    ["biases", { ...llama, attention_bias: true }, "attention_bias"],
    ["another activation", { ...llama, hidden_act: "gelu" }, "silu"],
    ["another scaling", { ...llama, rope_scaling: { rope_type: "yarn", factor: 2 } }, "rope_type"],
    ["a negative base", { ...llama, rope_theta: -1 }, "rope_theta"],
    [
      "another query scale",
      { ...llama, model_type: "gemma3_text", query_pre_attn_scalar: 168 },
      "query_pre_attn_scalar",
    ],
  ])("%s is refused", (_, content, words) => {
    expect(() => parseLlamaConfig(content)).toThrow(
      expect.objectContaining({ code: "MODEL_CONFIG", message: expect.stringContaining(words) }),
    );
  });

  test("it is read from beside the weights, and must be given for weights without a place", async () => {
    const folder = await mkdtemp(join(tmpdir(), "llama-files-"));
    await cp(join(fixtures, "llama.safetensors"), join(folder, "model.safetensors"));
    await cp(join(fixtures, "llama.config.json"), join(folder, "config.json"));
    expect((await loadLlamaLayers({ source: folder, layers: 2 })).heads).toBe(4);
    await writeFile(join(folder, "config.json"), "{");
    await expect(loadLlamaLayers({ source: folder, layers: 2 })).rejects.toMatchObject({
      code: "MODEL_CONFIG",
    });
    await rm(folder, { recursive: true });
    const bytes = readFileSync(join(fixtures, "llama.safetensors"));
    await expect(loadLlamaLayers({ source: bytes, layers: 2 })).rejects.toMatchObject({
      code: "MODEL_CONFIG",
    });
  });
});

test("a window of Gemma 3 limits the tokens", async () => {
  const config: unknown = JSON.parse(readFileSync(join(fixtures, "gemma3.config.json"), "utf8"));
  const layers = await loadLlamaLayers({ source: join(fixtures, "gemma3.safetensors"), config, layers: 1 });
  layers.forward(tf.zeros<tf.Rank.R3>([1, 16, 20]), { causal: true });
  const long = tf.zeros<tf.Rank.R3>([1, 17, 20]);
  expect(() => layers.forward(long, { causal: true })).toThrow(
    expect.objectContaining({ code: "WINDOW_EXCEEDED" }),
  );
});

test("sizes of random layers are checked", () => {
  for (const sizes of [{ heads: 3 }, { heads: 16 }, { keyValueHeads: 3 }, { hidden: 0 }, { ropeBase: 0 }]) {
    const options = { width: 16, heads: 4, hidden: 8, layers: 1, seed: 1, ...sizes };
    expect(() => createLlamaLayers(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  }
});

describe("llama2.c files", () => {
  const file = new Uint8Array(readFileSync(join(fixtures, "stories260K.bin")));

  test("truncated, extended or of another format", async () => {
    const broken = [
      file.subarray(0, 20),
      file.subarray(0, -4),
      new Uint8Array([...file, 0]),
      new Uint8Array(100),
    ];
    for (const source of broken) {
      await expect(loadLlama2cLayers({ source, layers: 1 })).rejects.toMatchObject({
        code: "LLAMA2C_FORMAT",
      });
    }
    await expect(loadLlama2cLayers({ source: file, layers: 6 })).rejects.toMatchObject({
      code: "MISSING_LAYERS",
    });
  });

  test("any change of the header is noticed", async () => {
    const header = new DataView(file.buffer.slice(0, 28));
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.integer(), async (field, value) => {
        // The sign of the vocabulary only says where the output matrix is.
        if (value === header.getInt32(4 * field, true)) return;
        const changed = file.slice();
        new DataView(changed.buffer).setInt32(4 * field, value, true);
        try {
          await loadLlama2cLayers({ source: changed, layers: 1 });
          throw new Error(`field ${field} = ${value} was accepted`);
        } catch (error) {
          if (!isCsiFeedbackError(error) || error.code !== "LLAMA2C_FORMAT") throw error;
        }
      }),
    );
  });
});

// LLaMA and Gemma 3 layers against PyTorch: a pretrained model and random ones, both forms of attention, every engine.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { engines, useEngine } from "../test/engine";
import { fixtures, readGolden, relativeError } from "../test/golden";
import { loadLlama2cLayers, loadLlamaLayers } from "./index";

const checkpoint = join(fixtures, "stories260K.bin");
const stories = await readGolden("tinyllamas-260k.safetensors");
const { greedy_token_ids_from_bos: ids } = JSON.parse(
  readFileSync(join(fixtures, "tinyllamas-260k.json"), "utf8"),
) as { greedy_token_ids_from_bos: number[] };

/** The embedding of the pretrained model, `[512, 64]`, which the loader leaves out. */
function embedding(): tf.Tensor2D {
  const { buffer, byteOffset } = readFileSync(checkpoint);
  return tf.tensor2d(new Float32Array(buffer.slice(byteOffset + 28), 0, 512 * 64), [512, 64]);
}

function embed(tokens: number[]): tf.Tensor3D {
  return tf.expandDims(tf.gather(embedding(), tf.tensor1d(tokens, "int32")));
}

describe.each(engines)("on %s", (engine) => {
  beforeAll(() => useEngine(engine));

  describe("the pretrained 260 K parameter model of tinyllamas", () => {
    test.each(["causal", "bidirectional"])("%s attention: the output of every layer", async (attention) => {
      const layers = await loadLlama2cLayers({ source: checkpoint, layers: 5 });
      const outputs = layers.forwardEach(embed(ids), { causal: attention === "causal" });
      for (const [layer, output] of outputs.entries()) {
        const expected = stories.values(`${attention}.after_layer_${layer}`);
        expect(relativeError(await output.data(), expected)).toBeLessThan(1e-5);
      }
    });

    test("next-token logits, and the most likely story is the one that PyTorch tells", async () => {
      const layers = await loadLlama2cLayers({ source: checkpoint, layers: 5, finalNorm: true });
      const hidden = tf.reshape<tf.Rank.R2>(layers.forward(embed(ids), { causal: true }), [16, 64]);
      const logits = tf.matMul(hidden, embedding(), false, true);
      expect(relativeError(await logits.data(), stories.values("causal.logits"))).toBeLessThan(1e-5);
      const next = await tf.argMax(logits, 1).data();
      expect([...next].slice(0, -1)).toEqual(ids.slice(1));
    });

    test("some of its layers, exported under the Hugging Face names and loaded again", async () => {
      const layers = await loadLlama2cLayers({ source: checkpoint, layers: { first: 1, last: 3 } });
      const source = await layers.toSafetensors();
      const config = {
        model_type: "llama",
        num_attention_heads: 8,
        num_key_value_heads: 4,
        rms_norm_eps: 1e-5,
      };
      const again = await loadLlamaLayers({ source, config, layers: 3 });
      const x = embed(ids);
      const expected = await layers.forward(x, { causal: false }).data();
      expect(await again.forward(x, { causal: false }).data()).toEqual(expected);
    });
  });

  describe.each([
    ["llama", 2],
    ["gemma3", 3],
  ] as const)("random layers of %s", async (family, depth) => {
    const golden = await readGolden(`${family}.io.safetensors`);
    const config: unknown = JSON.parse(readFileSync(join(fixtures, `${family}.config.json`), "utf8"));
    const source = join(fixtures, `${family}.safetensors`);

    test.each(["causal", "bidirectional"])(
      "%s attention: outputs and the final normalisation",
      async (attention) => {
        const causal = attention === "causal";
        const layers = await loadLlamaLayers({ source, config, layers: depth, finalNorm: true });
        expect(layers.family).toBe(family);
        const x = golden.input("input");
        for (const [layer, output] of layers.forwardEach(x, { causal }).entries()) {
          const expected = golden.values(`${attention}.after_layer_${layer}`);
          expect(relativeError(await output.data(), expected)).toBeLessThan(5e-6);
        }
        const normalized = await layers.forward(x, { causal }).data();
        expect(relativeError(normalized, golden.values(`${attention}.normalized`))).toBeLessThan(5e-6);
      },
    );

    test.each(["causal", "bidirectional"])("%s attention: gradients of mean(output^2)", async (attention) => {
      const causal = attention === "causal";
      const layers = await loadLlamaLayers({ source, config, layers: depth });
      const names = layers.parameterNames({ layers: [0] });
      const variables = names.map((name) => layers.parameters.get(name)!);
      const gradients = tf.grads((x: tf.Tensor) =>
        tf.mean(tf.square(layers.forward(x as tf.Tensor3D, { causal, checkpoint: causal }))),
      )([golden.input("input"), ...variables]);
      for (const [index, name] of ["input", ...names].entries()) {
        const expected = golden.values(`${attention}.grad.${name}`);
        expect([name, relativeError(await gradients[index].data(), expected) < 1e-5]).toEqual([name, true]);
      }
    });
  });
});

// GPT-2 layers against PyTorch: outputs of every layer and gradients, both forms of attention, every engine.
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { engines, useEngine } from "../test/engine";
import { fixtures, readGolden, relativeError } from "../test/golden";
import { loadGpt2Layers, type TransformerLayers } from "./index";

const golden = await readGolden("gpt2-layers-io.safetensors");
const sorting = await readGolden("gpt-nano-sort.io.safetensors");

describe.each(engines)("on %s", (engine) => {
  let layers: TransformerLayers;
  beforeAll(async () => {
    await useEngine(engine);
    const source = join(fixtures, "gpt2-layers-weights.safetensors");
    layers = await loadGpt2Layers({ source, layers: 3, heads: 4 });
  });

  describe.each(["causal", "bidirectional"])("%s attention", (attention) => {
    const causal = attention === "causal";

    test("the output of every layer", async () => {
      const x = golden.input("input");
      const outputs = layers.forwardEach(x, { causal });
      expect(outputs).toHaveLength(3);
      for (const [layer, output] of outputs.entries()) {
        const expected = golden.values(`${attention}.after_layer_${layer}`);
        expect(relativeError(await output.data(), expected)).toBeLessThan(1e-5);
      }
      const last = await layers.forward(x, { causal }).data();
      expect(relativeError(last, await outputs[2].data())).toBe(0);
    });

    test.each([false, true])("gradients of mean(output^2), checkpointing %s", async (checkpoint) => {
      const names = layers.parameterNames({ layers: [0] });
      expect(names).toHaveLength(12);
      const variables = names.map((name) => layers.parameters.get(name)!);
      const gradients = tf.grads((x: tf.Tensor) =>
        tf.mean(tf.square(layers.forward(x as tf.Tensor3D, { causal, checkpoint }))),
      )([golden.input("input"), ...variables]);
      for (const [index, name] of ["input", ...names].entries()) {
        const expected = golden.values(`${attention}.grad.${name}`);
        expect([name, relativeError(await gradients[index].data(), expected) < 1e-4]).toEqual([name, true]);
      }
    });
  });

  test("a trained minGPT that sorts: the output of every layer, logits and probabilities", async () => {
    const source = join(fixtures, "gpt-nano-sort.safetensors");
    const trained = await loadGpt2Layers({ source, layers: 3, heads: 3, finalNorm: true });
    const x = sorting.input("x");
    for (const [layer, output] of trained.forwardEach(x, { causal: true }).entries()) {
      expect(relativeError(await output.data(), sorting.values(`block${layer}`))).toBeLessThan(1e-5);
    }
    const normalized = trained.forward(x, { causal: true });
    expect(relativeError(await normalized.data(), sorting.values("ln_f"))).toBeLessThan(1e-5);
    const weights = await readGolden("gpt-nano-sort.safetensors");
    const head = tf.tensor2d(weights.values("lm_head.weight"), [3, 48]);
    const logits = tf.matMul(tf.reshape(normalized, [33, 48]), head, false, true);
    expect(relativeError(await logits.data(), sorting.values("lm_head"))).toBeLessThan(1e-5);
    expect(relativeError(await tf.softmax(logits).data(), sorting.values("probs"))).toBeLessThan(1e-5);
  });
});

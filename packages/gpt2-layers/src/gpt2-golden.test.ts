// The layers against PyTorch: outputs of every layer and gradients, both forms of attention.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { join } from "node:path";
import { readSafetensorsFile } from "@csi-feedback/safetensors/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { relativeError } from "../test/relative-error";
import { loadGpt2Layers, type TransformerLayers } from "./index";

const fixtures = join(import.meta.dirname, "../test/fixtures");

describe("three GPT-2 layers, d = 48, four heads, 17 tokens", async () => {
  const { tensors } = await readSafetensorsFile(join(fixtures, "gpt2-layers-io.safetensors"));
  const golden = (name: string) => tensors.get(name)!.data as Float32Array;
  let layers: TransformerLayers;
  let x: tf.Tensor3D;
  beforeAll(async () => {
    await tf.setBackend("cpu");
    layers = await loadGpt2Layers({
      source: join(fixtures, "gpt2-layers-weights.safetensors"),
      layers: 3,
      heads: 4,
    });
    x = tf.tensor3d(golden("input"), [2, 17, 48]);
  });

  for (const attention of ["causal", "bidirectional"] as const) {
    const causal = attention === "causal";
    test(`${attention}: the output of every layer`, async () => {
      const outputs = layers.forwardEach(x, { causal });
      expect(outputs).toHaveLength(3);
      for (const [layer, output] of outputs.entries()) {
        const error = relativeError(await output.data(), golden(`${attention}.after_layer_${layer}`));
        expect(error).toBeLessThan(1e-5);
      }
      expect(relativeError(await layers.forward(x, { causal }).data(), await outputs[2].data())).toBe(0);
    });

    for (const checkpoint of [false, true]) {
      test(`${attention}: gradients of mean(output^2)${checkpoint ? " with checkpointing" : ""}`, async () => {
        const names = layers.parameterNames({ layers: [0] });
        expect(names).toHaveLength(12);
        const variables = names.map((name) => layers.parameters.get(name)!);
        const gradients = tf.grads((input: tf.Tensor) =>
          tf.mean(tf.square(layers.forward(input as tf.Tensor3D, { causal, checkpoint }))),
        )([x, ...variables]);
        for (const [index, name] of ["input", ...names].entries()) {
          const error = relativeError(await gradients[index].data(), golden(`${attention}.grad.${name}`));
          expect([name, error < 1e-4]).toEqual([name, true]);
        }
      });
    }
  }
});

test("a trained minGPT that sorts: the output of every layer, logits and probabilities", async () => {
  const { tensors } = await readSafetensorsFile(join(fixtures, "gpt-nano-sort.io.safetensors"));
  const golden = (name: string) => tensors.get(name)!.data as Float32Array;
  const source = join(fixtures, "gpt-nano-sort.safetensors");
  const layers = await loadGpt2Layers({ source, layers: 3, heads: 3, finalNorm: true });
  const x = tf.tensor3d(golden("x"), [3, 11, 48]);
  for (const [layer, output] of layers.forwardEach(x, { causal: true }).entries()) {
    expect(relativeError(await output.data(), golden(`block${layer}`))).toBeLessThan(1e-5);
  }
  const normalized = layers.forward(x, { causal: true });
  expect(relativeError(await normalized.data(), golden("ln_f"))).toBeLessThan(1e-5);
  const head = (await readSafetensorsFile(source)).tensors.get("lm_head.weight")!.data as Float32Array;
  const logits = tf.matMul(tf.reshape(normalized, [33, 48]), tf.tensor2d(head, [3, 48]), false, true);
  expect(relativeError(await logits.data(), golden("lm_head"))).toBeLessThan(1e-5);
  expect(relativeError(await tf.softmax(logits).data(), golden("probs"))).toBeLessThan(1e-5);
});

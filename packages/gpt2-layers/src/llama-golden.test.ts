// LLaMA layers against PyTorch, on a small pretrained language model.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensorsFile } from "@csi-feedback/safetensors/node";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { relativeError } from "../test/relative-error";
import { loadLlama2cLayers, loadLlamaLayers } from "./index";

const fixtures = join(import.meta.dirname, "../test/fixtures");
const checkpoint = join(fixtures, "stories260K.bin");

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("the pretrained 260 K parameter model of tinyllamas", async () => {
  const { tensors } = await readSafetensorsFile(join(fixtures, "tinyllamas-260k.safetensors"));
  const golden = (name: string) => tensors.get(name)!.data as Float32Array;
  const { greedy_token_ids_from_bos: ids } = JSON.parse(
    readFileSync(join(fixtures, "tinyllamas-260k.json"), "utf8"),
  );
  const embedding = new Float32Array(readFileSync(checkpoint).buffer.slice(28, 28 + 4 * 512 * 64));
  const embed = (tokens: number[]) =>
    tf.tensor3d(Float32Array.from(tokens.flatMap((id) => [...embedding.subarray(64 * id, 64 * id + 64)])), [
      1,
      tokens.length,
      64,
    ]);

  for (const attention of ["causal", "bidirectional"] as const) {
    test(`${attention}: the output of every layer`, async () => {
      const layers = await loadLlama2cLayers({ source: checkpoint, layers: 5 });
      const outputs = layers.forwardEach(embed(ids), { causal: attention === "causal" });
      for (const [layer, output] of outputs.entries()) {
        const error = relativeError(await output.data(), golden(`${attention}.after_layer_${layer}`));
        expect(error).toBeLessThan(1e-5);
      }
    });
  }

  test("next-token logits, and the greedy continuation of nothing is the story's start", async () => {
    const layers = await loadLlama2cLayers({ source: checkpoint, layers: 5, finalNorm: true });
    const hidden = tf.reshape<tf.Rank.R2>(layers.forward(embed(ids), { causal: true }), [16, 64]);
    const logits = tf.matMul(hidden, tf.tensor2d(embedding, [512, 64]), false, true);
    expect(relativeError(await logits.data(), golden("causal.logits"))).toBeLessThan(1e-5);
    const next = await tf.argMax(logits, 1).data();
    expect([...next].slice(0, -1)).toEqual(ids.slice(1));
  });
});

for (const [family, depth] of [
  ["llama", 2],
  ["gemma3", 3],
] as const) {
  describe(`random layers of ${family} in the Hugging Face layout`, async () => {
    const { tensors } = await readSafetensorsFile(join(fixtures, `${family}.io.safetensors`));
    const golden = (name: string) => tensors.get(name)!.data as Float32Array;
    const config: unknown = JSON.parse(readFileSync(join(fixtures, `${family}.config.json`), "utf8"));
    const source = join(fixtures, `${family}.safetensors`);
    const input = () =>
      tf.tensor3d(golden("input"), [...tensors.get("input")!.shape] as [number, number, number]);

    for (const attention of ["causal", "bidirectional"] as const) {
      const causal = attention === "causal";
      test(`${attention}: the output of every layer and the final normalisation`, async () => {
        const layers = await loadLlamaLayers({ source, config, layers: depth, finalNorm: true });
        expect(layers.family).toBe(family);
        for (const [layer, output] of layers.forwardEach(input(), { causal }).entries()) {
          const error = relativeError(await output.data(), golden(`${attention}.after_layer_${layer}`));
          expect(error).toBeLessThan(2e-6);
        }
        const normalized = await layers.forward(input(), { causal }).data();
        expect(relativeError(normalized, golden(`${attention}.normalized`))).toBeLessThan(2e-6);
      });

      test(`${attention}: gradients of mean(output^2)`, async () => {
        const layers = await loadLlamaLayers({ source, config, layers: depth });
        const names = layers.parameterNames({ layers: [0] });
        const variables = names.map((name) => layers.parameters.get(name)!);
        const gradients = tf.grads((x: tf.Tensor) =>
          tf.mean(tf.square(layers.forward(x as tf.Tensor3D, { causal, checkpoint: causal }))),
        )([input(), ...variables]);
        for (const [index, name] of ["input", ...names].entries()) {
          const error = relativeError(await gradients[index].data(), golden(`${attention}.grad.${name}`));
          expect([name, error < 1e-5]).toEqual([name, true]);
        }
      });
    }
  });
}

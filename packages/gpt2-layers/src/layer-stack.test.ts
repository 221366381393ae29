// What every family gets from the stack: initialisation, freezing, LoRA, dropout, checkpointing, counts.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { relativeError } from "../test/golden";
import {
  createGpt2Layers,
  createLlamaLayers,
  type LayersForwardOptions,
  type LoraOptions,
  loadGpt2Layers,
  loadLlamaLayers,
  type TransformerLayers,
} from "./index";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const width = 16;
const gpt2 = (options: { lora?: LoraOptions; layers?: number; positions?: number } = {}) =>
  createGpt2Layers({ width, heads: 4, layers: 2, seed: 3, ...options });
const llama = (options: { lora?: LoraOptions } = {}) =>
  createLlamaLayers({ width, heads: 4, keyValueHeads: 2, hidden: 24, layers: 2, seed: 3, ...options });
const families: [string, (options?: { lora?: LoraOptions }) => TransformerLayers][] = [
  ["gpt2", gpt2],
  ["llama", llama],
];

function randomInput(batch = 2, tokens = 5): tf.Tensor3D {
  const stream = randomStream(9);
  const values = Float32Array.from({ length: batch * tokens * width }, () => stream.normal());
  return tf.tensor3d(values, [batch, tokens, width]);
}

/** Gradients of mean(output^2) with respect to all trained variables. */
async function gradients(
  layers: TransformerLayers,
  options: LayersForwardOptions,
): Promise<Map<string, Float32Array>> {
  const x = randomInput();
  const names = layers.parameterNames().filter((name) => layers.parameters.get(name)!.trainable);
  const variables = names.map((name) => layers.parameters.get(name)!);
  const { grads } = tf.variableGrads(() => tf.mean(tf.square(layers.forward(x, options))), variables);
  const entries = names.map(
    async (name, i) => [name, await grads[variables[i].name].data<"float32">()] as const,
  );
  return new Map(await Promise.all(entries));
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe("random initialisation", () => {
  test("GPT-2: deviation 0.02, residual projections scaled by the depth, biases 0, gains 1", async () => {
    const layers = createGpt2Layers({
      width: 64,
      heads: 4,
      layers: 2,
      seed: 1,
      positions: 10,
      finalNorm: true,
    });
    const values = async (name: string) => (await layers.parameters.get(name)!.data()) as Float32Array;
    expect(deviation(await values("h.0.attn.c_attn.weight"))).toBeCloseTo(0.02, 3);
    expect(deviation(await values("h.1.attn.c_proj.weight"))).toBeCloseTo(0.01, 3);
    expect(deviation(await values("h.1.mlp.c_proj.weight"))).toBeCloseTo(0.01, 3);
    expect(deviation(await values("wpe.weight"))).toBeCloseTo(0.02, 2);
    expect(new Set(await values("h.0.ln_2.weight"))).toEqual(new Set([1]));
    expect(new Set(await values("ln_f.bias"))).toEqual(new Set([0]));
    expect(await values("h.0.mlp.c_fc.weight")).not.toEqual(await values("h.1.mlp.c_fc.weight"));
  });

  test("the same seed gives the same weights, another seed others", async () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      createGpt2Layers({ width, heads: 4, layers: 1, seed }),
    );
    expect(await first.toSafetensors()).toEqual(await again.toSafetensors());
    expect(await first.toSafetensors()).not.toEqual(await other.toSafetensors());
  });
});

describe.each(families)("%s", (family, create) => {
  test("causal attention hides what comes later, bidirectional attention does not", async () => {
    const layers = create();
    const x = randomInput(1, 5);
    const values = (await x.data()).slice();
    values[4 * width + 3] += 1;
    const changed = tf.tensor3d(values, [1, 5, width]);
    for (const causal of [true, false]) {
      const before = await layers.forward(x, { causal }).data();
      const after = await layers.forward(changed, { causal }).data();
      const sameStart = relativeError(after.slice(0, 4 * width), before.slice(0, 4 * width)) < 1e-7;
      expect(sameStart).toBe(causal);
    }
  });

  test("sequences of a batch do not see each other", async () => {
    const layers = create();
    const x = randomInput(3, 5);
    const together = await layers.forward(x, { causal: false }).data();
    const alone = await layers.forward(tf.slice(x, [1, 0, 0], [1, 5, width]), { causal: false }).data();
    expect(relativeError(alone, together.slice(5 * width, 10 * width))).toBeLessThan(1e-6);
  });

  test("checkpointing gives the same gradients and keeps less", async () => {
    const layers = create();
    const options = { causal: true, dropout: { rate: 0.3, seed: 5 } };
    const plain = await gradients(layers, options);
    const checkpointed = await gradients(layers, { ...options, checkpoint: true });
    expect(checkpointed).toEqual(plain);

    const kept = (checkpoint: boolean) => {
      let bytes = 0;
      const x = randomInput();
      tf.tidy(() =>
        tf.grad((input: tf.Tensor) => {
          const before = tf.memory().numBytes;
          const y = layers.forward(input as tf.Tensor3D, { causal: true, checkpoint });
          bytes = tf.memory().numBytes - before;
          return y;
        })(x),
      );
      return bytes;
    };
    expect(kept(true)).toBeLessThan(kept(false) / 3);
  });

  test("dropout depends on its seed alone and keeps the mean", async () => {
    const layers = create();
    const x = randomInput();
    const output = (dropout?: { rate: number; seed: number }) =>
      layers.forward(x, dropout ? { causal: false, dropout } : { causal: false }).data();
    expect(await output({ rate: 0.5, seed: 1 })).toEqual(await output({ rate: 0.5, seed: 1 }));
    expect(await output({ rate: 0.5, seed: 1 })).not.toEqual(await output({ rate: 0.5, seed: 2 }));
    expect(await output({ rate: 0, seed: 1 })).toEqual(await output());
    expect(() => layers.forward(x, { causal: true, dropout: { rate: 1, seed: 1 } })).toThrow(/dropout rate/);
  });

  test("frozen variables get no gradient, in whatever group they are", async () => {
    const layers = create();
    layers.setTrainable(layers.parameterNames({ kinds: ["attention", "mlp"] }), false);
    const names = layers.parameterNames({ kinds: ["norm"] });
    expect([...(await gradients(layers, { causal: true })).keys()]).toEqual(names);
    expect([...(await gradients(layers, { causal: true, checkpoint: true })).keys()]).toEqual(names);
    const second = layers.parameterNames({ layers: [1] });
    expect(second.length).toBe(layers.parameters.size / 2);
    layers.setTrainable(second, true);
    expect((await gradients(layers, { causal: true })).size).toBe(names.length / 2 + second.length);
    expect(() => layers.setTrainable(["h.9.x"], false)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_PARAMETER" }),
    );
    expect(() => layers.parameterNames({ layers: [2] })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });

  test("LoRA starts unchanged, trains alone, and its export is the merged model", async () => {
    const plain = create();
    const layers = create({ lora: { rank: 2, alpha: 6, seed: 4 } });
    const x = randomInput();
    const before = await plain.forward(x, { causal: true }).data();
    expect(await layers.forward(x, { causal: true }).data()).toEqual(before);
    const names = layers.parameterNames({ kinds: ["lora"] });
    expect([...(await gradients(layers, { causal: true })).keys()].sort()).toEqual([...names].sort());
    expect(layers.parameterNames({ layers: [1], kinds: ["lora"] })).toHaveLength(names.length / 2);

    const stream = randomStream(8);
    for (const name of names.filter((each) => each.endsWith("lora_B.weight"))) {
      const variable = layers.parameters.get(name)!;
      const values = Float32Array.from({ length: variable.size }, () => 0.1 * stream.normal());
      variable.assign(tf.tensor(values, variable.shape));
    }
    const changed = await layers.forward(x, { causal: true }).data();
    expect(relativeError(changed, before)).toBeGreaterThan(1e-3);
    expect(await gradients(layers, { causal: true, checkpoint: true })).toEqual(
      await gradients(layers, { causal: true }),
    );
    const file = await layers.toSafetensors();
    const config = {
      model_type: "llama",
      num_attention_heads: 4,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-5,
    };
    const merged =
      family === "gpt2"
        ? await loadGpt2Layers({ source: file, layers: 2, heads: 4 })
        : await loadLlamaLayers({ source: file, layers: 2, config });
    expect([...merged.parameters.keys()]).toEqual([...plain.parameters.keys()]);
    expect(relativeError(await merged.forward(x, { causal: true }).data(), changed)).toBeLessThan(1e-5);
  });

  test("multiply-accumulates are those of the matrix products that run", async () => {
    for (const layers of [create(), create({ lora: { rank: 2, seed: 1 } })]) {
      const profile = await tf.profile(() => layers.forward(randomInput(1, 5), { causal: false }));
      let count = 0;
      for (const { name, inputShapes, outputShapes } of profile.kernels) {
        if (!/BatchMatMul/.test(name)) continue;
        const [a] = inputShapes;
        const [output] = outputShapes;
        // One of the two last sizes of the first factor is a row of the output, the other is summed over.
        const inner = a![a!.length - 1] === output[output.length - 2] ? a![a!.length - 2] : a![a!.length - 1];
        count += output.reduce((product, size) => product * size, 1) * inner;
      }
      expect(layers.multiplyAccumulates(5)).toBe(count);
    }
  });

  test("nothing leaks", async () => {
    const x = randomInput();
    const before = tf.memory().numTensors;
    const layers = create({ lora: { rank: 1, seed: 1 } });
    const created = tf.memory().numTensors;
    expect(created - before).toBe(layers.parameters.size);
    layers.forward(x, { causal: true }).dispose();
    for (const output of layers.forwardEach(x, { causal: false, dropout: { rate: 0.1, seed: 1 } }))
      output.dispose();
    await layers.toSafetensors();
    expect(tf.memory().numTensors).toBe(created);
    for (const checkpoint of [false, true]) {
      const loss = () => tf.mean(layers.forward(x, { causal: true, checkpoint })) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss);
      tf.dispose([value, ...Object.values(grads)]);
      expect([checkpoint, tf.memory().numTensors]).toEqual([checkpoint, created]);
    }
    layers.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("inputs of another shape are refused", () => {
    const layers = create();
    for (const shape of [
      [1, 5, width + 1],
      [0, 5, width],
      [1, 0, width],
      [5, width],
    ]) {
      const x = tf.zeros<tf.Rank.R3>(shape as [number, number, number]);
      expect(() => layers.forward(x, { causal: true })).toThrow(
        expect.objectContaining({ code: "INVALID_SHAPE" }),
      );
    }
  });
});

test("positions are added to the input, and there must be enough of them", async () => {
  const [plain, positioned] = [gpt2(), gpt2({ positions: 5 })];
  const wpe = positioned.parameters.get("wpe.weight")!;
  for (const [name, variable] of plain.parameters) positioned.parameters.get(name)!.assign(variable);
  const x = randomInput();
  const expected = await plain.forward(tf.add(x, wpe), { causal: true }).data();
  expect(relativeError(await positioned.forward(x, { causal: true }).data(), expected)).toBeLessThan(1e-6);
  expect(() => positioned.forward(randomInput(1, 6), { causal: true })).toThrow(/positions for 5 tokens/);
});

test("LoRA on chosen projections only, and its options are checked", () => {
  const layers = gpt2({ lora: { rank: 3, seed: 1, targets: ["c_fc", "attn.c_proj"] } });
  expect(layers.parameterNames({ layers: [0], kinds: ["lora"] })).toEqual([
    "h.0.attn.c_proj.lora_A.weight",
    "h.0.attn.c_proj.lora_B.weight",
    "h.0.mlp.c_fc.lora_A.weight",
    "h.0.mlp.c_fc.lora_B.weight",
  ]);
  for (const lora of [
    { rank: 0 },
    { rank: 2, alpha: -1 },
    { rank: 2, targets: ["q_proj"] },
    { rank: 2, targets: ["ln_1"] },
  ]) {
    expect(() => gpt2({ lora: { seed: 1, ...lora } })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  }
});

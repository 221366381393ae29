// LLaMA's layer: RMS normalisation, rotary positions, grouped-query attention and a
// gated MLP; no biases, projections stored [out, in] (nn.Linear). Gemma 3's is the same
// with normalised queries and keys, a normalisation after each block as well as before,
// gains counted from 1 and GELU in place of SiLU.
import { CsiFeedbackError } from "@csi-feedback/common";
import { gelu, rmsNorm, scaledDotProductAttention } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, LayerContext, ParameterSpec } from "./architecture";
import { type Rope, ropeFrequencies, rotate } from "./rotary";

/** Standard deviation of the random initialisation. */
const DEVIATION = 0.02;

/** Sizes and constants of a stack of LLaMA or Gemma 3 layers. */
export interface LlamaSizes {
  readonly family: "llama" | "gemma3";
  readonly width: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; must divide `heads`. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Width of the MLP's inner layer. */
  readonly hidden: number;
  /** Of the RMS normalisation. */
  readonly epsilon: number;
  /** Rotary positions and the attention window of each layer of the stack. */
  readonly layers: readonly { readonly rope: Rope; readonly window?: number | undefined }[];
}

/** The family at given sizes. */
export function llamaArchitecture(sizes: LlamaSizes): Architecture {
  const { family, width, heads, keyValueHeads, headSize, hidden } = sizes;
  const queries = heads * headSize;
  const keys = keyValueHeads * headSize;
  const frequencies = sizes.layers.map(({ rope }) => ropeFrequencies(rope, headSize));
  const gain = (size: number): ParameterSpec => ({
    shape: [size],
    kind: "norm",
    init: { constant: family === "gemma3" ? 0 : 1 },
  });
  const matrix = (rows: number, columns: number, kind: "attention" | "mlp"): ParameterSpec => ({
    shape: [rows, columns],
    kind,
    init: { deviation: DEVIATION },
    inputAxis: 1,
  });
  const gemmaOnly = (...specs: [string, ParameterSpec][]) => (family === "gemma3" ? specs : []);
  return {
    family,
    width,
    heads,
    description: {
      ...{ hidden, keyValueHeads, headSize, epsilon: sizes.epsilon },
      ropes: sizes.layers.map(({ rope }) => rope),
      windows: sizes.layers.map(({ window = null }) => window),
    },
    prefix: (layer) => `model.layers.${layer}.`,
    layerParameters: new Map([
      ["input_layernorm.weight", gain(width)],
      ["self_attn.q_proj.weight", matrix(queries, width, "attention")],
      ["self_attn.k_proj.weight", matrix(keys, width, "attention")],
      ["self_attn.v_proj.weight", matrix(keys, width, "attention")],
      ...gemmaOnly(["self_attn.q_norm.weight", gain(headSize)], ["self_attn.k_norm.weight", gain(headSize)]),
      ["self_attn.o_proj.weight", matrix(width, queries, "attention")],
      ["post_attention_layernorm.weight", gain(width)],
      ...gemmaOnly(["pre_feedforward_layernorm.weight", gain(width)]),
      ["mlp.gate_proj.weight", matrix(hidden, width, "mlp")],
      ["mlp.up_proj.weight", matrix(hidden, width, "mlp")],
      ["mlp.down_proj.weight", matrix(width, hidden, "mlp")],
      ...gemmaOnly(["post_feedforward_layernorm.weight", gain(width)]),
    ]),
    finalNorm: new Map([["model.norm.weight", gain(width)]]),
    layer: (x, batch, tokens, context) => {
      checkWindow(tokens, sizes.layers[context.layer].window);
      return layer(x, batch, tokens, sizes, frequencies[context.layer], context);
    },
    normalize: (x, weight) => normalize(x, weight("model.norm.weight"), sizes),
    attentionProjections: ["q_proj", "k_proj", "v_proj", "o_proj"],
    multiplyAccumulates: (tokens) =>
      tokens * width * (2 * queries + 2 * keys + 3 * hidden) + 2 * tokens ** 2 * queries,
  };
}

function layer(
  x: tf.Tensor2D,
  batch: number,
  tokens: number,
  sizes: LlamaSizes,
  frequencies: Float64Array,
  { causal, weight, project, drop }: LayerContext,
): tf.Tensor2D {
  const { family, heads, keyValueHeads, headSize } = sizes;
  const gemma = family === "gemma3";
  const norm = <T extends tf.Tensor>(input: T, name: string): T =>
    normalize(input, weight(`${name}.weight`), sizes);
  const split = (input: tf.Tensor2D, name: string, count: number): tf.Tensor4D => {
    const rows = project(input, `self_attn.${name}_proj.weight`);
    const parts = tf.reshape<tf.Rank.R4>(rows, [batch, tokens, count, headSize]);
    const normalized = gemma && name !== "v" ? norm(parts, `self_attn.${name}_norm`) : parts;
    return tf.transpose(normalized, [0, 2, 1, 3]);
  };

  const input = norm(x, "input_layernorm");
  const q = rotate(split(input, "q", heads), frequencies);
  const k = rotate(split(input, "k", keyValueHeads), frequencies);
  const v = split(input, "v", keyValueHeads);
  const groups = heads / keyValueHeads;
  const attended = scaledDotProductAttention(q, repeatHeads(k, groups), repeatHeads(v, groups), { causal });
  const joined = tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), [
    batch * tokens,
    heads * headSize,
  ]);
  const attention = project(joined, "self_attn.o_proj.weight");
  const middle: tf.Tensor2D = tf.add(
    x,
    drop(gemma ? norm(attention, "post_attention_layernorm") : attention, 0),
  );

  const between = norm(middle, gemma ? "pre_feedforward_layernorm" : "post_attention_layernorm");
  const gate = project(between, "mlp.gate_proj.weight");
  const active: tf.Tensor2D = gemma ? gelu(gate) : tf.mul(gate, tf.sigmoid(gate));
  const mlp = project(tf.mul(active, project(between, "mlp.up_proj.weight")), "mlp.down_proj.weight");
  return tf.add(middle, drop(gemma ? norm(mlp, "post_feedforward_layernorm") : mlp, 1));
}

/** RMS normalisation over the last axis; Gemma's gains are stored as their distance from 1. */
function normalize<T extends tf.Tensor>(x: T, gain: tf.Tensor, { family, epsilon }: LlamaSizes): T {
  return rmsNorm(x, family === "gemma3" ? tf.add(gain, 1) : gain, epsilon);
}

/** `[batch, heads, tokens, size]` with every head `groups` times in a row. */
function repeatHeads(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  if (groups === 1) return x;
  const [batch, heads, tokens, size] = x.shape;
  const rows = tf.reshape<tf.Rank.R3>(x, [batch * heads, 1, tokens * size]);
  return tf.reshape(tf.tile(rows, [1, groups, 1]), [batch, heads * groups, tokens, size]);
}

function checkWindow(tokens: number, window: number | undefined): void {
  if (window !== undefined && tokens > window) {
    throw new CsiFeedbackError(
      "WINDOW_EXCEEDED",
      `forward: layers with a sliding window of ${window} tokens take at most that many, received ${tokens}`,
    );
  }
}

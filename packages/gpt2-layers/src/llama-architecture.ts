// LLaMA's layer: RMS normalisation, rotary positions, grouped-query attention and a
// gated MLP (SwiGLU); no biases, projections stored [out, in] (nn.Linear).
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, LayerContext, ParameterSpec } from "./architecture";
import { scaledDotProductAttention } from "./operations";
import { type Rope, ropeFrequencies, rotate } from "./rotary";

/** Standard deviation of the random initialisation. */
const DEVIATION = 0.02;

/** Sizes and constants of a LLaMA stack. */
export interface LlamaSizes {
  readonly width: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads; must divide `heads`. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Width of the MLP's inner layer. */
  readonly hidden: number;
  readonly rope: Rope;
  /** Of the RMS normalisation. */
  readonly epsilon: number;
}

export function llamaArchitecture(sizes: LlamaSizes): Architecture {
  const { width, heads, keyValueHeads, headSize, hidden, epsilon } = sizes;
  const queries = heads * headSize;
  const keys = keyValueHeads * headSize;
  const frequencies = ropeFrequencies(sizes.rope, headSize);
  const gain: ParameterSpec = { shape: [width], kind: "norm", init: { constant: 1 } };
  const matrix = (rows: number, columns: number, kind: "attention" | "mlp"): ParameterSpec => ({
    shape: [rows, columns],
    kind,
    init: { deviation: DEVIATION },
    inputAxis: 1,
  });
  return {
    family: "llama",
    width,
    heads,
    prefix: (layer) => `model.layers.${layer}.`,
    layerParameters: new Map([
      ["input_layernorm.weight", gain],
      ["self_attn.q_proj.weight", matrix(queries, width, "attention")],
      ["self_attn.k_proj.weight", matrix(keys, width, "attention")],
      ["self_attn.v_proj.weight", matrix(keys, width, "attention")],
      ["self_attn.o_proj.weight", matrix(width, queries, "attention")],
      ["post_attention_layernorm.weight", gain],
      ["mlp.gate_proj.weight", matrix(hidden, width, "mlp")],
      ["mlp.up_proj.weight", matrix(hidden, width, "mlp")],
      ["mlp.down_proj.weight", matrix(width, hidden, "mlp")],
    ]),
    finalNorm: new Map([["model.norm.weight", gain]]),
    layer: (x, batch, tokens, context) => layer(x, batch, tokens, sizes, frequencies, context),
    normalize: (x, weight) => rmsNorm(x, weight("model.norm.weight"), epsilon),
    attentionProjections: ["q_proj", "k_proj", "v_proj", "o_proj"],
    multiplyAccumulates: (tokens) =>
      tokens * width * (2 * queries + 2 * keys + 3 * hidden) + 2 * tokens ** 2 * queries,
  };
}

function layer(
  x: tf.Tensor2D,
  batch: number,
  tokens: number,
  { heads, keyValueHeads, headSize, epsilon }: LlamaSizes,
  frequencies: Float64Array,
  { causal, weight, project, drop }: LayerContext,
): tf.Tensor2D {
  const split = (part: tf.Tensor2D, count: number): tf.Tensor4D =>
    tf.transpose(tf.reshape<tf.Rank.R4>(part, [batch, tokens, count, headSize]), [0, 2, 1, 3]);

  const normalized = rmsNorm(x, weight("input_layernorm.weight"), epsilon);
  const q = rotate(split(project(normalized, "self_attn.q_proj.weight"), heads), frequencies);
  const k = rotate(split(project(normalized, "self_attn.k_proj.weight"), keyValueHeads), frequencies);
  const v = split(project(normalized, "self_attn.v_proj.weight"), keyValueHeads);
  const groups = heads / keyValueHeads;
  const attended = scaledDotProductAttention(q, repeatHeads(k, groups), repeatHeads(v, groups), { causal });
  const joined = tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), [batch * tokens, heads * headSize]);
  const middle: tf.Tensor2D = tf.add(x, drop(project(joined, "self_attn.o_proj.weight"), 0));

  const normalizedAgain = rmsNorm(middle, weight("post_attention_layernorm.weight"), epsilon);
  const gate = project(normalizedAgain, "mlp.gate_proj.weight");
  const gated: tf.Tensor2D = tf.mul(tf.mul(gate, tf.sigmoid(gate)), project(normalizedAgain, "mlp.up_proj.weight"));
  return tf.add(middle, drop(project(gated, "mlp.down_proj.weight"), 1));
}

/** x / rms(x) * gain, over the last axis. */
function rmsNorm<T extends tf.Tensor>(x: T, gain: tf.Tensor, epsilon: number): T {
  const meanSquare = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), gain) as T;
}

/** `[batch, heads, tokens, size]` with every head `groups` times in a row. */
function repeatHeads(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  if (groups === 1) return x;
  const [batch, heads, tokens, size] = x.shape;
  const rows = tf.reshape<tf.Rank.R3>(x, [batch * heads, 1, tokens * size]);
  return tf.reshape(tf.tile(rows, [1, groups, 1]), [batch, heads * groups, tokens, size]);
}

// GPT-2's layer: pre-normalised attention and MLP blocks with biases, projections
// stored [in, out] (Conv1D of the original), tanh GELU, head size width / heads.
import { gelu, layerNorm, scaledDotProductAttention } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, LayerContext, ParameterSpec } from "./architecture";

const EPSILON = 1e-5;
/** Standard deviation of GPT-2's initialisation. */
const DEVIATION = 0.02;

/** Sizes of a GPT-2 stack. `depth` scales the initial residual projections, `positions` are the rows of `wpe`. */
interface Gpt2Sizes {
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  readonly positions: number;
}

export function gpt2Architecture({ width, heads, depth, positions }: Gpt2Sizes): Architecture {
  const constant = (size: number, value: number, kind: ParameterSpec["kind"]): ParameterSpec => ({
    shape: [size],
    kind,
    init: { constant: value },
  });
  const matrix = (
    rows: number,
    columns: number,
    kind: "attention" | "mlp",
    deviation = DEVIATION,
  ): ParameterSpec => ({
    shape: [rows, columns],
    kind,
    init: { deviation },
    inputAxis: 0,
  });
  const residual = DEVIATION / Math.sqrt(2 * depth);
  return {
    family: "gpt2",
    width,
    heads,
    description: {},
    prefix: (layer) => `h.${layer}.`,
    layerParameters: new Map([
      ["ln_1.weight", constant(width, 1, "norm")],
      ["ln_1.bias", constant(width, 0, "norm")],
      ["attn.c_attn.weight", matrix(width, 3 * width, "attention")],
      ["attn.c_attn.bias", constant(3 * width, 0, "attention")],
      ["attn.c_proj.weight", matrix(width, width, "attention", residual)],
      ["attn.c_proj.bias", constant(width, 0, "attention")],
      ["ln_2.weight", constant(width, 1, "norm")],
      ["ln_2.bias", constant(width, 0, "norm")],
      ["mlp.c_fc.weight", matrix(width, 4 * width, "mlp")],
      ["mlp.c_fc.bias", constant(4 * width, 0, "mlp")],
      ["mlp.c_proj.weight", matrix(4 * width, width, "mlp", residual)],
      ["mlp.c_proj.bias", constant(width, 0, "mlp")],
    ]),
    positions: {
      name: "wpe.weight",
      spec: { shape: [positions, width], kind: "positions", init: { deviation: DEVIATION } },
    },
    finalNorm: new Map([
      ["ln_f.weight", constant(width, 1, "norm")],
      ["ln_f.bias", constant(width, 0, "norm")],
    ]),
    attentionProjections: ["attn.c_attn", "attn.c_proj"],
    layer: (x, batch, tokens, context) => layer(x, batch, tokens, heads, context),
    normalize: (x, weight) =>
      layerNorm(x, weight("ln_f.weight") as tf.Tensor1D, weight("ln_f.bias") as tf.Tensor1D, EPSILON),
    multiplyAccumulates: (tokens) => tokens * 12 * width ** 2 + 2 * tokens ** 2 * width,
  };
}

function layer(
  x: tf.Tensor2D,
  batch: number,
  tokens: number,
  heads: number,
  context: LayerContext,
): tf.Tensor2D {
  const vector = (name: string) => context.weight(name) as tf.Tensor1D;
  const linear = (input: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(context.project(input, `${name}.weight`), vector(`${name}.bias`));
  const size = x.shape[1] / heads;
  const split = (part: tf.Tensor2D): tf.Tensor4D =>
    tf.transpose(tf.reshape<tf.Rank.R4>(part, [batch, tokens, heads, size]), [0, 2, 1, 3]);

  const normalized = layerNorm(x, vector("ln_1.weight"), vector("ln_1.bias"), EPSILON);
  const [q, k, v] = tf.split<tf.Tensor2D>(linear(normalized, "attn.c_attn"), 3, 1);
  const attended = scaledDotProductAttention(split(q), split(k), split(v), { causal: context.causal });
  const joined = tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), x.shape);
  const middle: tf.Tensor2D = tf.add(x, context.drop(linear(joined, "attn.c_proj"), 0));

  const normalizedAgain = layerNorm(middle, vector("ln_2.weight"), vector("ln_2.bias"), EPSILON);
  const expanded = gelu(linear(normalizedAgain, "mlp.c_fc"));
  return tf.add(middle, context.drop(linear(expanded, "mlp.c_proj"), 1));
}

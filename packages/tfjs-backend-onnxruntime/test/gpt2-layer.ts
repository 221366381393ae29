// A GPT-2 layer out of the fused operations, and the golden tensors it is compared with.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { gelu, layerNorm, scaledDotProductAttention } from "../src/index";

/** The float32 tensors of a safetensors file in the fixtures folder. */
export function readGolden(name: string): Map<string, tf.Tensor> {
  const bytes = readFileSync(join(import.meta.dirname, "fixtures", `${name}.safetensors`));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([key]) => key !== "__metadata__");
  return new Map(
    entries.map(([key, { shape, data_offsets }]) => {
      const [start, end] = data_offsets.map((offset) => offset + 8 + length) as [number, number];
      return [key, tf.tensor(new Float32Array(new Uint8Array(bytes.subarray(start, end)).buffer), shape)];
    }),
  );
}

/** Names of the parameters of one layer. */
export const layerParameters = [
  "ln_1.weight",
  "ln_1.bias",
  "attn.c_attn.weight",
  "attn.c_attn.bias",
  "attn.c_proj.weight",
  "attn.c_proj.bias",
  "ln_2.weight",
  "ln_2.bias",
  "mlp.c_fc.weight",
  "mlp.c_fc.bias",
  "mlp.c_proj.weight",
  "mlp.c_proj.bias",
];

/** One layer on x `[batch, tokens, width]`; parameters in the order of {@link layerParameters}. */
export function gpt2Layer(x: tf.Tensor3D, parameters: readonly tf.Tensor[], heads: number, causal: boolean) {
  const [norm1, shift1, qkv, qkvBias, out, outBias, norm2, shift2, up, upBias, down, downBias] =
    parameters as tf.Tensor2D[];
  const [batch, tokens, width] = x.shape;
  const dense = (input: tf.Tensor, weight: tf.Tensor2D, bias: tf.Tensor) =>
    tf.add(tf.matMul(tf.reshape(input, [batch * tokens, -1]), weight), bias);
  const split = (part: tf.Tensor) =>
    tf.transpose(tf.reshape(part, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]) as tf.Tensor4D;
  const [q, k, v] = tf.split(dense(layerNorm(x, norm1!, shift1!), qkv!, qkvBias!), 3, 1).map(split);
  const attended = tf.transpose(scaledDotProductAttention(q!, k!, v!, { causal }), [0, 2, 1, 3]);
  const middle = tf.add(x, tf.reshape(dense(attended, out!, outBias!), x.shape));
  const hidden = gelu(dense(layerNorm(middle, norm2!, shift2!), up!, upBias!));
  return tf.add(middle, tf.reshape(dense(hidden, down!, downBias!), x.shape)) as tf.Tensor3D;
}

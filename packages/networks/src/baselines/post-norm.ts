// Transformer layers in the form of the original Transformer (normalisation after each
// addition, ReLU), as TransNet uses them. GPT-2's and LLaMA's are in @csi-feedback/gpt2-layers.
import { scaledDotProductAttention } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { layerNorm, linear } from "../layers";
import type { Parameters } from "../parameters";

/** Sizes of a layer. */
export interface PostNormSizes {
  readonly width: number;
  readonly heads: number;
  /** Width of the feed-forward block. */
  readonly hidden: number;
}

/** `[batch, tokens, width]` in and out; `memory` is what the decoder's layers also attend to. */
export type TokenLayer = (x: tf.Tensor3D, memory: tf.Tensor3D) => tf.Tensor3D;

/** Something done to every token, `[batch, tokens, width]`. */
export type Rows = (x: tf.Tensor3D) => tf.Tensor3D;

/** A matrix product over the last axis. */
export function tokenLinear(parameters: Parameters, name: string, inputs: number, outputs: number): Rows {
  const product = linear(parameters, name, inputs, outputs);
  return (x) => tf.reshape(product(tf.reshape(x, [-1, inputs])), [x.shape[0], x.shape[1], outputs]);
}

/** Attention of `x` to `memory`, over the tokens of one sample. */
export function attention(
  parameters: Parameters,
  name: string,
  { width, heads }: Pick<PostNormSizes, "width" | "heads">,
): TokenLayer {
  const [query, key, value, output] = ["query", "key", "value", "output"].map((part) =>
    tokenLinear(parameters, `${name}.${part}`, width, width),
  );
  const size = width / heads;
  const split = (x: tf.Tensor3D): tf.Tensor4D =>
    tf.transpose(tf.reshape(x, [x.shape[0], x.shape[1], heads, size]), [0, 2, 1, 3]);
  return (x, memory) => {
    const attended = scaledDotProductAttention(split(query(x)), split(key(memory)), split(value(memory)));
    const mixed = tf.transpose(attended, [0, 2, 1, 3]);
    return output(tf.reshape(mixed, x.shape));
  };
}

function postNorm(
  parameters: Parameters,
  name: string,
  width: number,
): (x: tf.Tensor3D, change: tf.Tensor3D) => tf.Tensor3D {
  const normalize = layerNorm(parameters, name, width);
  return (x, change) => normalize(tf.add(x, change)) as tf.Tensor3D;
}

/** Two matrix products with a ReLU between them. */
export function feedForward(
  parameters: Parameters,
  name: string,
  { width, hidden }: Pick<PostNormSizes, "width" | "hidden">,
): Rows {
  const first = tokenLinear(parameters, `${name}.linear1`, width, hidden);
  const second = tokenLinear(parameters, `${name}.linear2`, hidden, width);
  return (x) => second(tf.relu(first(x)));
}

/** Self-attention and a feed-forward block. */
export function encoderLayer(parameters: Parameters, name: string, sizes: PostNormSizes): TokenLayer {
  const attend = attention(parameters, `${name}.attention`, sizes);
  const [norm1, norm2] = [1, 2].map((i) => postNorm(parameters, `${name}.norm${i}`, sizes.width));
  const forward = feedForward(parameters, name, sizes);
  return (x) => {
    const y = norm1(x, attend(x, x));
    return norm2(y, forward(y));
  };
}

/** Self-attention, attention to `memory`, and a feed-forward block. */
export function decoderLayer(parameters: Parameters, name: string, sizes: PostNormSizes): TokenLayer {
  const own = attention(parameters, `${name}.attention`, sizes);
  const other = attention(parameters, `${name}.memoryAttention`, sizes);
  const [norm1, norm2, norm3] = [1, 2, 3].map((i) => postNorm(parameters, `${name}.norm${i}`, sizes.width));
  const forward = feedForward(parameters, name, sizes);
  return (x, memory) => {
    const y = norm1(x, own(x, x));
    const z = norm2(y, other(y, memory));
    return norm3(z, forward(z));
  };
}

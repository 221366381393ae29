// TransNet (Cui, Guo, Li, "TransNet: full attention network for CSI feedback in FDD massive
// MIMO system", 2022), with attention over the tokens of one sample. The released code feeds
// [batch, tokens, width] to layers that expect the batch second, so that it attends across
// the samples of a batch; this is the network as its publication describes it.
import * as tf from "@tensorflow/tfjs-core";
import { layerNorm, linear } from "../layers";
import {
  type DenseCodewordDefinition,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  type Sizes,
} from "./dense-codeword";
import { decoderLayer, encoderLayer, type TokenLayer } from "./post-norm";

/** Each row of planes first, `[2 height width]`, is cut into tokens of 64 numbers. */
const WIDTH = 64;
const sizes = { width: WIDTH, heads: 2, hidden: 2048 } as const;
/** Times that the one layer of each side is applied, with the same weights. */
const PASSES = 2;

function toTokens(x: tf.Tensor4D): tf.Tensor3D {
  return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1, WIDTH]);
}

function repeat(layer: TokenLayer, x: tf.Tensor3D, memory: tf.Tensor3D): tf.Tensor3D {
  return Array.from({ length: PASSES }).reduce<tf.Tensor3D>((y) => layer(y, memory), x);
}

const definition: DenseCodewordDefinition = {
  name: "transnet",
  isEncoder: (name) => name.startsWith("encoder."),
  build(parameters, { codeword, size, height, width }: Sizes) {
    const encoder = encoderLayer(parameters, "encoder.layer", sizes);
    const encoderProduct = linear(parameters, "encoder.dense", size, codeword);
    const decoderProduct = linear(parameters, "decoder.dense", codeword, size);
    const decoder = decoderLayer(parameters, "decoder.layer", sizes);
    const norm = layerNorm(parameters, "decoder.norm", WIDTH);
    return {
      encode(x) {
        const tokens = toTokens(x);
        return encoderProduct(tf.reshape(repeat(encoder, tokens, tokens), [x.shape[0], size]));
      },
      decode(values) {
        const tokens: tf.Tensor3D = tf.reshape(decoderProduct(values), [values.shape[0], -1, WIDTH]);
        const output = norm(repeat(decoder, tokens, tokens));
        return tf.transpose(tf.reshape(output, [-1, 2, height, width]), [0, 2, 3, 1]);
      },
    };
  },
};

/** TransNet over tokens, random weights; samples must be a multiple of 64 numbers. @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
export function createTransNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(definition, options, seed);
}

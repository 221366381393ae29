// The masked token prediction module f_TP: patches to tokens, transformer layers of a
// language model, tokens back to patches. The layers themselves are @csi-feedback/gpt2-layers'.
import type { TransformerLayers } from "@csi-feedback/gpt2-layers";
import * as tf from "@tensorflow/tfjs-core";
import { convolution, type Layer, layerNorm, leakyRelu } from "../layers";
import type { Parameters } from "../parameters";
import type { LlmCsiNetConfiguration } from "./configuration";

/** Patches to tokens through the transformer layers, `[batch, delays, antennas, in]` to `[batch, tokens, width]`. */
function tokens(
  parameters: Parameters,
  prefix: string,
  inputs: number,
  { delays, antennas, tokenPredictor: { patch, classToken, causal } }: LlmCsiNetConfiguration,
  layers: TransformerLayers,
): (x: tf.Tensor4D) => tf.Tensor3D {
  const { width } = layers;
  const count = (delays / patch[0]) * (antennas / patch[1]);
  const tokenizer = convolution(parameters, `${prefix}.tokenizer`, {
    inputs,
    outputs: width,
    kernel: patch,
    bias: true,
    patches: true,
  });
  const positions = parameters.normal(`${prefix}.positions`, [count, width], 0.02);
  const summary =
    classToken === "none" ? undefined : parameters.normal(`${prefix}.classToken`, [1, width], 0.02);
  return (x) => {
    const embedded = tf.add(tf.reshape(tokenizer(x, false), [-1, count, width]), positions) as tf.Tensor3D;
    if (summary === undefined) return layers.forward(embedded, { causal });
    const extra = tf.tile(tf.reshape(summary, [1, 1, width]), [x.shape[0], 1, 1]) as tf.Tensor3D;
    const first = classToken === "first";
    const sequence = tf.concat(first ? [extra, embedded] : [embedded, extra], 1);
    const output = layers.forward(sequence, { causal });
    return tf.slice(output, [0, first ? 1 : 0, 0], [-1, count, width]);
  };
}

/** Tokens back to `[batch, delays, antennas, channels]` by one matrix product. */
function unfolding(
  parameters: Parameters,
  name: string,
  width: number,
  channels: number,
  { delays, antennas, tokenPredictor: { patch } }: LlmCsiNetConfiguration,
): (x: tf.Tensor3D) => tf.Tensor4D {
  const [height, breadth] = patch;
  const outputs = height * breadth * channels;
  const weight = parameters.matrix(`${name}.weight`, [width, outputs]);
  const bias = parameters.constant(`${name}.bias`, [outputs], 0);
  return (x) => {
    const flat = tf.reshape(x, [-1, width]);
    const pixels = tf.add(tf.matMul(flat, weight as unknown as tf.Tensor2D), bias);
    // Rows of tokens: the patch's row index moves out in front of the token's column index.
    const rows = tf.reshape(pixels, [-1, antennas / breadth, height, breadth * channels]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [-1, delays, antennas, channels]);
  };
}

/**
 * The paper's f_TP: layer normalisation over the whole sample, patches by a convolution with bias, learned positions
 * for the patches, a class token, the transformer layers, and a linear output for each token. NHWC in and out, before
 * the last activation.
 */
export function paperTokenPredictor(
  parameters: Parameters,
  prefix: string,
  configuration: LlmCsiNetConfiguration,
  layers: TransformerLayers,
): Layer {
  const { delays, antennas } = configuration;
  const normalize = layerNorm(parameters, `${prefix}.normalization`, 2 * delays * antennas);
  const predict = tokens(parameters, prefix, 2, configuration, layers);
  const unfold = unfolding(parameters, `${prefix}.output`, layers.width, 2, configuration);
  return (x) => unfold(predict(tf.reshape(normalize(tf.reshape(x, [x.shape[0], -1])), x.shape)));
}

/**
 * The residual form's f_TP: the same path with `channels` maps at its end, joined with its input and brought to two
 * planes by a convolution that starts at zero. NHWC.
 */
export function residualTokenPredictor(
  parameters: Parameters,
  prefix: string,
  inputs: number,
  configuration: LlmCsiNetConfiguration,
  layers: TransformerLayers,
): Layer {
  const { channels } = configuration.tokenPredictor;
  const predict = tokens(parameters, prefix, inputs, configuration, layers);
  const normalize = layerNorm(parameters, `${prefix}.normalization`, layers.width);
  const unfold = unfolding(parameters, `${prefix}.unfold`, layers.width, channels, configuration);
  const last = convolution(parameters, `${prefix}.output`, {
    inputs: inputs + channels,
    outputs: 2,
    kernel: [3, 3],
    bias: true,
    circular: configuration.preliminaryDecoder.circular,
    start: "zero",
  });
  return (x, training) => {
    const maps = leakyRelu(unfold(normalize(predict(x)) as tf.Tensor3D));
    return last(tf.concat([x, maps], 3), training);
  };
}

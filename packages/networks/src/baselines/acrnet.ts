// ACRNet, from "Binarized aggregated network with quantization: flexible deep learning
// deployment for CSI feedback in massive MIMO system" (Lu, Zhang, Zeng, Wang, Song): wide
// grouped convolutions and PReLU. The parameter names are ours.
import * as tf from "@tensorflow/tfjs-core";
import { batchNorm, convolutionNorm, type Layer, linear } from "../layers";
import type { Parameters } from "../parameters";
import {
  type DenseCodewordDefinition,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  flatten,
  unflatten,
} from "./dense-codeword";

/** Configuration of {@link createAcrNet}. */
export interface AcrNetOptions extends DenseCodewordOptions {
  /** Width of the decoder's blocks: 1, 10 and 20 in the publication. */
  readonly expansion?: number;
}

/** PReLU with one slope per channel, starting at 0.3. */
function prelu(parameters: Parameters, name: string, channels: number): Layer {
  const slope = parameters.constant(`${name}.weight`, [channels], 0.3);
  return (x) => tf.add(tf.relu(x), tf.mul(slope, tf.sub(x, tf.relu(x))));
}

/** A 7 x 7 convolution in groups of two channels, then batch normalisation; the file layout is PyTorch's. */
function groupedConvolutionNorm(parameters: Parameters, name: string, channels: number): Layer {
  const side = 7;
  const bound = Math.sqrt(6 / (side * side * (2 + 2)));
  const weight = parameters.uniform(`${name}.conv.weight`, [channels, 2, side, side], bound);
  const norm = batchNorm(parameters, `${name}.bn`, channels);
  return (x, training) => {
    // Every channel gives two partial results, one for each output of its group; groups are then summed.
    const groups = tf.reshape(weight, [channels / 2, 2, 2, side * side]);
    const filter = tf.reshape<tf.Rank.R4>(tf.transpose(groups, [3, 0, 2, 1]), [side, side, channels, 2]);
    const parts = tf.depthwiseConv2d(x, filter, 1, "same");
    const summed = tf.sum(tf.reshape(parts, [x.size / channels, channels / 2, 2, 2]), 2);
    return norm(tf.reshape(summed, x.shape), training);
  };
}

function encoderBlock(parameters: Parameters, name: string): Layer {
  const first = convolutionNorm(parameters, `${name}.conv1x9_bn`, 2, 2, [1, 9]);
  const between = prelu(parameters, `${name}.prelu1`, 2);
  const second = convolutionNorm(parameters, `${name}.conv9x1_bn`, 2, 2, [9, 1]);
  const last = prelu(parameters, `${name}.prelu2`, 2);
  return (x, training) => {
    const y = second(between(first(x, training), training), training);
    return last(tf.add(x, y), training);
  };
}

function decoderBlock(parameters: Parameters, name: string, expansion: number): Layer {
  const wide = 8 * expansion;
  const first = convolutionNorm(parameters, `${name}.conv1x9_bn`, 2, wide, [1, 9]);
  const firstActivation = prelu(parameters, `${name}.prelu1`, wide);
  const grouped = groupedConvolutionNorm(parameters, `${name}.conv7x7_bn`, wide);
  const secondActivation = prelu(parameters, `${name}.prelu2`, wide);
  const second = convolutionNorm(parameters, `${name}.conv9x1_bn`, wide, 2, [9, 1]);
  const last = prelu(parameters, `${name}.prelu3`, 2);
  return (x, training) => {
    const y = secondActivation(grouped(firstActivation(first(x, training), training), training), training);
    return last(tf.add(x, second(y, training)), training);
  };
}

function definition(expansion: number): DenseCodewordDefinition {
  return {
    name: "acrnet",
    settings: { expansion },
    isEncoder: (name) => name.startsWith("encoder."),
    build(parameters, sizes) {
      const side = (name: string, blocks: Layer[]): Layer => {
        const first = convolutionNorm(parameters, `${name}.conv5x5_bn`, 2, 2, [5, 5]);
        const activation = prelu(parameters, `${name}.prelu`, 2);
        return (x, training) =>
          blocks.reduce((y, layer) => layer(y, training), activation(first(x, training), training));
      };
      const encoder = side(
        "encoder",
        [1, 2].map((i) => encoderBlock(parameters, `encoder.block${i}`)),
      );
      const decoder = side(
        "decoder",
        [1, 2].map((i) => decoderBlock(parameters, `decoder.block${i}`, expansion)),
      );
      const encoderProduct = linear(parameters, "encoder.fc", sizes.size, sizes.codeword);
      const decoderProduct = linear(parameters, "decoder.fc", sizes.codeword, sizes.size);
      return {
        encode: (x, training) => encoderProduct(flatten(encoder(x, training))),
        decode: (codeword, training) =>
          tf.sigmoid(decoder(unflatten(decoderProduct(codeword), sizes), training)),
      };
    },
  };
}

/** ACRNet with random weights. @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
export function createAcrNet(options: AcrNetOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(definition(options.expansion ?? 1), options, seed);
}

// CLNet (Ji, Li, "CLNet: complex input lightweight neural network designed for massive MIMO
// CSI feedback", 2021), with the parameter names of its public state dictionaries.
import * as tf from "@tensorflow/tfjs-core";
import { convolutionNorm, type Layer, leakyRelu } from "../layers";
import type { Parameters } from "../parameters";
import { decoderFeature, encoderPath } from "./crnet";
import {
  type DenseCodewordDefinition,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  flatten,
  unflatten,
} from "./dense-codeword";

/** Spatial gate: maximum and mean over the channels, a convolution, a sigmoid. */
function spatialGate(parameters: Parameters, name: string): Layer {
  const layer = convolutionNorm(parameters, name, 2, 1, [3, 3], { momentum: 0.01 });
  return (x, training) => {
    const summary = tf.concat([tf.max(x, 3, true), tf.mean(x, 3, true)], 3) as tf.Tensor4D;
    return tf.mul(x, tf.sigmoid(layer(summary, training)));
  };
}

/** Squeeze and excitation over 32 channels, reduced by 16, no biases. */
function channelGate(parameters: Parameters, name: string): Layer {
  const squeeze = parameters.matrix(`${name}.fc.0.weight`, [32, 2]) as unknown as tf.Tensor2D;
  const excite = parameters.matrix(`${name}.fc.2.weight`, [2, 32]) as unknown as tf.Tensor2D;
  return (x) => {
    const pooled = tf.mean(x, [1, 2]) as tf.Tensor2D;
    const gate = tf.sigmoid(tf.matMul(tf.relu(tf.matMul(pooled, squeeze)), excite));
    return tf.mul(x, tf.reshape(gate, [-1, 1, 1, 32]));
  };
}

const definition: DenseCodewordDefinition = {
  name: "clnet",
  isEncoder: (name) => name.startsWith("encoder"),
  build(parameters, sizes) {
    const { codeword, size } = sizes;
    const path = encoderPath(parameters, "encoder.encoder1");
    const wide = convolutionNorm(parameters, "encoder.encoder2", 2, 32, [1, 1]);
    const spatial = spatialGate(parameters, "encoder.sa.spatial");
    const channel = channelGate(parameters, "encoder.se");
    const merge = convolutionNorm(parameters, "encoder.encoder_conv.conv1x1_bn", 34, 2, [1, 1]);
    // One-dimensional convolutions of length 1 in the original: [out, in, 1] here, [in, out, 1] in the decoder.
    const [down, up] = [1 / Math.sqrt(size), 1 / Math.sqrt(codeword)];
    const encoderWeight = parameters.uniform("encoder.replace_efc.weight", [codeword, size, 1], down);
    const encoderBias = parameters.uniform("encoder.replace_efc.bias", [codeword], down);
    const decoderWeight = parameters.uniform("decoder.replace_dfc.weight", [codeword, size, 1], up);
    const decoderBias = parameters.uniform("decoder.replace_dfc.bias", [size], up);
    const feature = decoderFeature(parameters, "decoder.decoder_feature", 3);
    const matrix = (weight: tf.Tensor) => tf.reshape<tf.Rank.R2>(weight, [codeword, size]);
    return {
      encode(x, training) {
        const left = spatial(path(x, training), training);
        const right = channel(wide(x, training), training);
        const merged = merge(leakyRelu(tf.concat([left, right], 3)), training);
        return tf.add(tf.matMul(flatten(leakyRelu(merged)), matrix(encoderWeight), false, true), encoderBias);
      },
      decode(values, training) {
        const rows: tf.Tensor2D = tf.add(tf.matMul(values, matrix(decoderWeight)), decoderBias);
        return tf.div(tf.relu6(tf.add(feature(unflatten(rows, sizes), training), 3)), 6);
      },
    };
  },
};

/** CLNet with random weights. @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
export function createClNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(definition, options, seed);
}

// CRNet (Lu, Wang, Song, "Multi-resolution CSI feedback with deep learning in massive MIMO
// system", 2020), with the parameter names of its public state dictionaries.
import * as tf from "@tensorflow/tfjs-core";
import { convolutionNorm, type Layer, leakyRelu, linear } from "../layers";
import type { Parameters } from "../parameters";
import {
  type DenseCodewordDefinition,
  type DenseCodewordLayers,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  flatten,
  type Sizes,
  unflatten,
} from "./dense-codeword";

/** Layers one after the other, leaky ReLU between them and not at the end. */
function chain(...layers: readonly Layer[]): Layer {
  return (x, training) => layers.reduce((y, layer, i) => layer(i === 0 ? y : leakyRelu(y), training), x);
}

/** Layers over the same input, joined along the channels. */
function join(x: tf.Tensor4D, training: boolean, ...paths: readonly Layer[]): tf.Tensor4D {
  return tf.concat(
    paths.map((path) => path(x, training)),
    3,
  );
}

/** The encoder path of three resolutions; `name.conv3x3_bn` and so on. CLNet shares it. */
export function encoderPath(parameters: Parameters, name: string): Layer {
  return chain(
    convolutionNorm(parameters, `${name}.conv3x3_bn`, 2, 2, [3, 3]),
    convolutionNorm(parameters, `${name}.conv1x9_bn`, 2, 2, [1, 9]),
    convolutionNorm(parameters, `${name}.conv9x1_bn`, 2, 2, [9, 1]),
  );
}

/** CRNet's whole encoder, NHWC to `[batch, codeword]`. GCRNet shares it. */
export function crNetEncoder(
  parameters: Parameters,
  { size, codeword }: Sizes,
): DenseCodewordLayers["encode"] {
  const encoder1 = encoderPath(parameters, "encoder1");
  const encoder2 = convolutionNorm(parameters, "encoder2", 2, 2, [3, 3]);
  const merge = convolutionNorm(parameters, "encoder_conv.conv1x1_bn", 4, 2, [1, 1]);
  const product = linear(parameters, "encoder_fc", size, codeword);
  return (x, training) =>
    product(flatten(leakyRelu(merge(leakyRelu(join(x, training, encoder1, encoder2)), training))));
}

/** Two paths of different resolution, added to the input; `long` is 9 in CRNet and 3 in CLNet. */
function block(parameters: Parameters, name: string, long: 3 | 9): Layer {
  const layer = (path: string, inputs: number, outputs: number, height: number, width: number) =>
    convolutionNorm(parameters, `${name}.${path}`, inputs, outputs, [height, width]);
  const path1 = chain(
    layer("path1.conv3x3", 2, 7, 3, 3),
    layer(`path1.conv1x${long}`, 7, 7, 1, long),
    layer(`path1.conv${long}x1`, 7, 7, long, 1),
  );
  const path2 = chain(layer("path2.conv1x5", 2, 7, 1, 5), layer("path2.conv5x1", 7, 7, 5, 1));
  const last = layer("conv1x1", 14, 2, 1, 1);
  return (x, training) => leakyRelu(tf.add(x, last(leakyRelu(join(x, training, path1, path2)), training)));
}

/** What follows the decoder's matrix product, up to the last activation. CLNet shares it. */
export function decoderFeature(parameters: Parameters, name: string, long: 3 | 9): Layer {
  const first = convolutionNorm(parameters, `${name}.conv5x5_bn`, 2, 2, [5, 5]);
  const blocks = ["CRBlock1", "CRBlock2"].map((part) => block(parameters, `${name}.${part}`, long));
  return (x, training) => blocks.reduce((y, layer) => layer(y, training), leakyRelu(first(x, training)));
}

const definition: DenseCodewordDefinition = {
  name: "crnet",
  isEncoder: (name) => name.startsWith("encoder"),
  build(parameters, sizes) {
    const encode = crNetEncoder(parameters, sizes);
    const decoderProduct = linear(parameters, "decoder_fc", sizes.codeword, sizes.size);
    const feature = decoderFeature(parameters, "decoder_feature", 9);
    return {
      encode,
      decode: (codeword, training) =>
        tf.sigmoid(feature(unflatten(decoderProduct(codeword), sizes), training)),
    };
  },
};

/** CRNet with random weights. @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
export function createCrNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(definition, options, seed);
}

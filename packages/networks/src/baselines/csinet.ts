// CsiNet (Wen, Shih, Jin, "Deep learning for massive MIMO CSI feedback", 2018).
import * as tf from "@tensorflow/tfjs-core";
import { batchNorm, convolution, leakyRelu, linear } from "../layers";
import { paperPreliminaryDecoder } from "../llmcsinet/preliminary-decoder";
import {
  type DenseCodewordDefinition,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  flatten,
  unflatten,
} from "./dense-codeword";

/** Keras' defaults: epsilon 1e-3, and 1 % of each batch in the moving statistics. */
const keras = { epsilon: 1e-3, momentum: 0.01 } as const;

const definition: DenseCodewordDefinition = {
  name: "csinet",
  isEncoder: (name) => name.startsWith("encoder."),
  build(parameters, sizes) {
    const first = convolution(parameters, "encoder.conv", {
      inputs: 2,
      outputs: 2,
      kernel: [3, 3],
      bias: true,
    });
    const norm = batchNorm(parameters, "encoder.norm", 2, keras);
    const encoderProduct = linear(parameters, "encoder.dense", sizes.size, sizes.codeword);
    const decoderProduct = linear(parameters, "decoder.dense", sizes.codeword, sizes.size);
    const shape = { channels: 8, blocks: 2, kernel: 3, circular: false, activation: "sigmoid" } as const;
    const refine = paperPreliminaryDecoder(parameters, "decoder", shape, keras);
    return {
      encode: (x, training) => encoderProduct(flatten(leakyRelu(norm(first(x, training), training)))),
      decode: (codeword, training) =>
        tf.sigmoid(refine(unflatten(decoderProduct(codeword), sizes), training)),
    };
  },
};

/** CsiNet with random weights. @throws CsiFeedbackError `INVALID_CONFIGURATION`. */
export function createCsiNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(definition, options, seed);
}

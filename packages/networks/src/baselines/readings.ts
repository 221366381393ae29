// TransInDecNet and GCRNet-1x: OUR READING. Neither text nor code of these two networks
// could be found; what is known are their parameter counts at four ratios (Table IV) and
// the order of their cost (Table V). These are the simplest networks that agree with both.
import * as tf from "@tensorflow/tfjs-core";
import { linear } from "../layers";
import { crNetEncoder, decoderFeature } from "./crnet";
import {
  type DenseCodewordDefinition,
  DenseCodewordNetwork,
  type DenseCodewordOptions,
  flatten,
  unflatten,
} from "./dense-codeword";
import { encoderLayer } from "./post-norm";

/** Our reading: Table IV leaves 271.9 K to 277.4 K parameters for the layer; 2,000 hidden units give 274,960. */
const transformer = { heads: 2, hidden: 2000 } as const;

const transInDecNet: DenseCodewordDefinition = {
  name: "transindecnet",
  isEncoder: (name) => name.startsWith("encoder."),
  build(parameters, { codeword, size, height, width }) {
    const encoderProduct = linear(parameters, "encoder.dense", size, codeword);
    const decoderProduct = linear(parameters, "decoder.dense", codeword, size);
    // One token per delay tap: its real and imaginary parts over the antennas.
    const layer = encoderLayer(parameters, "decoder.layer", { ...transformer, width: 2 * width });
    return {
      encode: (x) => encoderProduct(flatten(x)),
      decode(values) {
        const tokens: tf.Tensor3D = tf.reshape(decoderProduct(values), [-1, height, 2 * width]);
        return tf.reshape(tf.sigmoid(layer(tokens, tokens)), [-1, height, width, 2]);
      },
    };
  },
};

/** Our reading: Table IV leaves 1.652 M to 1.657 M parameters beside the matrix product; 403 units give 1,656,093. */
const CONTEXT_UNITS = 403;

const gcrNet: DenseCodewordDefinition = {
  name: "gcrnet",
  isEncoder: (name) => name.startsWith("encoder"),
  build(parameters, sizes) {
    const encode = crNetEncoder(parameters, sizes);
    const decoderProduct = linear(parameters, "decoder_fc", sizes.codeword, sizes.size);
    const narrow = linear(parameters, "decoder_context.0", sizes.size, CONTEXT_UNITS);
    const widen = linear(parameters, "decoder_context.1", CONTEXT_UNITS, sizes.size);
    const feature = decoderFeature(parameters, "decoder_feature", 9);
    return {
      encode,
      decode(values, training) {
        const coarse = decoderProduct(values);
        const context: tf.Tensor2D = tf.add(coarse, widen(tf.relu(narrow(coarse))));
        return tf.sigmoid(feature(unflatten(context, sizes), training));
      },
    };
  },
};

/**
 * TransInDecNet, our reading of a network known only by its parameter counts: a matrix product at the user, a matrix
 * product and one transformer layer over the delay taps at the base station.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createTransInDecNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(transInDecNet, options, seed);
}

/**
 * GCRNet-1x, our reading of a network known only by its parameter counts: CRNet with a dense layer of global context
 * in front of its decoder's blocks.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createGcrNet(options: DenseCodewordOptions = {}, seed = 0): DenseCodewordNetwork {
  return new DenseCodewordNetwork(gcrNet, options, seed);
}

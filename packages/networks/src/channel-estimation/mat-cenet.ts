// MAT-CENet (Li, Dong, "Mixed attention transformer enhanced channel estimation for
// extremely large-scale MIMO systems", 2024): OUR READING. No code was found; what is known is that
// it mixes attention over feature maps and attention over space in transformer encoder layers.
import * as tf from "@tensorflow/tfjs-core";
import { feedForward } from "../baselines/post-norm";
import { convolution, layerNorm } from "../layers";
import { Parameters } from "../parameters";
import { assertSquare } from "./configuration";
import type { EstimatorDomain } from "./domain";
import { ChannelEstimatorNetwork } from "./estimator";
import { parallelAttention } from "./parallel-attention";

/** Configuration of our reading of MAT-CENet. */
export interface MatCeNetOptions {
  /** M, a square number; 256 unless told. */
  readonly antennas?: number;
  /** The domain that the network works in; the antennas' unless told. */
  readonly domain?: EstimatorDomain;
  /** Feature maps, the width of a token; 64 unless told. */
  readonly maps?: number;
  /** Heads of both attentions; 4 unless told. */
  readonly heads?: number;
  /** Encoder layers; 2 unless told. */
  readonly depth?: number;
}

/**
 * MAT-CENet, our reading, with random weights: a convolution, transformer encoder layers whose attention works over
 * the antennas and over the feature maps at once, and a last convolution that gives the noise.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createMatCeNet(options: MatCeNetOptions = {}, seed = 0): ChannelEstimatorNetwork {
  const { antennas = 256, domain = "antenna", maps = 64, heads = 4, depth = 2 } = options;
  assertSquare("createMatCeNet", antennas);
  const side = Math.sqrt(antennas);
  const parameters = new Parameters(seed);
  const kernel = [3, 3] as const;
  const first = convolution(parameters, "first", { inputs: 2, outputs: maps, kernel, bias: true });
  const layers = Array.from({ length: depth }, (_, i) => {
    const sizes = { antennas, maps, heads, feature: true, spatial: true };
    const attend = parallelAttention(parameters, `layers.${i}.attention`, sizes);
    const normalize = layerNorm(parameters, `layers.${i}.norm`, maps);
    const forward = feedForward(parameters, `layers.${i}`, { width: maps, hidden: 4 * maps });
    return (x: tf.Tensor3D): tf.Tensor3D => {
      const y = attend(x);
      return tf.add(y, forward(normalize(y) as tf.Tensor3D));
    };
  });
  const last = convolution(parameters, "last", {
    inputs: maps,
    outputs: 2,
    kernel,
    bias: true,
    start: "zero",
  });
  return new ChannelEstimatorNetwork(
    "mat-cenet",
    antennas,
    { antennas, domain, maps, heads, depth },
    parameters,
    {
      residual: true,
      groups: { network: parameters.learned("") },
      run(observed) {
        const [batch] = observed.shape;
        const tokens = tf.reshape(first(observed, false), [batch, antennas, maps]) as tf.Tensor3D;
        const mixed = layers.reduce((x, layer) => layer(x), tokens);
        return last(tf.reshape(mixed, [batch, side, side, maps]), false);
      },
    },
  );
}

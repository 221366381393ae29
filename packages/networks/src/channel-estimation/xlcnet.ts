// XLCNet (Gao, Dong, Pan, You, "Lightweight deep learning based channel estimation for
// extremely large-scale massive MIMO systems", 2024): a plain convolutional denoiser.
import * as tf from "@tensorflow/tfjs-core";
import { batchNorm, convolution } from "../layers";
import { Parameters } from "../parameters";
import { assertSquare } from "./configuration";
import type { EstimatorDomain } from "./domain";
import { ChannelEstimatorNetwork } from "./estimator";

/** Configuration of XLCNet. */
export interface XlcNetOptions {
  /** M, a square number; 256 unless told. */
  readonly antennas?: number;
  /** The domain that the network works in; the antennas' unless told. */
  readonly domain?: EstimatorDomain;
  /** Feature maps; 64 unless told. */
  readonly maps?: number;
  /** Convolutions in front of the last one; 8 unless told. */
  readonly depth?: number;
}

/**
 * XLCNet with random weights: eight times convolution, ReLU and batch normalisation (in this order), and a last
 * convolution that gives the noise. 262,914 parameters, 1,024 moving statistics among them.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createXlcNet } from "@csi-feedback/networks";
 *
 * const { trained, statistics } = createXlcNet().size;
 * console.log(trained + statistics, statistics); // 262914 1024
 * ```
 */
export function createXlcNet(options: XlcNetOptions = {}, seed = 0): ChannelEstimatorNetwork {
  const { antennas = 256, domain = "antenna", maps = 64, depth = 8 } = options;
  assertSquare("createXlcNet", antennas);
  const parameters = new Parameters(seed);
  const kernel = [3, 3] as const;
  const layers = Array.from({ length: depth }, (_, i) => ({
    convolve: convolution(parameters, `${i}.convolution`, {
      inputs: i === 0 ? 2 : maps,
      outputs: maps,
      kernel,
      bias: true,
    }),
    normalize: batchNorm(parameters, `${i}.norm`, maps, { epsilon: 1e-3 }),
  }));
  const last = convolution(parameters, "last", { inputs: maps, outputs: 2, kernel, bias: true });
  return new ChannelEstimatorNetwork("xlcnet", antennas, { antennas, domain, maps, depth }, parameters, {
    residual: true,
    groups: { network: parameters.learned("") },
    run(observed, learns) {
      const features = layers.reduce<tf.Tensor4D>(
        (x, { convolve, normalize }) => normalize(tf.relu(convolve(x, false)), learns("network")),
        observed,
      );
      return last(features, false);
    },
  });
}

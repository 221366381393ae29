// Another start for the baselines: a decoder that begins with the empty channel. For small
// budgets of training, where the published start never gets there; not what was published.
import { invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import type { FeedbackNetwork } from "./network";

/**
 * The parameters that write the image, by network: with these at zero the output is 0.5, the empty
 * channel, and every refine block passes on what it is given. All of them still learn, as what
 * they multiply is not zero.
 */
const writers: Readonly<Record<string, RegExp>> = {
  crnet: /^decoder_feature\.(conv5x5_bn|CRBlock\d\.conv1x1)\.bn\.weight$/,
  csinet: /^decoder\.(conv\.weight|refine\.\d+\.norm2\.weight)$/,
  idasnet: /^preliminaryDecoder\.(conv\.weight|refine\.\d+\.norm2\.weight)$/,
};

/** Networks that {@link startAtZero} knows. */
export const zeroStartNetworks: readonly string[] = Object.keys(writers);

/**
 * Sets the parameters to zero that write a new network's output, so that it begins with an estimate of
 * 0.5 everywhere, an NMSE of 0 dB. With the published start the output's batch normalisations paint values
 * of unit variance on channels whose elements are a hundredth of that, and the first thousands of steps
 * only unlearn them: after 500 steps CRNet, CsiNet and IdasNet are still above 0 dB.
 *
 * @param network - one of {@link zeroStartNetworks}, before any training.
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for another network.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createCrNet, startAtZero } from "@csi-feedback/networks";
 *
 * const network = createCrNet({ codeword: 8, delays: 8, antennas: 8 });
 * startAtZero(network);
 * const channels = Float32Array.from({ length: 128 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i));
 * const estimate = await network.decode(await network.encode(channels, { batch: 1 }));
 * console.log(estimate.every((value) => value === 0.5)); // true
 * ```
 */
export function startAtZero(network: FeedbackNetwork): void {
  const pattern = Object.hasOwn(writers, network.name) ? writers[network.name] : undefined;
  if (pattern === undefined) {
    const rule = `the network must be one of ${zeroStartNetworks.join(", ")}`;
    invalid("INVALID_ARGUMENT", "startAtZero", rule, network.name);
  }
  for (const [name, variable] of network.parameters) {
    if (pattern.test(name)) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  }
}

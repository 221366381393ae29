// The channel estimators by name, and loading one from its file.
import { CsiFeedbackError } from "@csi-feedback/common";
import { parseCheckpoint } from "../checkpoint-file";
import type { Llm4XceOptions } from "./configuration";
import type { ChannelEstimatorNetwork } from "./estimator";
import { createLlm4Xce } from "./llm4xce";
import { createMatCeNet } from "./mat-cenet";
import { createXlcNet } from "./xlcnet";

/** Builds an estimator from a configuration, as {@link ChannelEstimatorNetwork.configuration} holds it. */
export type EstimatorConstructor = (
  configuration: Readonly<Record<string, unknown>>,
  seed?: number,
) => ChannelEstimatorNetwork;

/** Every channel estimator of this package by name. */
export const channelEstimators: Readonly<Record<string, EstimatorConstructor>> = {
  llm4xce: (configuration, seed = 0) => createLlm4Xce(configuration as Llm4XceOptions, { seed }),
  xlcnet: createXlcNet,
  "mat-cenet": createMatCeNet,
};

/**
 * A channel estimator from the bytes of its file: built from the configuration inside, weights checked and put in
 * place.
 *
 * @throws CsiFeedbackError `NOT_A_CHECKPOINT`, `UNSUPPORTED_CHECKPOINT`, `UNKNOWN_NETWORK`, `CHECKPOINT_MISMATCH`
 * naming the first difference, or an error of `@csi-feedback/safetensors` for a damaged file.
 */
export function loadChannelEstimator(bytes: Uint8Array): ChannelEstimatorNetwork {
  const { network: name, configuration, tensors } = parseCheckpoint(bytes);
  if (!Object.hasOwn(channelEstimators, name)) {
    throw new CsiFeedbackError(
      "UNKNOWN_NETWORK",
      `loadChannelEstimator: the network must be one of ${Object.keys(channelEstimators).join(", ")}, received ${JSON.stringify(name)}`,
    );
  }
  const network = channelEstimators[name](configuration);
  try {
    network.assign(tensors);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}

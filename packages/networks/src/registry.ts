// The networks by name, and loading one from its file.
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import { createAcrNet } from "./baselines/acrnet";
import { createClNet } from "./baselines/clnet";
import { createCrNet } from "./baselines/crnet";
import { createCsiNet } from "./baselines/csinet";
import { createGcrNet, createTransInDecNet } from "./baselines/readings";
import { createTransNet } from "./baselines/transnet";
import { type Checkpoint, parseCheckpoint } from "./checkpoint-file";
import type { LlmCsiNetOptions } from "./llmcsinet/configuration";
import { createIdasNet, createLlmCsiNet } from "./llmcsinet/create";
import type { FeedbackNetwork } from "./network";

/** Builds a network from a configuration, as {@link FeedbackNetwork.configuration} holds it. */
export type NetworkConstructor = (
  configuration: Readonly<Record<string, unknown>>,
  seed?: number,
) => FeedbackNetwork;

/** Every network of this package by name. */
export const networks: Readonly<Record<string, NetworkConstructor>> = {
  llmcsinet: (configuration, seed = 0) => createLlmCsiNet(configuration as LlmCsiNetOptions, { seed }),
  idasnet: (configuration, seed) => createIdasNet(configuration as LlmCsiNetOptions, seed),
  crnet: createCrNet,
  csinet: createCsiNet,
  clnet: createClNet,
  acrnet: createAcrNet,
  transnet: createTransNet,
  transindecnet: createTransInDecNet,
  gcrnet: createGcrNet,
};

/**
 * A network from the bytes of its file: built from the configuration inside, weights checked and put in place.
 *
 * @param expected - the name the network must have, when the caller needs a certain one.
 * @throws CsiFeedbackError `NOT_A_CHECKPOINT`, `UNSUPPORTED_CHECKPOINT`, `UNKNOWN_NETWORK`, `CHECKPOINT_MISMATCH`
 * naming the first difference, or an error of `@csi-feedback/safetensors` for a damaged file.
 */
export function loadNetwork(bytes: Uint8Array, expected?: string): FeedbackNetwork {
  const checkpoint: Checkpoint = parseCheckpoint(bytes);
  const { network: name, configuration, tensors } = checkpoint;
  if (expected !== undefined && name !== expected) {
    throw new CsiFeedbackError(
      "CHECKPOINT_MISMATCH",
      `loadNetwork: the file must hold ${expected}, received ${name}`,
    );
  }
  if (!Object.hasOwn(networks, name)) {
    throw new CsiFeedbackError(
      "UNKNOWN_NETWORK",
      `loadNetwork: the network must be one of ${Object.keys(networks).join(", ")}, received ${JSON.stringify(name)}`,
    );
  }
  const network = build(name, configuration);
  try {
    network.assign(tensors);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}

/** The network of a stored configuration, which may ask for anything: sizes that no memory holds are an error of ours. */
function build(name: string, configuration: Readonly<Record<string, unknown>>): FeedbackNetwork {
  try {
    return networks[name](configuration);
  } catch (cause) {
    if (isCsiFeedbackError(cause)) throw cause;
    throw new CsiFeedbackError(
      "INVALID_CONFIGURATION",
      `loadNetwork: the file's configuration must build a ${name}, but: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

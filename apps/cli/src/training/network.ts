// The network a configuration names, around pretrained layers when it names some.
import { invalid } from "@csi-feedback/common";
import { loadLlama2cLayers } from "@csi-feedback/gpt2-layers";
import { createLlmCsiNet, type FeedbackNetwork, networks } from "@csi-feedback/networks";
import type { TrainingConfiguration } from "./configuration";

/** Builds the network with initial weights from the seed. */
export async function createNetwork({
  network,
  layers,
  seed,
}: TrainingConfiguration): Promise<FeedbackNetwork> {
  const { name, ...configuration } = network;
  if (layers !== undefined && name === "llmcsinet") {
    const pretrained = await loadLlama2cLayers(layers);
    return createLlmCsiNet(configuration, { seed, layers: pretrained });
  }
  if (!Object.hasOwn(networks, name)) {
    invalid(
      "UNKNOWN_NETWORK",
      "train",
      `the network must be one of ${Object.keys(networks).join(", ")}`,
      name,
    );
  }
  return networks[name](configuration, seed);
}

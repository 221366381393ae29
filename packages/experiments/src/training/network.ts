// The network that a definition begins with, and how the trainer sees it.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError } from "@csi-feedback/common";
import {
  createLlmCsiNet,
  type FeedbackNetwork,
  type ForwardOptions,
  type LlmCsiNetOptions,
  loadNetwork,
  networks,
  startAtZero,
} from "@csi-feedback/networks";
import type { TrainableNetwork } from "@csi-feedback/training";
import { hasFixedCodeword, type TrainingDefinition } from "./definition";
import { weightsPath } from "./folder";
import { loadPretrained } from "./pretrained";
import { denominatorOf } from "./ratio";

/**
 * Builds the network with initial weights: random ones from the seed, pretrained layers, or those that
 * `startFrom` names.
 *
 * @param startFolder - the run folder of `startFrom.training`, where the definition has that.
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`, `CHECKPOINT_MISMATCH` when the network of `startFrom`
 * is another one than the definition describes.
 */
export async function createNetwork(
  definition: TrainingDefinition,
  startFolder?: string,
): Promise<FeedbackNetwork> {
  const { network, layers, zeroStart, startFrom, seed } = definition;
  const { name, ...configuration } = withCodeword(definition);
  if (startFrom !== undefined) {
    const path = await weightsPath("model" in startFrom ? startFrom.model : String(startFolder));
    const loaded = loadNetwork(await readFile(path), name);
    const difference = differenceIn(configuration, loaded.configuration);
    if (difference !== undefined) {
      loaded.dispose();
      const message = `createNetwork: ${path} holds a ${name} with another "${difference}" than the definition's`;
      throw new CsiFeedbackError("CHECKPOINT_MISMATCH", message);
    }
    return loaded;
  }
  if (layers !== undefined) {
    return createLlmCsiNet(configuration as LlmCsiNetOptions, { seed, layers: await loadPretrained(layers) });
  }
  const created = networks[network.name](configuration, seed);
  if (zeroStart) startAtZero(created);
  return created;
}

/** The configuration, with the length of the codeword from the ratio where it has one. */
function withCodeword({ network, ratios }: TrainingDefinition): TrainingDefinition["network"] {
  if (!hasFixedCodeword(network.name)) return network;
  const { delays = 32, antennas = 32 } = network as { delays?: number; antennas?: number };
  return { codeword: (2 * delays * antennas) / denominatorOf(ratios[0]), ...network };
}

/** Path of the first setting in `wanted` that `found` has otherwise. */
function differenceIn(wanted: object, found: object): string | undefined {
  for (const [key, value] of Object.entries(wanted)) {
    const other: unknown = Object.getOwnPropertyDescriptor(found, key)?.value;
    const nested = [value, other].every(
      (one) => typeof one === "object" && one !== null && !Array.isArray(one),
    );
    if (nested) {
      const inner = differenceIn(value as object, other as object);
      if (inner !== undefined) return `${key}.${inner}`;
    } else if (JSON.stringify(value) !== JSON.stringify(other)) return key;
  }
  return undefined;
}

/** The parts that LLMCsiNet's token predictor has for the trainer where a stage names one of them. */
const parts = { layers: "transformerLayers", ends: "tokenPredictorEnds" } as const;
const LAYERS_PREFIX = "tokenPredictor.layers.";

/** The network with the groups that the stages of a definition speak of, and a link for the values that it sends. */
export function trainableOf(
  network: FeedbackNetwork,
  { stages }: Pick<TrainingDefinition, "stages">,
  link?: ForwardOptions["link"],
): TrainableNetwork {
  const { name, parameters } = network;
  const { tokenPredictor = [], ...others } = network.groups;
  const named = stages.flatMap(({ groups, freezeIfUnstable = [] }) => [...groups, ...freezeIfUnstable]);
  const inParts = tokenPredictor.length > 0 && Object.values(parts).some((part) => named.includes(part));
  const groups = inParts
    ? {
        ...others,
        [parts.layers]: tokenPredictor.filter((one) => one.startsWith(LAYERS_PREFIX)),
        [parts.ends]: tokenPredictor.filter((one) => !one.startsWith(LAYERS_PREFIX)),
      }
    : network.groups;
  return {
    name,
    parameters,
    groups,
    forward(channels, { frozen = [], ...options }) {
      const whole = Object.values(parts).every((part) => frozen.includes(part));
      return network.forward(channels, {
        ...options,
        frozen: whole ? [...frozen, "tokenPredictor"] : frozen,
        ...(link ? { link } : {}),
      });
    },
    save: (metadata) => network.save(metadata),
    assign: (tensors) => network.assign(tensors),
  };
}

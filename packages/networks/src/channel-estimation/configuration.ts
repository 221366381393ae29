// Everything that LLM4XCE can be told, the paper's sizes as defaults, and the check of
// what all estimators have in common: a square number of antennas.
import { invalid } from "@csi-feedback/common";
import type { LayersConfiguration } from "../llmcsinet/configuration";
import type { EstimatorDomain } from "./domain";

/** A part of LLM4XCE that an ablation leaves out. */
export type Llm4XceModule = "featureAttention" | "spatialAttention" | "languageModel" | "residual";

/** The whole configuration, as it stands in a checkpoint. */
export interface Llm4XceConfiguration {
  /** M, a square. */
  readonly antennas: number;
  /** The domain that the network works in; the antennas' in the paper. */
  readonly domain: EstimatorDomain;
  /** Neighbouring antennas that make a token of the language model: 1 in the paper, more to save time. */
  readonly antennasPerToken: number;
  /** Feature maps of the embedding, F. */
  readonly maps: number;
  /** Heads of both attentions of the embedding; must divide `maps` and `antennas`. */
  readonly heads: number;
  /** Parallel feature-spatial attention blocks. */
  readonly blocks: number;
  /** Feature maps of the head, in front of its last convolution. */
  readonly headMaps: number;
  /** The transformer layers. `positions` are rows of GPT-2's own `wpe`; layers without have learned ones added. */
  readonly layers: LayersConfiguration;
  /** Last layers that are tuned; those before are frozen. The final normalisation and the positions are always tuned. */
  readonly tunedLayers: number;
  /** Causal attention over the tokens, as GPT-2 has it, or every token seeing all. */
  readonly causal: boolean;
  /**
   * Parts left out. Without the language model, the tokens go straight to the head; without `residual`, the head
   * gives the channel itself and not the noise.
   */
  readonly without: readonly Llm4XceModule[];
}

/** A configuration with parts left to their defaults. */
export type Llm4XceOptions = Partial<Omit<Llm4XceConfiguration, "layers">> & {
  readonly layers?: Partial<LayersConfiguration>;
};

/**
 * The paper's sizes, with GPT-2 small and its 1,024 positions. It does not give the filters F, the heads and the
 * convolutions of the head: these are chosen so that 16.98 million parameters are trained, which it rounds to 17.
 */
export const paperLlm4Xce: Llm4XceConfiguration = {
  antennas: 256,
  domain: "antenna",
  antennasPerToken: 1,
  maps: 256,
  heads: 8,
  blocks: 2,
  headMaps: 128,
  layers: { family: "gpt2", width: 768, heads: 12, depth: 12, positions: 1024, finalNorm: true },
  tunedLayers: 2,
  causal: true,
  without: [],
};

/** Checks that samples can be squares. */
export function assertSquare(functionName: string, antennas: number): void {
  if (!Number.isInteger(Math.sqrt(antennas)) || antennas < 1) {
    invalid("INVALID_CONFIGURATION", functionName, "antennas must be a square number", antennas);
  }
}

/**
 * Fills in the defaults and checks what can be checked.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION` naming the setting.
 */
export function resolveLlm4Xce(options: Llm4XceOptions): Llm4XceConfiguration {
  const { positions, ...layersOfAnyFamily } = paperLlm4Xce.layers;
  const family = options.layers?.family ?? paperLlm4Xce.layers.family;
  const rows = family === "gpt2" && positions !== undefined ? { positions } : {};
  const configuration = {
    ...paperLlm4Xce,
    ...options,
    layers: { ...layersOfAnyFamily, ...rows, ...options.layers },
  };
  const { antennas, antennasPerToken, maps, heads, blocks, headMaps, layers, tunedLayers } = configuration;
  const reject = (rule: string, received: unknown) =>
    invalid("INVALID_CONFIGURATION", "createLlm4Xce", rule, received);
  assertSquare("createLlm4Xce", antennas);
  for (const [name, value] of Object.entries({ antennasPerToken, maps, heads, headMaps })) {
    if (!Number.isInteger(value) || value < 1) reject(`${name} must be a positive integer`, value);
  }
  if (!Number.isInteger(blocks) || blocks < 0) reject("blocks must be a non-negative integer", blocks);
  if (maps % heads !== 0 || antennas % heads !== 0) {
    reject(`heads must divide ${maps} maps and ${antennas} antennas`, heads);
  }
  if (antennas % antennasPerToken !== 0) {
    reject(`antennasPerToken must divide ${antennas} antennas`, antennasPerToken);
  }
  if (!Number.isInteger(tunedLayers) || tunedLayers < 0 || tunedLayers > layers.depth) {
    reject(`tunedLayers must be from 0 to the ${layers.depth} layers`, tunedLayers);
  }
  return configuration;
}

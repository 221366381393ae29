// LLMCsiNet from options alone (random weights) or around given transformer layers.
import { createGpt2Layers, type TransformerLayers } from "@csi-feedback/gpt2-layers";
import { type LayersConfiguration, type LlmCsiNetOptions, resolveConfiguration } from "./configuration";
import { LlmCsiNet } from "./llmcsinet";

/** What {@link createLlmCsiNet} is given beside the configuration. */
export interface CreateOptions {
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
  /** Transformer layers to use, pretrained for example, in place of new ones; the network takes them over. */
  readonly layers?: TransformerLayers;
}

function createLayers({ width, heads, depth }: LayersConfiguration, seed: number): TransformerLayers {
  return createGpt2Layers({ width, heads, layers: depth, seed });
}

/**
 * An LLMCsiNet with random weights, or around transformer layers cut out of a pretrained model.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createLlmCsiNet(
  options: LlmCsiNetOptions = {},
  { seed = 0, layers }: CreateOptions = {},
): LlmCsiNet {
  const configuration = resolveConfiguration(options);
  if (configuration.without.includes("tokenPredictor")) return new LlmCsiNet(configuration, undefined, seed);
  if (layers === undefined)
    return new LlmCsiNet(configuration, createLayers(configuration.layers, seed), seed);
  const { family, width, heads, depth } = layers;
  return new LlmCsiNet({ ...configuration, layers: { family, width, heads, depth } }, layers, seed);
}

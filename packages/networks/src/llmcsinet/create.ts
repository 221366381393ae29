// LLMCsiNet from options alone (random weights) or around given transformer layers.
import { createTransformerLayers, type TransformerLayers } from "@csi-feedback/gpt2-layers";
import {
  type LayersConfiguration,
  type LlmCsiNetOptions,
  type Module,
  resolveConfiguration,
} from "./configuration";
import { LlmCsiNet } from "./llmcsinet";

/** What {@link createLlmCsiNet} is given beside the configuration. */
export interface CreateOptions {
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
  /** Transformer layers to use, pretrained for example, in place of new ones; the network takes them over. */
  readonly layers?: TransformerLayers;
}

/** Random layers of a configuration. */
export function createLayers(configuration: LayersConfiguration, seed: number): TransformerLayers {
  return createTransformerLayers(configuration, seed);
}

/** The configuration that builds layers like these again. */
export function describeLayers({ description }: TransformerLayers): LayersConfiguration {
  return description;
}

/**
 * An LLMCsiNet with random weights, or around transformer layers cut out of a pretrained model.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`; `INVALID_ARGUMENT` for impossible sizes of the layers.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createLlmCsiNet } from "@csi-feedback/networks";
 *
 * const network = createLlmCsiNet({ delays: 8, antennas: 8, layers: { width: 16, heads: 2, depth: 1 } });
 * const channels = Float32Array.from({ length: 2 * 8 * 8 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i));
 * const codewords = await network.encode(channels, { batch: 1, elements: 16 });
 * const estimate = await network.decode(codewords);
 * console.log(codewords[0].values.length, estimate.length); // 16 128
 * ```
 */
export function createLlmCsiNet(
  options: LlmCsiNetOptions = {},
  { seed = 0, layers }: CreateOptions = {},
): LlmCsiNet {
  const configuration = resolveConfiguration(options);
  if (configuration.without.includes("tokenPredictor")) return new LlmCsiNet(configuration, layers, seed);
  if (layers === undefined)
    return new LlmCsiNet(configuration, createLayers(configuration.layers, seed), seed);
  return new LlmCsiNet({ ...configuration, layers: describeLayers(layers) }, layers, seed);
}

/**
 * IdasNet as far as it is known: the encoder of LLMCsiNet and its preliminary decoder, no token predictor. Its
 * 3,362 parameters at the base station are those of CsiNet's tail.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createIdasNet(options: LlmCsiNetOptions = {}, seed = 0): LlmCsiNet {
  const without: readonly Module[] = [...(options.without ?? []), "tokenPredictor"];
  const configuration = { ...options, form: "paper" as const, without: [...new Set(without)] };
  return new LlmCsiNet(configuration, undefined, seed, "idasnet");
}

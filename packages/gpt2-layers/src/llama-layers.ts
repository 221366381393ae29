// LLaMA layers: random, or cut out of a file in the Hugging Face layout, which may also
// hold a Gemma 3 model. Files of llama2.c are read by llama2c.ts.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { readSiblingFile } from "@csi-feedback/safetensors/node";
import { createTransformerLayers } from "./description";
import { type LayerSelection, resolveLayers } from "./layer-selection";
import { LayerStack, parameterSpecs } from "./layer-stack";
import { llamaArchitecture } from "./llama-architecture";
import { parseLlamaConfig } from "./llama-config";
import { resolveLora } from "./lora";
import { findLayers, readParameters, shapeOf, type WeightsSource, withReader } from "./read-parameters";
import type { LoraOptions, TransformerLayers } from "./transformer-layers";

/** Options of {@link createLlamaLayers}. */
export interface CreateLlamaLayersOptions {
  /** Size of a token's vector, d. */
  readonly width: number;
  /** Query heads; must divide the width into even parts. */
  readonly heads: number;
  /** Key and value heads; must divide `heads`; as many as those when absent. */
  readonly keyValueHeads?: number;
  /** Width of the MLP's inner layer. */
  readonly hidden: number;
  /** Number of layers. */
  readonly layers: number;
  /** The same seed gives the same weights. */
  readonly seed: number;
  /** Base of the rotary frequencies; 10,000 when absent. */
  readonly ropeBase?: number;
  /** Ends `forward` with the final normalisation. */
  readonly finalNorm?: boolean;
  readonly lora?: LoraOptions;
}

/** Options of {@link loadLlamaLayers}. */
export interface LoadLlamaLayersOptions {
  /** As for `loadGpt2Layers`. */
  readonly source: WeightsSource;
  /** `6` are layers 0 to 5; or a range with both ends; or a list. They are counted from 0 in the stack. */
  readonly layers: LayerSelection;
  /** The parsed `config.json` of the model; read from beside the weights when absent. */
  readonly config?: unknown;
  /** Take the final normalisation and end `forward` with it. */
  readonly finalNorm?: boolean;
  readonly lora?: LoraOptions;
}

/**
 * LLaMA layers with random weights: normal with deviation 0.02, gains 1.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for sizes that are not positive integers or do not fit together.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createLlamaLayers } from "@csi-feedback/gpt2-layers";
 *
 * const layers = createLlamaLayers({ width: 32, heads: 4, keyValueHeads: 2, hidden: 96, layers: 2, seed: 1 });
 * console.log(layers.parameterCount, layers.multiplyAccumulates(10)); // 24704 258560
 * ```
 */
export function createLlamaLayers(options: CreateLlamaLayersOptions): TransformerLayers {
  const { layers: depth, seed, ropeBase, ...rest } = options;
  const ropes =
    ropeBase === undefined ? {} : { ropes: Array.from({ length: depth }, () => ({ base: ropeBase })) };
  return createTransformerLayers({ family: "llama", depth, ...ropes, ...rest }, seed);
}

/**
 * Loads some layers of a LLaMA or Gemma 3 language model. Only the header, `config.json` and the tensors asked for
 * are read; the multimodal Gemma 3 files work as well. Layers of Gemma 3 with a sliding window take no more tokens
 * than the window.
 *
 * @throws CsiFeedbackError `MODEL_CONFIG`, `MISSING_LAYERS`, `MISSING_TENSOR` or `WEIGHTS_SHAPE`, and the errors of
 * `openSafetensors`. Nothing is created unless everything could be read.
 */
export async function loadLlamaLayers(options: LoadLlamaLayersOptions): Promise<TransformerLayers> {
  const { source, finalNorm = false, lora } = options;
  const config = parseLlamaConfig(options.config ?? (await readConfig(source)));
  return withReader(source, async (reader) => {
    const { prefix, available } = findLayers(reader, /^(.*?)layers\.(\d+)\.input_layernorm\.weight$/);
    const chosen = resolveLayers("loadLlamaLayers", options.layers, available);
    const gate = `${prefix}layers.${chosen[0]}.mlp.gate_proj.weight`;
    const [hidden, width] = await shapeOf("loadLlamaLayers", reader, gate, 2);
    const { family, heads, keyValueHeads, headSize = width / heads, epsilon } = config;
    const layers = chosen.map((layer) => ({ rope: config.rope(layer), window: config.window(layer) }));
    if (!Number.isInteger(heads / keyValueHeads)) {
      invalid(
        "MODEL_CONFIG",
        "loadLlamaLayers",
        `key-value heads must divide the ${heads} heads`,
        keyValueHeads,
      );
    }
    const sizes = { family, width, heads, keyValueHeads, headSize, hidden, epsilon, layers };
    const architecture = llamaArchitecture(sizes);
    const parts = { depth: chosen.length, positions: false, finalNorm };
    const lowRank = lora && resolveLora(lora, architecture);
    const fileName = (name: string) =>
      prefix +
      name.replace(/^model\./, "").replace(/^layers\.(\d+)/, (_, layer) => `layers.${chosen[Number(layer)]}`);
    const specs = parameterSpecs(architecture, parts);
    return new LayerStack(
      architecture,
      parts,
      await readParameters("loadLlamaLayers", reader, specs, fileName),
      lowRank,
    );
  });
}

async function readConfig(source: WeightsSource): Promise<unknown> {
  if (typeof source !== "string" && !(source instanceof URL)) {
    invalid("MODEL_CONFIG", "loadLlamaLayers", "config must be given for weights that have no place", source);
  }
  const content = await readSiblingFile(source, "config.json");
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw new CsiFeedbackError("MODEL_CONFIG", "loadLlamaLayers: config.json is not valid JSON", { cause });
  }
}

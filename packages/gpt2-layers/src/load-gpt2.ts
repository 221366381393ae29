// GPT-2 layers cut out of a file in the Hugging Face layout. The embeddings, the head
// and the causal mask buffers that the file holds for every layer are never read.
import { invalid } from "@csi-feedback/common";
import { gpt2Architecture } from "./gpt2-architecture";
import { type LayerSelection, resolveLayers } from "./layer-selection";
import { LayerStack, parameterSpecs } from "./layer-stack";
import { resolveLora } from "./lora";
import { findLayers, readParameters, shapeOf, type WeightsSource, withReader } from "./read-parameters";
import type { LoraOptions, TransformerLayers } from "./transformer-layers";

/** GPT-2's head size at every published size. */
const HEAD_SIZE = 64;

/** Options of {@link loadGpt2Layers}. */
export interface LoadGpt2LayersOptions {
  /**
   * A path of a `.safetensors` file or of an index of shards, a folder with either, a URL of either, the name of a
   * Hugging Face repository such as `openai-community/gpt2-large`, the bytes of a file, or an open reader.
   */
  readonly source: WeightsSource;
  /** `6` are layers 0 to 5; or a range with both ends; or a list. They are counted from 0 in the stack. */
  readonly layers: LayerSelection;
  /** Attention heads; width / 64 when absent, which is right for every published GPT-2. */
  readonly heads?: number;
  /** Take the first so many rows of `wpe` and add them to the input of `forward`. */
  readonly positions?: number;
  /** Take `ln_f` and end `forward` with it. */
  readonly finalNorm?: boolean;
  readonly lora?: LoraOptions;
}

/**
 * Loads some layers of a GPT-2 model of any size. Only the header and the tensors asked for are read.
 *
 * @throws CsiFeedbackError `MISSING_LAYERS`, `MISSING_TENSOR`, `WEIGHTS_SHAPE` or `INVALID_ARGUMENT`, and the
 * errors of `openSafetensors`. Nothing is created unless everything could be read.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createGpt2Layers, loadGpt2Layers } from "@csi-feedback/gpt2-layers";
 *
 * // In place of these bytes: source: "openai-community/gpt2-large" or a path.
 * const file = await createGpt2Layers({ width: 64, heads: 1, layers: 4, seed: 1 }).toSafetensors();
 * const layers = await loadGpt2Layers({ source: file, layers: { first: 1, last: 3 } });
 * console.log(layers.depth, layers.heads, layers.width); // 3 1 64
 * ```
 */
export async function loadGpt2Layers(options: LoadGpt2LayersOptions): Promise<TransformerLayers> {
  const { source, positions, finalNorm = false, lora } = options;
  if (positions !== undefined && (!Number.isSafeInteger(positions) || positions < 1)) {
    invalid("INVALID_ARGUMENT", "loadGpt2Layers", "positions must be a positive integer", positions);
  }
  return withReader(source, async (reader) => {
    const { prefix, available } = findLayers(reader, /^(.*?)h\.(\d+)\.ln_1\.weight$/);
    const chosen = resolveLayers("loadGpt2Layers", options.layers, available);
    const [width] = await shapeOf("loadGpt2Layers", reader, `${prefix}h.${chosen[0]}.ln_1.weight`, 1);
    const heads = options.heads ?? width / HEAD_SIZE;
    if (!Number.isSafeInteger(heads) || heads < 1 || width % heads !== 0) {
      invalid(
        "INVALID_ARGUMENT",
        "loadGpt2Layers",
        `heads must be given and divide the width ${width}`,
        options.heads,
      );
    }
    const architecture = gpt2Architecture({ width, heads, depth: chosen.length, positions: positions ?? 0 });
    const parts = { depth: chosen.length, positions: positions !== undefined, finalNorm };
    const lowRank = lora && resolveLora(lora, architecture);
    const fileName = (name: string) =>
      prefix + name.replace(/^h\.(\d+)/, (_, layer) => `h.${chosen[Number(layer)]}`);
    const specs = parameterSpecs(architecture, parts);
    return new LayerStack(
      architecture,
      parts,
      await readParameters("loadGpt2Layers", reader, specs, fileName),
      lowRank,
    );
  });
}

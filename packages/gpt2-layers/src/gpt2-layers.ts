// GPT-2 layers, random or cut out of a file.
import { invalid } from "@csi-feedback/common";
import { gpt2Architecture } from "./gpt2-architecture";
import { LayerStack, parameterSpecs, randomParameters } from "./layer-stack";
import { resolveLora } from "./lora";
import type { LoraOptions, TransformerLayers } from "./transformer-layers";

/** Options of {@link createGpt2Layers}. */
export interface CreateGpt2LayersOptions {
  /** Size of a token's vector, d. */
  readonly width: number;
  /** Attention heads; must divide the width. */
  readonly heads: number;
  /** Number of layers. */
  readonly layers: number;
  /** The same seed gives the same weights. */
  readonly seed: number;
  /** Rows of learned positions, added to the input of `forward`; none when absent. */
  readonly positions?: number;
  /** Ends `forward` with GPT-2's final layer normalisation `ln_f`. */
  readonly finalNorm?: boolean;
  readonly lora?: LoraOptions;
}

/**
 * GPT-2 layers with random weights: normal with deviation 0.02, projections into the residual stream scaled by
 * 1 / sqrt(2 layers), biases 0, gains 1.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for sizes that are not positive integers or heads that do not
 * divide the width.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { createGpt2Layers } from "@csi-feedback/gpt2-layers";
 *
 * const layers = createGpt2Layers({ width: 32, heads: 4, layers: 2, seed: 1 });
 * const x = tf.ones<tf.Rank.R3>([1, 5, 32]);
 * const y = layers.forward(x, { causal: false });
 * console.log(y.shape.join(" "), layers.parameterCount); // 1 5 32 25408
 * layers.dispose();
 * ```
 */
export function createGpt2Layers(options: CreateGpt2LayersOptions): TransformerLayers {
  const { width, heads, layers: depth, seed, positions, finalNorm = false, lora } = options;
  checkSizes("createGpt2Layers", { width, heads, layers: depth, positions: positions ?? 1 });
  const architecture = gpt2Architecture({ width, heads, depth, positions: positions ?? 0 });
  const parts = { depth, positions: positions !== undefined, finalNorm };
  const values = randomParameters(parameterSpecs(architecture, parts), seed);
  return new LayerStack(architecture, parts, values, lora && resolveLora(lora, architecture));
}

function checkSizes(
  functionName: string,
  sizes: { width: number; heads: number; [name: string]: number },
): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) {
      invalid("INVALID_ARGUMENT", functionName, `${name} must be a positive integer`, size);
    }
  }
  if (sizes.width % sizes.heads !== 0) {
    invalid("INVALID_ARGUMENT", functionName, `heads must divide the width ${sizes.width}`, sizes.heads);
  }
}

// GPT-2 layers with random weights; load-gpt2.ts cuts them out of a file.
import { createTransformerLayers } from "./description";
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
  const { layers: depth, seed, ...rest } = options;
  return createTransformerLayers({ family: "gpt2", depth, ...rest }, seed);
}

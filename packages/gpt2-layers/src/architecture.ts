// What differs between families of transformer layers: their parameters and the
// arithmetic of one layer. Everything else (variables, LoRA, dropout, checkpointing,
// export) is in layer-stack.ts and knows a family only through this interface.
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { LayersDescription } from "./description";
import type { ParameterKind, TransformerLayers } from "./transformer-layers";

/** One parameter of a family. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly kind: Exclude<ParameterKind, "lora">;
  /** Random initialisation: a constant, or a normal distribution of this standard deviation. */
  readonly init: { readonly constant: number } | { readonly deviation: number };
  /** For projection matrices: which axis is the input. 0 is x W, 1 is x W^T (the layout of nn.Linear). */
  readonly inputAxis?: 0 | 1;
}

/** What a layer computes with; all names without the layer's prefix. */
export interface LayerContext {
  readonly causal: boolean;
  /** Index of the layer in the stack. */
  readonly layer: number;
  weight(name: string): Tensor;
  /** x `[rows, in]` times the projection matrix `name`, LoRA included: `[rows, out]`. No bias. */
  project(x: Tensor2D, name: string): Tensor2D;
  /** Dropout when there is any. `site` tells the places within one layer apart. */
  drop(x: Tensor2D, site: number): Tensor2D;
}

/** A family of transformer layers at given sizes. */
export interface Architecture {
  readonly family: TransformerLayers["family"];
  readonly width: number;
  readonly heads: number;
  /** What else a {@link LayersDescription} must say of the family's sizes. */
  readonly description: Partial<LayersDescription>;
  /** Start of the names of one layer's parameters, such as `h.3.`. */
  prefix(layer: number): string;
  /** Parameters of every layer, by name without the prefix, in the order of the forward pass. */
  readonly layerParameters: ReadonlyMap<string, ParameterSpec>;
  /** Learned positions: their name and how many there are. */
  readonly positions?: { readonly name: string; readonly spec: ParameterSpec };
  /** Parameters of the final normalisation, by full name. */
  readonly finalNorm: ReadonlyMap<string, ParameterSpec>;
  /** One layer. x is `[batch * tokens, width]`, sequence after sequence. */
  layer(x: Tensor2D, batch: number, tokens: number, context: LayerContext): Tensor2D;
  /** The final normalisation of `[batch, tokens, width]`; `weight` takes the full names. */
  normalize(x: Tensor3D, weight: (name: string) => Tensor): Tensor3D;
  /** Projections that LoRA is added to unless told otherwise: last parts of their names. */
  readonly attentionProjections: readonly string[];
  /** Multiply-accumulates of one layer on one sequence. */
  multiplyAccumulates(tokens: number): number;
}

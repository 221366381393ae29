// What a stack of transformer layers is to the networks that build on it, whatever
// model it was cut out of. Types only: gpt2-layers.ts and llama-layers.ts fill it in.
import type { Tensor3D, Variable } from "@tensorflow/tfjs-core";
import type { LayersDescription } from "./description";

/** What a parameter belongs to. `lora` are the low-rank additions, `positions` GPT-2's `wpe`. */
export type ParameterKind = "attention" | "mlp" | "norm" | "positions" | "lora";

/** Dropout of one forward pass. The same seed drops the same values. */
export interface Dropout {
  /** Share of values set to zero, from 0 up to, not including, 1. */
  readonly rate: number;
  /** A new one for every training step, for example the step number. */
  readonly seed: number;
}

/** Options of {@link TransformerLayers.forward}. */
export interface LayersForwardOptions {
  /** True: a token attends to itself and those before it. False: every token attends to all. */
  readonly causal: boolean;
  /** On the sum with the positions and on what each attention and MLP block adds; none when absent. */
  readonly dropout?: Dropout;
  /**
   * Keep only each layer's input for the backward pass and compute the layer again there: about a third more
   * arithmetic, and memory for the activations of one layer in place of all.
   */
  readonly checkpoint?: boolean;
}

/** Low-rank additions to the projection matrices (LoRA): W x becomes W x + (alpha / rank) B A x. */
export interface LoraOptions {
  readonly rank: number;
  /** Scale of the addition; the rank when absent, which is a scale of 1. */
  readonly alpha?: number;
  /** Last parts of the names of the projections that get one, such as `c_attn`; the attention projections when absent. */
  readonly targets?: readonly string[];
  /** Seed of the random matrices A; B starts at zero, so the layers start unchanged. */
  readonly seed: number;
}

/** Which parameters {@link TransformerLayers.parameterNames} lists. Everything when a field is absent. */
export interface ParameterSelection {
  /** Layers by index; the positions and the final normalisation belong to no layer and are left out when given. */
  readonly layers?: readonly number[];
  readonly kinds?: readonly ParameterKind[];
}

/** A stack of transformer layers: variables under their Hugging Face names and a differentiable forward pass. */
export interface TransformerLayers {
  readonly family: "gpt2" | "llama" | "gemma3";
  /** Size of a token's vector, d. */
  readonly width: number;
  /** Attention heads (of the queries). */
  readonly heads: number;
  /** Number of layers. */
  readonly depth: number;
  /** All of this but the weights as plain JSON: `createTransformerLayers` builds layers of the same shape from it. */
  readonly description: LayersDescription;
  /**
   * Every variable under its Hugging Face name, layers counted from 0 whichever layers of the model they were:
   * `h.0.attn.c_attn.weight` of GPT-2, `model.layers.0.self_attn.q_proj.weight` of LLaMA; `wpe.weight` and
   * `ln_f.*` or `model.norm.weight` when they were asked for; `*.lora_A.weight` and `*.lora_B.weight` with LoRA.
   */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Number of scalars in {@link parameters}. */
  readonly parameterCount: number;
  /** Names of some parameters, to group, freeze or count them: by layer, by kind or both. */
  parameterNames(selection?: ParameterSelection): string[];
  /** Marks variables as trained or frozen; tfjs takes gradients only of trained ones. With LoRA, all but LoRA start frozen. */
  setTrainable(names: Iterable<string>, trainable: boolean): void;
  /**
   * All layers, after adding the position rows when they were asked for, and then the final normalisation when that
   * was asked for. The input and the output are `[batch, tokens, width]`.
   */
  forward(x: Tensor3D, options: LayersForwardOptions): Tensor3D;
  /** As {@link forward}, but the output of every layer, each `[batch, tokens, width]`, without the final normalisation. */
  forwardEach(x: Tensor3D, options: LayersForwardOptions): Tensor3D[];
  /**
   * Multiply-accumulates of one forward pass of one sequence: matrix products only, scores counted in full whether
   * causal or not, normalisations and activations not counted.
   */
  multiplyAccumulates(tokens: number): number;
  /** The weights as a safetensors file under the Hugging Face names, LoRA added into the weights. */
  toSafetensors(): Promise<Uint8Array>;
  /** Frees the variables. */
  dispose(): void;
}

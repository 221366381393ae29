// A stack of transformer layers as plain JSON: enough to build one of the same shape
// again, whatever file it was cut out of, so that a checkpoint needs no other file.
import { invalid } from "@csi-feedback/common";
import { gpt2Architecture } from "./gpt2-architecture";
import { LayerStack, parameterSpecs, randomParameters } from "./layer-stack";
import { llamaArchitecture } from "./llama-architecture";
import { resolveLora } from "./lora";
import type { Rope } from "./rotary";
import type { LoraOptions, TransformerLayers } from "./transformer-layers";

/** What a stack of layers is, weights left out. */
export interface LayersDescription {
  readonly family: TransformerLayers["family"];
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  /** Rows of learned positions; GPT-2 only, none when absent. */
  readonly positions?: number;
  /** The layers end in the model's own final normalisation. */
  readonly finalNorm?: boolean;
  /** Width of the MLP's inner layer; four times the width when absent, which it always is for GPT-2. */
  readonly hidden?: number;
  /** Heads of keys and values; as many as heads when absent. LLaMA and Gemma. */
  readonly keyValueHeads?: number;
  /** Size of a head; width / heads when absent. LLaMA and Gemma. */
  readonly headSize?: number;
  /** Of the RMS normalisation; 1e-5 when absent. LLaMA and Gemma. */
  readonly epsilon?: number;
  /** Rotary positions of each layer; base 10,000 when absent. LLaMA and Gemma. */
  readonly ropes?: readonly Rope[];
  /** Tokens that each layer sees, null for all of them; all when absent. Gemma. */
  readonly windows?: readonly (number | null)[];
  /** Low-rank additions. */
  readonly lora?: LoraOptions;
}

/** Depth up to which a description is believed; the deepest published models have some 130 layers. */
const DEEPEST = 1024;

/**
 * Layers of a description with random weights: the same shapes and names as the layers that the description is of.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for a description that no layers can have.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { createLlamaLayers, createTransformerLayers } from "@csi-feedback/gpt2-layers";
 *
 * const lora = { rank: 2, seed: 1 };
 * const layers = createLlamaLayers({ width: 32, heads: 4, hidden: 96, layers: 2, seed: 1, ropeBase: 500_000, lora });
 * const json = JSON.stringify(layers.description);
 * const again = createTransformerLayers(JSON.parse(json), 7);
 * console.log([...again.parameters.keys()].join() === [...layers.parameters.keys()].join()); // true
 * console.log(again.description.ropes?.[1].base); // 500000
 * ```
 */
export function createTransformerLayers(description: LayersDescription, seed: number): TransformerLayers {
  const { family, width, heads, depth, positions, finalNorm = false, hidden = 4 * width } = description;
  const { keyValueHeads = heads, headSize = width / heads, epsilon = 1e-5, lora } = description;
  const sizes = { width, heads, depth, hidden, keyValueHeads, headSize, positions: positions ?? 1 };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) reject(`${name} must be a positive integer`, size);
  }
  if (depth > DEEPEST) reject(`depth must be at most ${DEEPEST}`, depth);
  const parts = { depth, positions: positions !== undefined, finalNorm };
  const { ropes = list(depth, { base: 10_000 }), windows = list(depth, null) } = description;
  if (family === "gpt2") {
    if (width % heads !== 0) reject(`heads must divide the width ${width}`, heads);
    const architecture = gpt2Architecture({ width, heads, depth, positions: positions ?? 0 });
    const values = randomParameters(parameterSpecs(architecture, parts), seed);
    return new LayerStack(architecture, parts, values, lora && resolveLora(lora, architecture));
  }
  if (family !== "llama" && family !== "gemma3") reject('family must be "gpt2", "llama" or "gemma3"', family);
  if (positions !== undefined) reject("learned positions are GPT-2's", positions);
  if (headSize % 2 !== 0 || heads % keyValueHeads !== 0) {
    reject("the head size must be even, and keyValueHeads must divide heads", [
      headSize,
      heads,
      keyValueHeads,
    ]);
  }
  if (!(epsilon > 0)) reject("epsilon must be positive", epsilon);
  if (ropes.length !== depth || windows.length !== depth) {
    reject(`ropes and windows must have one entry for each of ${depth} layers`, [
      ropes.length,
      windows.length,
    ]);
  }
  const layers = ropes.map((rope, layer) => ({ rope, window: windows[layer] ?? undefined }));
  const all = { family, width, heads, keyValueHeads, headSize, hidden, epsilon, layers };
  const architecture = llamaArchitecture(all);
  const values = randomParameters(parameterSpecs(architecture, parts), seed);
  return new LayerStack(architecture, parts, values, lora && resolveLora(lora, architecture));
}

function list<T>(length: number, value: T): T[] {
  return Array.from({ length }, () => value);
}

function reject(rule: string, received: unknown): never {
  return invalid("INVALID_ARGUMENT", "createTransformerLayers", rule, received);
}

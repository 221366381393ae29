// Checkpoints of llama2.c, version 0: seven int32 of sizes, then float32 arrays, each
// kind of matrix for all layers in a row. Only the layers asked for are read.
// The rows of the query and key matrices are reordered from neighbouring pairs to the
// half-split pairs of the Hugging Face layout; the scores of attention do not change.
import { CsiFeedbackError } from "@csi-feedback/common";
import { type ByteSource, openByteSource } from "@csi-feedback/safetensors/node";
import { type LayerSelection, resolveLayers } from "./layer-selection";
import { LayerStack, parameterSpecs } from "./layer-stack";
import { type LlamaSizes, llamaArchitecture } from "./llama-architecture";
import { resolveLora } from "./lora";
import type { LoraOptions, TransformerLayers } from "./transformer-layers";

const HEADER_BYTES = 28;

/** Options of {@link loadLlama2cLayers}. */
export interface LoadLlama2cLayersOptions {
  /** A path or URL of a version 0 `.bin` file, or its bytes. */
  readonly source: string | URL | Uint8Array;
  readonly layers: LayerSelection;
  /** Take the final normalisation and end `forward` with it. */
  readonly finalNorm?: boolean;
  readonly lora?: LoraOptions;
}

interface Llama2cHeader {
  readonly sizes: Omit<LlamaSizes, "layers">;
  readonly layers: number;
  readonly vocabulary: number;
  readonly context: number;
}

/**
 * Loads LLaMA layers from a llama2.c checkpoint (version 0, float32). The parameters and the export have the
 * Hugging Face names and layout.
 *
 * @throws CsiFeedbackError `LLAMA2C_FORMAT` for a file of another kind or length, `MISSING_LAYERS`,
 * `INVALID_ARGUMENT`, and the errors of `openSafetensors` for the source.
 */
export async function loadLlama2cLayers(options: LoadLlama2cLayersOptions): Promise<TransformerLayers> {
  const { finalNorm = false, lora } = options;
  const source = await openByteSource(options.source);
  try {
    const header = await readHeader(source);
    const available = new Set(Array.from({ length: header.layers }, (_, i) => i));
    const chosen = resolveLayers("loadLlama2cLayers", options.layers, available);
    const layers = chosen.map(() => ({ rope: { base: 10_000 } }));
    const architecture = llamaArchitecture({ ...header.sizes, layers });
    const parts = { depth: chosen.length, positions: false, finalNorm };
    const lowRank = lora && resolveLora(lora, architecture);

    const places = layout(header);
    const values = new Map<string, Float32Array>();
    for (const name of parameterSpecs(architecture, parts).keys()) {
      const [, layer, rest] = /^model\.layers\.(\d+)\.(.*)$/.exec(name) ?? [name, "", name];
      const { begin, bytes } = places.get(rest)!;
      const start = begin + (layer === "" ? 0 : chosen[Number(layer)] * bytes);
      const data = new Float32Array((await source.read(start, start + bytes)).slice().buffer);
      const paired = rest === "self_attn.q_proj.weight" || rest === "self_attn.k_proj.weight";
      values.set(name, paired ? splitPairs(data, header.sizes.headSize, header.sizes.width) : data);
    }
    return new LayerStack(architecture, parts, values, lowRank);
  } finally {
    await source.close();
  }
}

async function readHeader(source: ByteSource): Promise<Llama2cHeader> {
  if (source.fileBytes < HEADER_BYTES) fail(`a file has at least ${HEADER_BYTES} bytes`, source.fileBytes);
  const bytes = await source.read(0, HEADER_BYTES);
  const [width, hidden, layers, heads, keyValueHeads, signedVocabulary, context] = new Int32Array(
    bytes.slice().buffer,
  );
  const vocabulary = Math.abs(signedVocabulary);
  const sizes = [width, hidden, layers, heads, keyValueHeads, vocabulary, context];
  const headSize = width / heads;
  const sound =
    sizes.every((size) => size > 0) &&
    Number.isInteger(headSize / 2) &&
    Number.isInteger(heads / keyValueHeads);
  if (!sound) fail("the header must hold seven positive sizes that fit together", sizes.join(", "));
  const header: Llama2cHeader = {
    sizes: { family: "llama", width, heads, keyValueHeads, headSize, hidden, epsilon: 1e-5 },
    layers,
    vocabulary,
    context,
  };
  // A negative vocabulary size marks an output matrix of its own at the end of the file.
  const classifier = signedVocabulary < 0 ? 4 * vocabulary * width : 0;
  const rotaryTables = 4 * context * headSize;
  const { begin, bytes: normBytes } = layout(header).get("model.norm.weight")!;
  const expected = begin + normBytes + rotaryTables + classifier;
  if (source.fileBytes !== expected) fail(`a file of these sizes has ${expected} bytes`, source.fileBytes);
  return header;
}

/** Where each kind of array starts and the bytes of one layer of it, under the names of the stack. */
function layout({ sizes, layers, vocabulary }: Llama2cHeader): Map<string, { begin: number; bytes: number }> {
  const { width, hidden, keyValueHeads, headSize } = sizes;
  const keys = keyValueHeads * headSize;
  const places = new Map<string, { begin: number; bytes: number }>();
  let begin = HEADER_BYTES + 4 * vocabulary * width;
  for (const [name, elements, count] of [
    ["input_layernorm.weight", width, layers],
    ["self_attn.q_proj.weight", width * width, layers],
    ["self_attn.k_proj.weight", keys * width, layers],
    ["self_attn.v_proj.weight", keys * width, layers],
    ["self_attn.o_proj.weight", width * width, layers],
    ["post_attention_layernorm.weight", width, layers],
    ["mlp.gate_proj.weight", hidden * width, layers],
    ["mlp.down_proj.weight", hidden * width, layers],
    ["mlp.up_proj.weight", hidden * width, layers],
    ["model.norm.weight", width, 1],
  ] as const) {
    places.set(name, { begin, bytes: 4 * elements });
    begin += 4 * elements * count;
  }
  return places;
}

/** Rows (0, 1), (2, 3), ... of every head to the order 0, 2, ..., 1, 3, ... */
function splitPairs(matrix: Float32Array, headSize: number, width: number): Float32Array {
  const result = new Float32Array(matrix.length);
  const half = headSize / 2;
  for (let row = 0; row < matrix.length / width; row++) {
    const within = row % headSize;
    const target = row - within + Math.floor(within / 2) + (within % 2) * half;
    result.set(matrix.subarray(row * width, (row + 1) * width), target * width);
  }
  return result;
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("LLAMA2C_FORMAT", `loadLlama2cLayers: ${rule}, received ${received}`);
}

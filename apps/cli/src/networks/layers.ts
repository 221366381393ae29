// `csi-feedback layers forward`: transformer layers cut out of a language model, on a
// tensor of token vectors.
import { invalid } from "@csi-feedback/common";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import {
  loadGpt2Layers,
  loadLlama2cLayers,
  loadLlamaLayers,
  type TransformerLayers,
} from "@csi-feedback/gpt2-layers";
import { openSafetensors } from "@csi-feedback/safetensors/node";
import * as tf from "@tensorflow/tfjs-core";
import { readTensor, writeOutput } from "./tensor-file";

interface LayersOptions {
  readonly weights: string;
  readonly heads?: number;
  readonly attention: string;
  readonly layers: string;
  readonly input: string;
  readonly output: string;
  readonly tensor: string;
  readonly engine: string;
}

export async function forwardLayers(options: LayersOptions): Promise<void> {
  const { attention } = options;
  if (attention !== "causal" && attention !== "bidirectional") {
    invalid("INVALID_OPTION", "--attention", "must be causal or bidirectional", attention);
  }
  const chosen = parseLayers(options.layers);
  const input = await readTensor(
    options.input,
    options.tensor,
    "[batch, tokens, width] or [tokens, width]",
    (shape) => shape.length === 2 || shape.length === 3,
  );
  await startEngine(parseEngine(options.engine));
  const layers = await openLayers(options.weights, chosen, options.heads);
  const [width, tokens, batch = 1] = [...input.shape].reverse();
  const x = tf.tensor3d(input.data, [batch, tokens, width]);
  const data = (await layers.forward(x, { causal: attention === "causal" }).data()) as Float32Array;
  const metadata = { family: layers.family, layers: chosen.join(","), attention };
  await writeOutput(options.output, { shape: input.shape, data }, metadata);
}

/** `0-5`, `3`, `0,2,4-5`. */
function parseLayers(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) < Number(first)) {
      invalid("INVALID_OPTION", "--layers", "must be indices and ranges such as 0-5 or 0,2,4", text);
    }
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}

/** The family is read off the file: llama2.c's by its ending, the others by the names of their tensors. */
async function openLayers(source: string, layers: number[], heads?: number): Promise<TransformerLayers> {
  const headsAreKnown = () => {
    if (heads !== undefined)
      invalid("INVALID_OPTION", "--heads", "is for GPT-2: LLaMA's configuration has it", heads);
  };
  if (source.endsWith(".bin")) {
    headsAreKnown();
    return loadLlama2cLayers({ source, layers });
  }
  const reader = await openSafetensors(source);
  const names = [...reader.names];
  await reader.close();
  if (names.some((name) => /layers\.\d+\.input_layernorm\.weight$/.test(name))) {
    headsAreKnown();
    return loadLlamaLayers({ source, layers });
  }
  return loadGpt2Layers({ source, layers, ...(heads === undefined ? {} : { heads }) });
}

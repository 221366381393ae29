// Pretrained transformer layers: the small model that comes along, and files.
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadGpt2Layers, loadLlama2cLayers, type TransformerLayers } from "@csi-feedback/gpt2-layers";
import type { PretrainedLayers } from "./definition";

/** Models that come along, by name. Builds put their files beside the file that this module ends up in. */
const pretrained: Readonly<Record<string, URL>> = {
  stories260K: new URL("./stories260K.bin", import.meta.url),
};

/** Whether a `source` of layers names a model that comes along. */
export function isPretrainedName(source: string): boolean {
  return Object.hasOwn(pretrained, source);
}

/** The file of a `source` of layers. */
export function layersPath(source: string): string {
  return isPretrainedName(source) ? fileURLToPath(pretrained[source]) : source;
}

/** Loads the layers; the file says by itself which of the two formats it has. */
export async function loadPretrained({
  source,
  layers,
  heads,
}: PretrainedLayers): Promise<TransformerLayers> {
  const path = layersPath(source);
  if (await isSafetensors(path)) {
    return loadGpt2Layers({ source: path, layers, ...(heads === undefined ? {} : { heads }) });
  }
  return loadLlama2cLayers({ source: path, layers });
}

/** A safetensors file has the length of its JSON header in 8 bytes, and then the header. */
async function isSafetensors(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0);
    return bytesRead === 9 && buffer[8] === "{".charCodeAt(0);
  } finally {
    await file.close();
  }
}

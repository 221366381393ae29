// From a path to a reader.
import { readFile } from "node:fs/promises";
import { openFileSource } from "./file-source";
import { MemorySource } from "./memory-source";
import { parseSafetensors, type Safetensors } from "./parse";
import { openReader, type SafetensorsReader } from "./reader";

/** Reads a whole local file. */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  return parseSafetensors(await readFile(path));
}

/** Opens a file for reading single tensors. */
export async function openSafetensors(source: string | URL | Uint8Array): Promise<SafetensorsReader> {
  if (source instanceof Uint8Array) return openReader(new MemorySource(source));
  return openReader(await openFileSource(String(source)));
}

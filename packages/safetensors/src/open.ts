// From a path to a reader.
import { readFile } from "node:fs/promises";
import type { ByteSource } from "./byte-source";
import { openFileSource } from "./file-source";
import { MemorySource } from "./memory-source";
import { parseSafetensors, type Safetensors } from "./parse";
import { openReader, type SafetensorsReader } from "./reader";

/** Reads a whole local file. */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  return parseSafetensors(await readFile(path));
}

/** Opens any file for reading by ranges. */
export async function openByteSource(source: string | URL | Uint8Array): Promise<ByteSource> {
  if (source instanceof Uint8Array) return new MemorySource(source);
  return openFileSource(String(source));
}

/** Opens a file for reading single tensors. */
export async function openSafetensors(source: string | URL | Uint8Array): Promise<SafetensorsReader> {
  return openReader(await openByteSource(source));
}

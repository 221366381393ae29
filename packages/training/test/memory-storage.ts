import type { RunStorage } from "../src/options";

/** A storage in memory; what was saved is in `files`. */
export function memoryStorage(): RunStorage & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    save: async (name, bytes) => void files.set(name, bytes.slice()),
    load: async (name) => files.get(name)?.slice(),
  };
}

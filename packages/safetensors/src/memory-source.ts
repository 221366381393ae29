// A file that is already in memory as a byte source.
import type { ByteSource } from "./byte-source";

export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  bytesRead = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get fileBytes(): number {
    return this.#bytes.length;
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    this.bytesRead += end - begin;
    return this.#bytes.subarray(begin, end);
  }

  async close(): Promise<void> {}
}

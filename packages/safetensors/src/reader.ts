// Reads single tensors out of a file without reading the rest of it.
import type { ByteSource } from "./byte-source";
import { decodeTensor, type SafeTensor } from "./dtypes";
import { parseHeader, readHeaderLength, type SafetensorsHeader, type TensorEntry } from "./header";
import { planReads } from "./plan";

/** Reads chosen tensors of one file, or of the shards of one index. */
export interface SafetensorsReader {
  /** Every tensor there is. */
  readonly names: ReadonlySet<string>;
  /** The metadata in the header of a single file; nothing for an index of shards, which has none of its own. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes transferred so far, header included; bytes that a cache supplied do not count. */
  readonly bytesRead: number;
  /** Type, shape and place of some tensors. Throws `MISSING_TENSOR` for names that are not there. */
  describe(names: Iterable<string>): Promise<Map<string, TensorEntry>>;
  /** Reads some tensors, neighbours in one request. Throws `MISSING_TENSOR` before anything is read. */
  read(names: Iterable<string>): Promise<Map<string, SafeTensor>>;
  /** Closes the file; reading afterwards fails. */
  close(): Promise<void>;
}

class SingleFileReader implements SafetensorsReader {
  readonly names: ReadonlySet<string>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #source: ByteSource;
  readonly #header: SafetensorsHeader;

  constructor(source: ByteSource, header: SafetensorsHeader) {
    this.#source = source;
    this.#header = header;
    this.names = new Set(header.tensors.keys());
    this.metadata = header.metadata;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  async describe(names: Iterable<string>): Promise<Map<string, TensorEntry>> {
    const ranges = planReads(this.#header, names);
    return new Map(
      ranges.flatMap((range) => range.names).map((name) => [name, this.#header.tensors.get(name)!]),
    );
  }

  async read(names: Iterable<string>): Promise<Map<string, SafeTensor>> {
    const tensors = new Map<string, SafeTensor>();
    for (const range of planReads(this.#header, names)) {
      const bytes = await this.#source.read(range.begin, range.end);
      for (const name of range.names) {
        const { dtype, shape, begin, end } = this.#header.tensors.get(name)!;
        tensors.set(name, decodeTensor(dtype, shape, bytes.subarray(begin - range.begin, end - range.begin)));
      }
    }
    return tensors;
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Reads and checks the header of `source`, which is closed when that fails. */
export async function openReader(source: ByteSource): Promise<SafetensorsReader> {
  try {
    const prefix = await source.read(0, Math.min(8, source.fileBytes));
    const length = readHeaderLength(prefix, source.fileBytes);
    const bytes = new Uint8Array(8 + length);
    bytes.set(prefix);
    bytes.set(await source.read(8, bytes.length), 8);
    return new SingleFileReader(source, parseHeader(bytes, source.fileBytes));
  } catch (error) {
    await source.close();
    throw error;
  }
}

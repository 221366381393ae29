// A model split over several safetensors files by an index (model.safetensors.index.json).
// Only the shards that hold something asked for are opened.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { SafeTensor } from "./dtypes";
import type { TensorEntry } from "./header";
import { findDuplicateKey } from "./json-keys";
import { listNames } from "./plan";
import type { SafetensorsReader } from "./reader";

/**
 * The shard of every tensor, from the text of an index.
 *
 * @throws CsiFeedbackError `SAFETENSORS_INDEX` for anything but names of files beside the index.
 */
export function parseShardIndex(text: string): Map<string, string> {
  let weightMap: unknown;
  try {
    weightMap = JSON.parse(text)?.weight_map;
  } catch (cause) {
    throw new CsiFeedbackError("SAFETENSORS_INDEX", "safetensors index: the file is not valid JSON", {
      cause,
    });
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) fail(`the name ${JSON.stringify(duplicate)} occurs twice`);
  if (typeof weightMap !== "object" || weightMap === null) fail("weight_map must be an object");
  const shards = new Map<string, string>();
  for (const [name, file] of Object.entries(weightMap)) {
    if (typeof file !== "string" || !/^[\w-][\w.-]*\.safetensors$/.test(file)) {
      fail(
        `the shard of ${JSON.stringify(name)} must be a file beside the index, received ${JSON.stringify(file)}`,
      );
    }
    shards.set(name, file);
  }
  return shards;
}

function fail(rule: string): never {
  throw new CsiFeedbackError("SAFETENSORS_INDEX", `safetensors index: ${rule}`);
}

export class ShardedReader implements SafetensorsReader {
  readonly names: ReadonlySet<string>;
  readonly metadata = {};
  readonly #shardOf: ReadonlyMap<string, string>;
  readonly #openShard: (file: string) => Promise<SafetensorsReader>;
  readonly #shards = new Map<string, Promise<SafetensorsReader>>();
  readonly #opened: SafetensorsReader[] = [];
  readonly #indexBytes: number;

  /** `shardOf` as {@link parseShardIndex} gives it; `openShard` opens a shard by its file name. */
  constructor(
    shardOf: ReadonlyMap<string, string>,
    indexBytes: number,
    openShard: (file: string) => Promise<SafetensorsReader>,
  ) {
    this.#shardOf = shardOf;
    this.#indexBytes = indexBytes;
    this.#openShard = openShard;
    this.names = new Set(shardOf.keys());
  }

  get bytesRead(): number {
    return this.#opened.reduce((sum, shard) => sum + shard.bytesRead, this.#indexBytes);
  }

  describe(names: Iterable<string>): Promise<Map<string, TensorEntry>> {
    return this.#collect(names, (shard, part) => shard.describe(part));
  }

  async read(names: Iterable<string>): Promise<Map<string, SafeTensor>> {
    const wanted = [...names];
    await this.describe(wanted);
    return this.#collect(wanted, (shard, part) => shard.read(part));
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((shard) => shard.close()));
  }

  async #collect<T>(
    names: Iterable<string>,
    take: (shard: SafetensorsReader, names: string[]) => Promise<Map<string, T>>,
  ): Promise<Map<string, T>> {
    const byShard = new Map<string, string[]>();
    const missing: string[] = [];
    for (const name of new Set(names)) {
      const file = this.#shardOf.get(name);
      if (file === undefined) missing.push(name);
      else byShard.set(file, [...(byShard.get(file) ?? []), name]);
    }
    if (missing.length > 0) {
      throw new CsiFeedbackError("MISSING_TENSOR", `safetensors index: there is no ${listNames(missing)}`);
    }
    const result = new Map<string, T>();
    for (const [file, part] of byShard) {
      for (const [name, value] of await take(await this.#shard(file), part)) result.set(name, value);
    }
    return result;
  }

  async #shard(file: string): Promise<SafetensorsReader> {
    let shard = this.#shards.get(file);
    if (shard === undefined) {
      shard = this.#openShard(file).then((opened) => {
        this.#opened.push(opened);
        return opened;
      });
      this.#shards.set(file, shard);
      shard.catch(() => this.#shards.delete(file));
    }
    return shard;
  }
}

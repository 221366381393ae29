// From a path, a URL or the name of a model to a reader.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import type { ByteSource } from "./byte-source";
import { openFileSource } from "./file-source";
import { openHttpSource, type RemoteOptions, readSmallRemoteFile } from "./http-source";
import { type Location, locate, sibling } from "./location";
import { MemorySource } from "./memory-source";
import { parseSafetensors, type Safetensors } from "./parse";
import { openReader, type SafetensorsReader } from "./reader";
import { parseShardIndex, ShardedReader } from "./sharded-reader";

const FILE_NAME = "model.safetensors";
const INDEX_NAME = "model.safetensors.index.json";

/**
 * Reads a whole local file.
 *
 * @throws CsiFeedbackError as `parseSafetensors`, and `FILE_NOT_READABLE`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeFileAtomic } from "@csi-feedback/common/node";
 * import { encodeSafetensors } from "@csi-feedback/safetensors";
 * import { readSafetensorsFile } from "@csi-feedback/safetensors/node";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "example-")), "scale.safetensors");
 * const scale = { dtype: "F32", shape: [1], data: Float32Array.of(3) } as const;
 * await writeFileAtomic(path, encodeSafetensors([["scale", scale]]));
 * console.log((await readSafetensorsFile(path)).tensors.get("scale")?.data[0]); // 3
 * ```
 */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CsiFeedbackError("FILE_NOT_READABLE", `safetensors: cannot read ${path}: ${reason}`, { cause });
  }
  return parseSafetensors(bytes);
}

/**
 * Opens any file for reading by ranges: a path, a URL, or bytes in memory.
 *
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, and the `HTTP_` codes of {@link openSafetensors}.
 */
export async function openByteSource(
  source: string | URL | Uint8Array,
  options: RemoteOptions = {},
): Promise<ByteSource> {
  if (source instanceof Uint8Array) return new MemorySource(source);
  return openLocation(await locate(source), options);
}

/**
 * Opens weights for reading single tensors. Nothing but the header is read yet.
 *
 * @param source - a path or URL of a `.safetensors` file or of a `.safetensors.index.json` of shards; a folder, or a
 * URL that ends in a slash, with `model.safetensors` or its index; a repository `owner/name` or
 * `owner/name@revision` of the Hugging Face hub; or the bytes of a file.
 * @throws CsiFeedbackError `SAFETENSORS_HEADER`, `UNSUPPORTED_DTYPE` or `SAFETENSORS_INDEX` for unsound files;
 * `FILE_NOT_READABLE`; `HTTP_NOT_FOUND`, `HTTP_UNAUTHORIZED` (the hub's token is taken from HF_TOKEN), `HTTP_STATUS`,
 * `HTTP_RANGES_UNSUPPORTED`, `HTTP_FAILED`, and later `REMOTE_FILE_CHANGED`.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@csi-feedback/safetensors";
 * import { openSafetensors } from "@csi-feedback/safetensors/node";
 *
 * const tensor = (size: number) => ({ dtype: "F32", shape: [size], data: new Float32Array(size) }) as const;
 * const bytes = encodeSafetensors([["small", tensor(4)], ["large", tensor(100_000)]]);
 * const reader = await openSafetensors(bytes);
 * await reader.read(["small"]);
 * console.log(reader.bytesRead < 200, bytes.length > 400_000); // true true
 * await reader.close();
 * ```
 */
export async function openSafetensors(
  source: string | URL | Uint8Array,
  options: RemoteOptions = {},
): Promise<SafetensorsReader> {
  if (source instanceof Uint8Array) return openReader(new MemorySource(source));
  const location = await locate(source);
  if (location.kind === "file" || location.kind === "url") {
    const name = "url" in location ? location.url.pathname : location.path;
    return name.endsWith(".index.json") ? openShards(location, options) : openFile(location, options);
  }
  try {
    return await openFile(sibling(location, FILE_NAME), options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  try {
    return await openShards(sibling(location, INDEX_NAME), options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const rule = `${String(source)} has neither ${FILE_NAME} nor ${INDEX_NAME}`;
    throw new CsiFeedbackError((error as CsiFeedbackError).code, `safetensors: ${rule}`, { cause: error });
  }
}

/**
 * A small file whole, such as the `config.json` of a model: `name` in the folder or repository `source`, or beside
 * the file `source`.
 *
 * @throws CsiFeedbackError as {@link openByteSource}.
 */
export async function readSiblingFile(
  source: string | URL,
  name: string,
  options: RemoteOptions = {},
): Promise<Uint8Array> {
  return readWhole(sibling(await locate(source), name), options);
}

async function openFile(location: Location, options: RemoteOptions): Promise<SafetensorsReader> {
  return openReader(await openLocation(location, options));
}

async function openShards(location: Location, options: RemoteOptions): Promise<SafetensorsReader> {
  const index = await readWhole(location, options);
  const shards = parseShardIndex(new TextDecoder().decode(index));
  return new ShardedReader(shards, index.length, (file) => openFile(sibling(location, file), options));
}

async function openLocation(location: Location, options: RemoteOptions): Promise<ByteSource> {
  return "url" in location ? openHttpSource(location.url, options) : openFileSource(location.path);
}

async function readWhole(location: Location, options: RemoteOptions): Promise<Uint8Array> {
  if ("url" in location) return readSmallRemoteFile(location.url, options);
  const source = await openFileSource(location.path);
  try {
    return await source.read(0, source.fileBytes);
  } finally {
    await source.close();
  }
}

function isAbsent(error: unknown): boolean {
  return isCsiFeedbackError(error) && (error.code === "HTTP_NOT_FOUND" || error.code === "FILE_NOT_READABLE");
}

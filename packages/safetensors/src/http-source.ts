// A file on the web as a byte source: only the ranges asked for are transferred, and
// each is kept in the cache.
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import type { ByteSource } from "./byte-source";
import { fetchWhole, type RemoteFile, type RetryOptions, shown, transferRange } from "./http";
import { defaultCacheFolder, RangeCache } from "./range-cache";

/** Bytes of the first request, which is also the length field of a safetensors file. */
const PREFIX_BYTES = 8;
/** Indices and configurations are small; anything above this is no such file [bytes]. */
const WHOLE_FILE_LIMIT = 64 * 2 ** 20;

/** Options for weights on the web. They do nothing for local files. */
export interface RemoteOptions extends RetryOptions {
  /**
   * Folder of downloaded parts, or false for none; when absent, CSI_FEEDBACK_CACHE or the user's cache folder of
   * the system.
   */
  readonly cache?: string | false;
}

class HttpSource implements ByteSource {
  readonly #url: URL;
  readonly #file: RemoteFile;
  readonly #prefix: Uint8Array;
  readonly #cache: RangeCache | undefined;
  readonly #options: RemoteOptions;
  bytesRead: number;

  constructor(
    url: URL,
    file: RemoteFile,
    prefix: Uint8Array,
    bytesRead: number,
    cache: RangeCache | undefined,
    options: RemoteOptions,
  ) {
    this.#url = url;
    this.#file = file;
    this.#prefix = prefix;
    this.bytesRead = bytesRead;
    this.#cache = cache;
    this.#options = options;
  }

  get fileBytes(): number {
    return this.#file.fileBytes;
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    if (begin === end) return new Uint8Array(0);
    if (end <= this.#prefix.length) return this.#prefix.subarray(begin, end);
    const part = `${begin}-${end}`;
    const cached = await this.#cache?.read(part);
    if (cached !== undefined) return cached;
    if (this.#cache !== undefined) {
      return this.#cache.complete(part, end - begin, (done, sink) => this.#transfer(begin + done, end, sink));
    }
    const bytes = new Uint8Array(end - begin);
    let position = 0;
    await this.#transfer(begin, end, (chunk) => {
      bytes.set(chunk, position);
      position += chunk.length;
    });
    return bytes;
  }

  async close(): Promise<void> {}

  async #transfer(
    begin: number,
    end: number,
    sink: (chunk: Uint8Array) => void | Promise<void>,
  ): Promise<void> {
    if (begin === end) return;
    const receive = (chunk: Uint8Array, { fileBytes, etag }: RemoteFile) => {
      if (fileBytes !== this.#file.fileBytes || etag !== this.#file.etag) {
        throw new CsiFeedbackError(
          "REMOTE_FILE_CHANGED",
          `safetensors: ${shown(this.#url)} changed while it was being read; open it again`,
        );
      }
      this.bytesRead += chunk.length;
      return sink(chunk);
    };
    await transferRange(this.#url, begin, end, receive, this.#options);
  }
}

function openCache(url: URL, { cache }: RemoteOptions): RangeCache | undefined {
  return cache === false ? undefined : new RangeCache(cache ?? defaultCacheFolder(), url);
}

/** True for failures of the network, as opposed to a server's answer. */
function isOffline(error: unknown): boolean {
  return isCsiFeedbackError(error) && error.code === "HTTP_FAILED";
}

/**
 * Asks the server for the size and version of a file. When the network is down, parts in the cache can still be
 * read.
 */
export async function openHttpSource(url: URL, options: RemoteOptions): Promise<ByteSource> {
  const cache = openCache(url, options);
  const prefix = new Uint8Array(PREFIX_BYTES);
  let file: RemoteFile | undefined;
  let position = 0;
  try {
    const receive = (chunk: Uint8Array, remote: RemoteFile) => {
      file = remote;
      prefix.set(chunk, position);
      position += chunk.length;
    };
    await transferRange(url, 0, PREFIX_BYTES, receive, options);
    await cache?.setVersion(url, file!);
    await cache?.write("prefix", prefix);
    return new HttpSource(url, file!, prefix, PREFIX_BYTES, cache, options);
  } catch (error) {
    const known = isOffline(error) ? await cache?.version() : undefined;
    const knownPrefix = known && (await cache?.read("prefix"));
    if (known === undefined || knownPrefix === undefined) throw error;
    return new HttpSource(url, known, knownPrefix, 0, cache, options);
  }
}

/** A small file whole; the copy of the last time when the network is down. */
export async function readSmallRemoteFile(url: URL, options: RemoteOptions): Promise<Uint8Array> {
  const cache = openCache(url, options);
  try {
    const content = await fetchWhole(url, WHOLE_FILE_LIMIT, options);
    await cache?.write("whole", content);
    return content;
  } catch (error) {
    const known = isOffline(error) ? await cache?.read("whole") : undefined;
    if (known === undefined) throw error;
    return known;
  }
}

// Downloaded parts of remote files in the user's cache folder, each with its checksum.
// A part that is being downloaded has the ending .part and is continued when a download
// was cut off. Two processes may fetch the same part at once: both write the same bytes
// to the same places.
import { createHash } from "node:crypto";
import { constants, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import type { RemoteFile } from "./http";

/** The user's cache folder of this system; the environment variable CSI_FEEDBACK_CACHE names another. */
export function defaultCacheFolder(): string {
  const { CSI_FEEDBACK_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (CSI_FEEDBACK_CACHE) return CSI_FEEDBACK_CACHE;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "csi-feedback");
  if (process.platform === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, "csi-feedback", "Cache");
  return join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "csi-feedback");
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The cached parts of one remote file. */
export class RangeCache {
  readonly #folder: string;

  constructor(cacheFolder: string, url: URL) {
    this.#folder = join(cacheFolder, "weights", digest(url.href).slice(0, 32));
  }

  /** The version of the file that the parts are of, when there are any. */
  async version(): Promise<RemoteFile | undefined> {
    try {
      const { fileBytes, etag } = JSON.parse(await readFile(join(this.#folder, "file.json"), "utf8"));
      return Number.isSafeInteger(fileBytes) && typeof etag === "string" ? { fileBytes, etag } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Declares the version; parts of any other version are removed. */
  async setVersion(url: URL, file: RemoteFile): Promise<void> {
    const known = await this.version();
    if (known?.etag === file.etag && known.fileBytes === file.fileBytes) return;
    await rm(this.#folder, { recursive: true, force: true });
    const content = { url: `${url.origin}${url.pathname}`, fileBytes: file.fileBytes, etag: file.etag };
    await writeFileAtomic(join(this.#folder, "file.json"), JSON.stringify(content));
  }

  /** A whole part; undefined when it is not there or its checksum is wrong, in which case it is removed. */
  async read(part: string): Promise<Uint8Array | undefined> {
    const path = join(this.#folder, part);
    const [content, checksum] = await Promise.all([
      readFile(path).catch(() => undefined),
      readFile(`${path}.sha256`, "utf8").catch(() => undefined),
    ]);
    if (content === undefined) return undefined;
    if (checksum === digest(content)) return content;
    await Promise.all([rm(path, { force: true }), rm(`${path}.sha256`, { force: true })]);
    return undefined;
  }

  /** Stores a part that is in memory. */
  async write(part: string, content: Uint8Array): Promise<void> {
    await writeFileAtomic(join(this.#folder, `${part}.sha256`), digest(content));
    await writeFileAtomic(join(this.#folder, part), content);
  }

  /**
   * Completes a part of `length` bytes and returns it. `transfer` is given the number of bytes that are there
   * already and delivers the rest.
   */
  async complete(
    part: string,
    length: number,
    transfer: (done: number, sink: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
  ): Promise<Uint8Array> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, part);
    const file = await open(`${path}.part`, constants.O_RDWR | constants.O_CREAT);
    const content = new Uint8Array(length);
    try {
      const { size } = await file.stat();
      let position = Math.min(size, length);
      for (let done = 0; done < position; )
        done += (await file.read(content, done, position - done, done)).bytesRead;
      await transfer(position, async (chunk) => {
        for (let done = 0; done < chunk.length; ) {
          done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
        }
        content.set(chunk, position);
        position += chunk.length;
      });
    } finally {
      await file.close();
    }
    await writeFileAtomic(`${path}.sha256`, digest(content));
    await rename(`${path}.part`, path).catch((error: NodeJS.ErrnoException) => {
      // Another process that fetched the same part was first.
      if (error.code !== "ENOENT") throw error;
    });
    return content;
  }
}

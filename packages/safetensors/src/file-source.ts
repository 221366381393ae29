// A local file as a byte source.
import { type FileHandle, open } from "node:fs/promises";
import { CsiFeedbackError } from "@csi-feedback/common";
import type { ByteSource } from "./byte-source";

/** One read of the system takes less than 2 GiB [bytes]. */
const MAX_READ_BYTES = 2 ** 30;

class FileSource implements ByteSource {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly fileBytes: number;
  bytesRead = 0;

  constructor(path: string, file: FileHandle, fileBytes: number) {
    this.#path = path;
    this.#file = file;
    this.fileBytes = fileBytes;
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - begin);
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(bytes.length - done, MAX_READ_BYTES);
      const { bytesRead } = await this.#file.read(bytes, done, length, begin + done);
      if (bytesRead === 0) {
        throw new CsiFeedbackError("FILE_TRUNCATED", `safetensors: ${this.#path} ends before byte ${end}`);
      }
      done += bytesRead;
      this.bytesRead += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Opens a local file. Throws CsiFeedbackError `FILE_NOT_READABLE` with the system's reason. */
export async function openFileSource(path: string): Promise<ByteSource> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const status = await file.stat();
    if (!status.isFile()) throw new Error("not a regular file");
    return new FileSource(path, file, status.size);
  } catch (cause) {
    await file?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CsiFeedbackError("FILE_NOT_READABLE", `safetensors: cannot read ${path}: ${reason}`, { cause });
  }
}

// What every reader of a file shares: typed errors that name the file and the
// place in it, a positioned read that never runs past the end, and inflation that
// never makes more bytes than were announced. Node only.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { inflateRawSync, inflateSync } from "node:zlib";
import { CsiFeedbackError, describe } from "@csi-feedback/common";

/** Bytes that can be read anywhere: a file on disk or an array in memory. */
export interface ByteSource {
  /** For error messages. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array;
}

/** Largest result that readers build in memory unless told otherwise [bytes]. */
export const DEFAULT_MAX_BYTES = 2 ** 31;

/** Throws an error about one place of a file. */
export function badFile(
  code: string,
  source: { name: string },
  place: string,
  rule: string,
  received: unknown,
): never {
  throw new CsiFeedbackError(code, `${source.name}, ${place}: ${rule}, received ${describe(received)}`);
}

/** The bytes of an array in memory. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(this, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A view of the same bytes for reading numbers. */
export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * Opens a file for positioned reads while `use` runs.
 *
 * @throws CsiFeedbackError `FILE_NOT_READABLE` when the file cannot be opened.
 */
export async function withFile<T>(path: string, use: (source: ByteSource) => T | Promise<T>): Promise<T> {
  const descriptor = openForReading(path);
  try {
    return await use(fileSource(descriptor, path));
  } finally {
    closeSync(descriptor);
  }
}

function openForReading(path: string): number {
  try {
    const descriptor = openSync(path, "r");
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CsiFeedbackError("FILE_NOT_READABLE", `${path}: cannot be opened (${reason})`, {
      cause: error,
    });
  }
  throw new CsiFeedbackError("FILE_NOT_READABLE", `${path}: is not a file`);
}

function fileSource(descriptor: number, name: string): ByteSource {
  const { size } = fstatSync(descriptor);
  return {
    name,
    size,
    read(offset, length) {
      checkRange(this, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const part = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
        if (part === 0)
          badFile("FILE_TRUNCATED", this, `byte ${offset + done}`, "the file ended while it was read", done);
        done += part;
      }
      return bytes;
    },
  };
}

function checkRange(source: ByteSource, offset: number, length: number): void {
  if (offset + length > source.size) {
    const rule = `${length} bytes are needed of a file of ${source.size}`;
    badFile("FILE_TRUNCATED", source, `byte ${offset}`, rule, Math.max(0, source.size - offset));
  }
}

/** DEFLATE cannot expand beyond this. */
const MAX_EXPANSION = 1032;

/** Refuses an announced size that the compressed bytes cannot give, or that is over the limit. */
export function checkExpansion(
  source: { name: string },
  place: string,
  compressed: number,
  size: number,
  maxBytes: number,
): void {
  if (size > maxBytes) {
    badFile(
      "FILE_TOO_LARGE",
      source,
      place,
      `at most maxBytes = ${maxBytes} bytes may be read into memory`,
      size,
    );
  }
  if (size > compressed * MAX_EXPANSION + 64) {
    const rule = `${compressed} compressed bytes cannot hold the size announced`;
    badFile("FILE_CORRUPT", source, place, rule, size);
  }
}

/** Inflates a whole stream (zlib or raw) that must give exactly `size` bytes. */
export function inflateExactly(
  source: { name: string },
  place: string,
  compressed: Uint8Array,
  size: number,
  format: "zlib" | "raw",
): Uint8Array {
  const inflate = format === "zlib" ? inflateSync : inflateRawSync;
  let bytes: Uint8Array;
  try {
    bytes = inflate(compressed, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CsiFeedbackError(
      "FILE_CORRUPT",
      `${source.name}, ${place}: compressed data is damaged (${reason})`,
      {
        cause: error,
      },
    );
  }
  if (bytes.length !== size) {
    badFile("FILE_CORRUPT", source, place, `compressed data must give ${size} bytes`, bytes.length);
  }
  return bytes;
}

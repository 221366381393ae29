// Reader of Level 5 MAT files: walks the top-level elements, and inflates and
// parses only the variables asked for. Little and big endian, compressed or not.
// Every length is checked against the bytes there are before anything is allocated.
import { inflateSync } from "node:zlib";
import {
  type ByteSource,
  badFile,
  bytesSource,
  checkExpansion,
  DEFAULT_MAX_BYTES,
  dataView,
  inflateExactly,
  withFile,
} from "../files";
import { type MatValue, MI } from "./format";
import { MatElementParser, type MatHeader } from "./parse-element";

/** One variable of a MAT file, as its header describes it. */
export interface MatVariable extends MatHeader {
  /** Offset of its element in the file [bytes]. */
  readonly offset: number;
}

export interface MatReadOptions {
  /** Only these variables are read; default: all. */
  readonly variables?: readonly string[];
  /** Largest variable that is read into memory [bytes]; default 2 GiB. */
  readonly maxBytes?: number;
}

/**
 * Reads variables of a Level 5 MAT file (MATLAB's `-v6` and `-v7`).
 *
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, `FILE_TRUNCATED`, `FILE_CORRUPT`,
 * `FILE_TOO_LARGE` (over `maxBytes`), `UNSUPPORTED_FORMAT` (v7.3, Level 4, objects,
 * sparse arrays); the message names the file and the offset.
 */
export async function readMat(path: string, options: MatReadOptions = {}): Promise<Map<string, MatValue>> {
  return withFile(path, (source) => parseMat(source, options));
}

/** The variables of a Level 5 MAT file without their values. @throws CsiFeedbackError as {@link readMat}. */
export async function listMat(path: string): Promise<MatVariable[]> {
  return withFile(path, (source) => listMatSource(source));
}

export function listMatSource(source: ByteSource): MatVariable[] {
  return [...elements(source)].map(({ header, offset }) => ({ ...header, offset }));
}

/** {@link readMat} on bytes from anywhere. */
export function parseMat(source: ByteSource, options: MatReadOptions = {}): Map<string, MatValue> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const values = new Map<string, MatValue>();
  for (const element of elements(source)) {
    if (options.variables !== undefined && !options.variables.includes(element.header.name)) continue;
    values.set(element.header.name, element.read(maxBytes));
  }
  return values;
}

/** True when the bytes begin as a Level 5 MAT file does (text, version, endian mark). */
export function isMat5(head: Uint8Array): boolean {
  return head.length >= 128 && versionOf(head) === 0x0100;
}

function versionOf(head: Uint8Array): number | undefined {
  const mark = String.fromCharCode(head[126], head[127]);
  if (mark === "IM") return head[124] + 256 * head[125];
  return mark === "MI" ? head[125] + 256 * head[124] : undefined;
}

interface Element {
  readonly header: MatHeader;
  readonly offset: number;
  read(maxBytes: number): MatValue;
}

function* elements(source: ByteSource): Generator<Element> {
  if (source.size < 128)
    badFile("FILE_TRUNCATED", source, "byte 0", "a MAT file has a header of 128 bytes", source.size);
  const head = source.read(0, 128);
  const version = versionOf(head);
  if (version === 0x0200)
    badFile("UNSUPPORTED_FORMAT", source, "byte 124", "this reader takes Level 5 files, not v7.3", version);
  if (version !== 0x0100) {
    badFile(
      "UNSUPPORTED_FORMAT",
      source,
      "byte 124",
      "no Level 5 MAT file: version and endian mark do not fit",
      version,
    );
  }
  const little = head[126] === 0x49;
  for (let offset = 128; offset < source.size; ) {
    const tag = dataView(source.read(offset, 8));
    const type = tag.getUint32(0, little);
    const length = tag.getUint32(4, little);
    const start = offset + 8;
    if (length > source.size - start) {
      badFile(
        "FILE_TRUNCATED",
        source,
        `byte ${offset}`,
        `an element of ${length} bytes does not fit`,
        source.size - start,
      );
    }
    if (type === MI.compressed) yield compressedElement(source, offset, length, little);
    else if (type === MI.matrix) yield plainElement(source, offset, length, little);
    else
      badFile(
        "FILE_CORRUPT",
        source,
        `byte ${offset}`,
        "a top-level element must be a matrix, compressed or not",
        type,
      );
    // MATLAB pads all elements but compressed ones to 8 bytes.
    offset = start + (type === MI.compressed ? length : Math.ceil(length / 8) * 8);
  }
}

function plainElement(source: ByteSource, offset: number, length: number, little: boolean): Element {
  const place = `element at byte ${offset}`;
  const head = source.read(offset + 8, Math.min(length, HEAD_BYTES));
  return {
    header: new MatElementParser(bytesSource(head, source.name), place, little).header(length),
    offset,
    read(maxBytes) {
      if (length > maxBytes) {
        badFile(
          "FILE_TOO_LARGE",
          source,
          place,
          `at most maxBytes = ${maxBytes} bytes may be read into memory`,
          length,
        );
      }
      const bytes = bytesSource(source.read(offset + 8, length), source.name);
      return new MatElementParser(bytes, place, little, maxBytes).value();
    },
  };
}

/** Enough for flags, dimensions and name of any sensible variable. */
const HEAD_BYTES = 4096;

function compressedElement(source: ByteSource, offset: number, length: number, little: boolean): Element {
  const place = `compressed element at byte ${offset}`;
  const head = inflateHead(source, place, source.read(offset + 8, Math.min(length, 2048)), length <= 2048);
  if (head.length < 8)
    badFile("FILE_CORRUPT", source, place, "it must hold at least a tag of 8 bytes", head.length);
  const tag = dataView(head);
  const size = tag.getUint32(4, little);
  if (tag.getUint32(0, little) !== MI.matrix) {
    badFile("FILE_CORRUPT", source, place, "it must hold a matrix", tag.getUint32(0, little));
  }
  const visible = bytesSource(head.subarray(8, 8 + size), source.name);
  return {
    header: new MatElementParser(visible, place, little).header(size),
    offset,
    read(maxBytes) {
      checkExpansion(source, place, length, size + 8, maxBytes);
      const bytes = inflateExactly(source, place, source.read(offset + 8, length), size + 8, "zlib");
      return new MatElementParser(
        bytesSource(bytes.subarray(8), source.name),
        place,
        little,
        maxBytes,
      ).value();
    },
  };
}

/** The first bytes of a zlib stream, from its first (at most 2,048) bytes. */
function inflateHead(source: ByteSource, place: string, compressed: Uint8Array, whole: boolean): Uint8Array {
  try {
    const output = inflateSync(compressed, { finishFlush: whole ? undefined : 2, maxOutputLength: 2 ** 22 });
    return output.subarray(0, HEAD_BYTES);
  } catch (error) {
    return badFile(
      "FILE_CORRUPT",
      source,
      place,
      "compressed data is damaged",
      error instanceof Error ? error.message : error,
    );
  }
}

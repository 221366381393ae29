// numpy's .npz format: a zip archive of .npy files, stored or deflated. Reads any
// zip archive's central directory, also zip64; no encryption, no split archives.
import { crc32 } from "node:zlib";
import { type ByteSource, badFile, checkExpansion, dataView, inflateExactly } from "../files";

/** One file of a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** The unpacked content, verified against its checksum. */
  read(maxBytes: number): Uint8Array;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_DIRECTORY_BYTES = 2 ** 26;
const ABSENT16 = 0xffff;
const ABSENT32 = 0xffffffff;

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/** The files of an archive, in the order of its directory. */
export function zipEntries(source: ByteSource): ZipEntry[] {
  const { offset, length, count } = directory(source);
  if (length > MAX_DIRECTORY_BYTES) {
    badFile(
      "FILE_TOO_LARGE",
      source,
      `byte ${offset}`,
      `a directory has at most ${MAX_DIRECTORY_BYTES} bytes`,
      length,
    );
  }
  const bytes = source.read(offset, length);
  const view = dataView(bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const place = `directory entry at byte ${offset + at}`;
    if (at + 46 > length) badFile("FILE_TRUNCATED", source, place, "an entry needs 46 bytes", length - at);
    if (view.getUint32(at, true) !== CENTRAL)
      badFile("FILE_CORRUPT", source, place, "its mark is wrong", view.getUint32(at, true));
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const end = at + 46 + nameLength + extraLength + commentLength;
    if (end > length)
      badFile("FILE_TRUNCATED", source, place, `an entry of ${end - at} bytes does not fit`, length - at);
    entries.push(entry(source, place, bytes.subarray(at, end), nameLength, extraLength));
    at = end;
  }
  return entries;
}

function directory(source: ByteSource): { offset: number; length: number; count: number } {
  const tailLength = Math.min(source.size, 22 + 65535);
  const start = source.size - tailLength;
  const tail = source.read(start, tailLength);
  const view = dataView(tail);
  let at = tailLength - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at--;
  if (at < 0)
    return badFile(
      "FILE_TRUNCATED",
      source,
      "the end",
      "a zip archive ends with its directory",
      `${source.size} bytes`,
    );
  const found = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  const large = found.count === ABSENT16 || found.length === ABSENT32 || found.offset === ABSENT32;
  const plain = !large || at < 20 || view.getUint32(at - 20, true) !== END64_LOCATOR;
  return plain ? found : directory64(source, exact(source, "the end", view.getBigUint64(at - 12, true)));
}

function directory64(source: ByteSource, offset: number): { offset: number; length: number; count: number } {
  const place = `byte ${offset}`;
  const view = dataView(source.read(offset, 56));
  if (view.getUint32(0, true) !== END64)
    badFile("FILE_CORRUPT", source, place, "the zip64 end mark is wrong", view.getUint32(0, true));
  const [count, length, start] = [32, 40, 48].map((field) =>
    exact(source, place, view.getBigUint64(field, true)),
  );
  return { count, length, offset: start };
}

function exact(source: ByteSource, place: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    badFile("FILE_CORRUPT", source, place, "a size or offset is too large", value);
  return Number(value);
}

function entry(
  source: ByteSource,
  place: string,
  bytes: Uint8Array,
  nameLength: number,
  extraLength: number,
): ZipEntry {
  const view = dataView(bytes);
  const [flags, method, checksum] = [
    view.getUint16(8, true),
    view.getUint16(10, true),
    view.getUint32(16, true),
  ];
  const name = new TextDecoder().decode(bytes.subarray(46, 46 + nameLength));
  const sizes = {
    compressed: view.getUint32(20, true),
    size: view.getUint32(24, true),
    offset: view.getUint32(42, true),
  };
  const { compressed, size, offset } = zip64Sizes(
    source,
    place,
    bytes.subarray(46 + nameLength, 46 + nameLength + extraLength),
    sizes,
  );
  return {
    name,
    size,
    read(maxBytes) {
      const where = `file ${name} at byte ${offset}`;
      if ((flags & 1) !== 0 || (method !== 0 && method !== 8)) {
        badFile(
          "UNSUPPORTED_FORMAT",
          source,
          where,
          "files must be stored or deflated, not encrypted",
          `method ${method}`,
        );
      }
      checkExpansion(source, where, compressed, size, maxBytes);
      const local = dataView(source.read(offset, 30));
      if (local.getUint32(0, true) !== LOCAL)
        badFile("FILE_CORRUPT", source, where, "its mark is wrong", local.getUint32(0, true));
      const data = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      const stored = source.read(data, compressed);
      if (method === 0 && compressed !== size)
        badFile("FILE_CORRUPT", source, where, `a stored file has ${size} bytes`, compressed);
      const content = method === 0 ? stored : inflateExactly(source, where, stored, size, "raw");
      if (crc32(content) !== checksum)
        badFile("FILE_CORRUPT", source, where, "its checksum is wrong", crc32(content));
      return content;
    },
  };
}

type Sizes = { compressed: number; size: number; offset: number };

/** Takes from the zip64 field those sizes that do not fit 32 bits. */
function zip64Sizes(source: ByteSource, place: string, extra: Uint8Array, sizes: Sizes): Sizes {
  const view = dataView(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), extra.length);
    let field = at + 4;
    const large = (value: number) => {
      if (value !== ABSENT32) return value;
      if (field + 8 > end)
        badFile("FILE_CORRUPT", source, place, "its zip64 field is too short", end - field);
      field += 8;
      return exact(source, place, view.getBigUint64(field - 8, true));
    };
    // In this order, as the format says.
    const size = large(sizes.size);
    const compressed = large(sizes.compressed);
    return { size, compressed, offset: large(sizes.offset) };
  }
  return sizes;
}

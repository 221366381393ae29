// The files inside a zip archive that stores them as they are, which is how PyTorch
// writes its archives. No decompression: a packed entry is refused.
import { crc32 } from "node:zlib";
import { CsiFeedbackError } from "@csi-feedback/common";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

/** Whether bytes start like a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length > 4 && viewOf(bytes).getUint32(0, true) === LOCAL;
}

/**
 * The stored files of an archive by name: views into `bytes`, checked against their checksums.
 *
 * @throws CsiFeedbackError `PYTORCH_FORMAT`.
 */
export function storedFiles(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = viewOf(bytes);
  const inside = (offset: number, length: number, what: string) => {
    if (offset + length > bytes.length) fail(`${what} at byte ${offset} must end within the archive`, length);
    return offset;
  };
  const end = endOfDirectory(view);
  const count = view.getUint16(end + 10, true);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    inside(at, 46, "a directory entry");
    if (view.getUint32(at, true) !== CENTRAL) fail(`byte ${at} must start a directory entry`, "another mark");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    inside(at + 46, nameLength, "a name");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const [checksum, size, header] = [16, 24, 42].map((field) => view.getUint32(at + field, true));
    if (view.getUint16(at + 10, true) !== 0) fail(`${name} must be stored, not compressed`, "a packed file");
    inside(header, 30, `the header of ${name}`);
    if (view.getUint32(header, true) !== LOCAL) fail(`byte ${header} must start ${name}`, "another mark");
    const begin = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    inside(begin, size, name);
    const content = bytes.subarray(begin, begin + size);
    if (crc32(content) !== checksum) fail(`${name} must agree with its checksum`, "damaged bytes");
    if (files.has(name)) fail("a name must stand for one file", name);
    files.set(name, content);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return files;
}

function endOfDirectory(view: DataView): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 65_535); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  return fail("a zip archive must end with its directory", `${view.byteLength} bytes`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function fail(rule: string, received: unknown): never {
  throw new CsiFeedbackError("PYTORCH_FORMAT", `readPytorch: ${rule}, received ${received}`);
}

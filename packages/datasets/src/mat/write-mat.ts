// Writer of Level 5 MAT files with real numeric arrays, compressed as MATLAB's
// `save -v7` and scipy write them. The same variables give the same bytes: the
// header carries no date.
import { deflateSync } from "node:zlib";
import { assertShape, invalid } from "@csi-feedback/common";
import { MI, NUMERIC_CLASSES } from "./format";

/** A real array to write: elements in column-major order. */
export interface MatArray {
  readonly dimensions: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/**
 * The bytes of a compressed Level 5 MAT file.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` for a name that
 * MATLAB would refuse or an array over 2 GiB.
 */
export function encodeMat(variables: Readonly<Record<string, MatArray>>): Uint8Array {
  const head = Buffer.alloc(128, " ");
  head.write("MATLAB 5.0 MAT-file, written by csi-feedback", 0, "latin1");
  head.fill(0, 116, 124);
  head.writeUInt16LE(0x0100, 124);
  head.write("IM", 126, "latin1");
  const parts: Buffer[] = [head];
  for (const [name, array] of Object.entries(variables)) {
    const compressed = deflateSync(matrixElement(name, array));
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(MI.compressed, 0);
    tag.writeUInt32LE(compressed.length, 4);
    parts.push(tag, compressed);
  }
  return Buffer.concat(parts);
}

function matrixElement(name: string, { dimensions, data }: MatArray): Buffer {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name)) {
    invalid(
      "INVALID_ARGUMENT",
      "encodeMat",
      "a variable name is a letter, then letters, digits and underscores",
      name,
    );
  }
  if (dimensions.length < 2)
    invalid("INVALID_SHAPE", "encodeMat", "an array has at least two dimensions", dimensions);
  assertShape("encodeMat", data, dimensions);
  if (data.byteLength > 2 ** 31 - 4096) {
    invalid(
      "INVALID_ARGUMENT",
      "encodeMat",
      "a Level 5 file holds arrays of less than 2 GiB",
      data.byteLength,
    );
  }
  const type = data instanceof Float32Array ? MI.single : MI.double;
  const classCode = [...NUMERIC_CLASSES].find(([, entry]) => entry.type === type)![0];
  const flags = Buffer.alloc(8);
  flags.writeUInt32LE(classCode, 0);
  const sizes = Buffer.alloc(4 * dimensions.length);
  for (const [i, size] of dimensions.entries()) sizes.writeInt32LE(size, 4 * i);
  const body = Buffer.concat([
    ...subelement(MI.uint32, flags),
    ...subelement(MI.int32, sizes),
    ...subelement(MI.int8, Buffer.from(name, "latin1")),
    ...subelement(type, littleEndian(data)),
  ]);
  return Buffer.concat(subelement(MI.matrix, body));
}

function littleEndian(data: Float32Array | Float64Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  return data.BYTES_PER_ELEMENT === 4 ? Buffer.from(bytes).swap32() : Buffer.from(bytes).swap64();
}

function subelement(type: number, data: Buffer): Buffer[] {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(data.length, 4);
  return [tag, data, Buffer.alloc((8 - (data.length % 8)) % 8)];
}

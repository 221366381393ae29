// numpy's .npy format, versions 1 to 3: one array of booleans, integers, floats or
// complex numbers, C or Fortran order, either byte order. No objects (pickles), no
// structured types.
import { assertShape, elementCount, invalid } from "@csi-feedback/common";
import type { DenseArray } from "../dense-array";
import { badFile, dataView } from "../files";

interface NpyHeader {
  readonly shape: readonly number[];
  /** numpy's type string without the byte order: `f4`, `c16`, `i8`, ... */
  readonly type: string;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  /** Where the values begin [bytes]. */
  readonly offset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER_BYTES = 2 ** 16;
const TYPE_BYTES: Readonly<Record<string, number>> = {
  b1: 1,
  i1: 1,
  u1: 1,
  i2: 2,
  u2: 2,
  i4: 4,
  u4: 4,
  i8: 8,
  u8: 8,
  f4: 4,
  f8: 8,
  c8: 8,
  c16: 16,
};

export function isNpy(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/** Parses the header at the start of `bytes`. */
function parseNpyHeader(source: { name: string }, bytes: Uint8Array): NpyHeader {
  if (!isNpy(bytes))
    badFile("UNKNOWN_FORMAT", source, "byte 0", "an .npy file begins with \\x93NUMPY", bytes.subarray(0, 6));
  const [major, lengthBytes] = [bytes[6], bytes[6] === 1 ? 2 : 4];
  if (bytes.length < 8 + lengthBytes)
    badFile("FILE_TRUNCATED", source, "byte 8", "the header length is missing", bytes.length);
  if (major < 1 || major > 3)
    badFile("UNSUPPORTED_FORMAT", source, "byte 6", "versions 1 to 3 are read", major);
  const view = dataView(bytes);
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const offset = 8 + lengthBytes + length;
  if (length > MAX_HEADER_BYTES)
    badFile("FILE_TOO_LARGE", source, "byte 8", `a header has at most ${MAX_HEADER_BYTES} bytes`, length);
  if (offset > bytes.length)
    badFile("FILE_TRUNCATED", source, "byte 8", `a header of ${length} bytes does not fit`, bytes.length);
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(8 + lengthBytes, offset),
  );
  return { ...parseDictionary(source, text), offset };
}

/** The Python dictionary literal that numpy writes: exactly its three keys, in any order. */
function parseDictionary(source: { name: string }, text: string): Omit<NpyHeader, "offset"> {
  const fail = (rule: string): never => badFile("FILE_CORRUPT", source, "header", rule, text.trim());
  if (!/^\s*\{.*\}\s*$/s.test(text)) fail("it must be a dictionary");
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text);
  if (fortran === null || shape === null) return fail("fortran_order and shape are needed");
  if (descr === null || !(descr[2] in TYPE_BYTES)) {
    return badFile("UNSUPPORTED_FORMAT", source, "header", "the type must be a plain number", text.trim());
  }
  const sizes = shape[1]
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const dimensions = sizes.map((part) => Number.parseInt(part, 10));
  if (
    dimensions.length > 32 ||
    !Number.isSafeInteger(dimensions.reduce((product, size) => product * size, 1))
  ) {
    fail("the shape must be of at most 32 dimensions and exact");
  }
  return {
    shape: dimensions,
    type: descr[2],
    littleEndian: descr[1] !== ">",
    fortranOrder: fortran[1] === "True",
  };
}

/**
 * Parses a whole .npy file.
 *
 * @param maxBytes - largest array in memory [bytes].
 */
export function parseNpy(source: { name: string }, bytes: Uint8Array, maxBytes: number): DenseArray {
  const header = parseNpyHeader(source, bytes);
  const count = elementCount(header.shape);
  const width = TYPE_BYTES[header.type];
  const place = `byte ${header.offset}`;
  if (count * width !== bytes.length - header.offset) {
    const code = count * width > bytes.length - header.offset ? "FILE_TRUNCATED" : "FILE_CORRUPT";
    badFile(
      code,
      source,
      place,
      `an array of shape [${header.shape}] needs ${count * width} bytes`,
      bytes.length - header.offset,
    );
  }
  if (count * 8 * (header.type[0] === "c" ? 2 : 1) > maxBytes) {
    badFile(
      "FILE_TOO_LARGE",
      source,
      place,
      `at most maxBytes = ${maxBytes} bytes may be read`,
      count * width,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + header.offset, count * width);
  const complex = header.type[0] === "c";
  const part = complex ? `f${width / 2}` : header.type;
  const step = TYPE_BYTES[part];
  const order = header.fortranOrder ? fortranOrder(header.shape) : undefined;
  const read = (from: number) => {
    const values = part === "f4" ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const stored = order === undefined ? i : order[i];
      values[i] = getNumber(view, stored * width + from, part, header.littleEndian);
    }
    return values;
  };
  return { shape: header.shape, re: read(0), ...(complex ? { im: read(step) } : {}) };
}

function getNumber(view: DataView, place: number, type: string, little: boolean): number {
  switch (type) {
    case "f4":
      return view.getFloat32(place, little);
    case "f8":
      return view.getFloat64(place, little);
    case "i1":
      return view.getInt8(place);
    case "i2":
      return view.getInt16(place, little);
    case "u2":
      return view.getUint16(place, little);
    case "i4":
      return view.getInt32(place, little);
    case "u4":
      return view.getUint32(place, little);
    case "i8":
      return Number(view.getBigInt64(place, little));
    case "u8":
      return Number(view.getBigUint64(place, little));
    default:
      return view.getUint8(place);
  }
}

/** For every element in C order its place in Fortran order. */
function fortranOrder(shape: readonly number[]): Float64Array {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const count = elementCount(shape);
  const order = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      order[i] += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
  }
  return order;
}

/**
 * The bytes of an .npy file (version 1) holding an array in C order: float32,
 * float64, or complex64 when an imaginary part is given.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` for a complex array
 * of doubles.
 *
 * @example
 * ```ts
 * import { encodeNpy } from "@csi-feedback/datasets/node";
 *
 * const bytes = encodeNpy({ shape: [2, 3], re: new Float32Array(6) });
 * console.log(bytes.length); // 152
 * ```
 */
export function encodeNpy(array: DenseArray): Uint8Array {
  const { shape, re, im } = array;
  assertShape("encodeNpy", re, shape);
  if (im !== undefined) {
    assertShape("encodeNpy (im)", im, shape);
    if (!(re instanceof Float32Array && im instanceof Float32Array)) {
      invalid("INVALID_ARGUMENT", "encodeNpy", "complex arrays must be float32", re);
    }
  }
  const type = im !== undefined ? "<c8" : re instanceof Float32Array ? "<f4" : "<f8";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // numpy aligns the values to 64 bytes and ends the header with a newline.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const width = TYPE_BYTES[type.slice(1)];
  const bytes = new Uint8Array(10 + length + re.length * width);
  bytes.set([...MAGIC, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, length, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  for (let i = 0; i < re.length; i++) {
    const place = 10 + length + i * width;
    if (re instanceof Float32Array) view.setFloat32(place, re[i], true);
    else view.setFloat64(place, re[i], true);
    if (im !== undefined) view.setFloat32(place + 4, im[i], true);
  }
  return bytes;
}

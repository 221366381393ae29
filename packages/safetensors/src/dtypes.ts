// Element types of the safetensors format and how their bytes become typed arrays.
// Half precision has no typed array on every supported runtime, so F16 and BF16
// are widened to Float32Array on reading and rounded (to nearest even) on writing.
// Little-endian hosts only, as every JavaScript platform in use is.
import { CsiFeedbackError } from "@csi-feedback/common";

/** Bytes of one element of each type that this package reads and writes. */
const elementBytes = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type, by its name in the file. */
export type SafeTensorType = keyof typeof elementBytes;

/** The typed array that holds each element type in memory. BOOL is one byte, 0 or 1. */
export interface SafeTensorArrays {
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  F16: Float32Array;
  BF16: Float32Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** A dense row-major tensor. `dtype` tells which typed array `data` is. */
export type SafeTensor = {
  [Type in SafeTensorType]: {
    readonly dtype: Type;
    readonly shape: readonly number[];
    readonly data: SafeTensorArrays[Type];
  };
}[SafeTensorType];

export function isSafeTensorType(name: unknown): name is SafeTensorType {
  return typeof name === "string" && Object.hasOwn(elementBytes, name);
}

/** Bytes of one element. */
export function bytesPerElement(dtype: SafeTensorType): number {
  return elementBytes[dtype];
}

/** The bytes of a tensor as a typed array of its own: always a copy, so alignment never matters. */
export function decodeTensor(dtype: SafeTensorType, shape: readonly number[], bytes: Uint8Array): SafeTensor {
  const own = new Uint8Array(bytes.length);
  own.set(bytes);
  const buffer = own.buffer;
  switch (dtype) {
    case "F64":
      return { dtype, shape, data: new Float64Array(buffer) };
    case "I64":
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case "U64":
      return { dtype, shape, data: new BigUint64Array(buffer) };
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) };
    case "I32":
      return { dtype, shape, data: new Int32Array(buffer) };
    case "U32":
      return { dtype, shape, data: new Uint32Array(buffer) };
    case "F16":
      return { dtype, shape, data: Float32Array.from(new Uint16Array(buffer), widenF16) };
    case "BF16":
      return { dtype, shape, data: widenBF16(new Uint16Array(buffer)) };
    case "I16":
      return { dtype, shape, data: new Int16Array(buffer) };
    case "U16":
      return { dtype, shape, data: new Uint16Array(buffer) };
    case "I8":
      return { dtype, shape, data: new Int8Array(buffer) };
    case "U8":
    case "BOOL":
      return { dtype, shape, data: own };
  }
}

/** The bytes of a tensor in the file. */
export function encodeTensor(tensor: SafeTensor): Uint8Array {
  switch (tensor.dtype) {
    case "F16":
      return asBytes(Uint16Array.from(tensor.data, narrowF16));
    case "BF16":
      return asBytes(narrowBF16(tensor.data));
    default:
      return asBytes(tensor.data);
  }
}

/**
 * The values of a floating-point tensor as a Float32Array (F64 is rounded).
 *
 * @throws CsiFeedbackError `DTYPE_NOT_FLOAT` for integer and boolean tensors; `name` is only for the message.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, parseSafetensors, toFloat32 } from "@csi-feedback/safetensors";
 *
 * const file = encodeSafetensors([["w", { dtype: "BF16", shape: [2], data: Float32Array.of(1.5, -2) }]]);
 * console.log(toFloat32("w", parseSafetensors(file).tensors.get("w")!).join(" ")); // 1.5 -2
 * ```
 */
export function toFloat32(name: string, tensor: SafeTensor): Float32Array {
  switch (tensor.dtype) {
    case "F32":
    case "F16":
    case "BF16":
      return tensor.data;
    case "F64":
      return Float32Array.from(tensor.data);
    default:
      throw new CsiFeedbackError(
        "DTYPE_NOT_FLOAT",
        `toFloat32: tensor ${JSON.stringify(name)} must be floating-point, received ${tensor.dtype}`,
      );
  }
}

function asBytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function widenF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function narrowF16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 the grid is 2^-24 (subnormal); above, 1024 steps for each power of two.
  // A value that rounds up to the next power of two carries into the exponent bits by itself.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const safe = exponent > -14 && 2 ** exponent > magnitude ? exponent - 1 : exponent;
  const steps = roundToEven(magnitude / 2 ** (safe - 10));
  return sign | (magnitude < 2 ** -14 ? steps : ((safe + 15) << 10) + (steps - 1024));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor;
  return floor % 2 === 0 ? floor : floor + 1;
}

function widenBF16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

function narrowBF16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i];
    const isNaNWord = (word & 0x7fffffff) > 0x7f800000;
    halves[i] = isNaNWord ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}

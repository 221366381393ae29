// Constants and value types of MATLAB's Level 5 MAT files (MATLAB 5 to v7). Not
// v7.3, which is HDF5, and not Level 4.

/** Classes of numeric arrays, by MATLAB's names. */
export type MatNumericClass =
  | "double"
  | "single"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64";

export type MatTypedArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A numeric array; elements in MATLAB's column-major order. */
export interface MatNumeric {
  readonly kind: "numeric";
  readonly className: MatNumericClass;
  readonly dimensions: readonly number[];
  readonly re: MatTypedArray;
  /** Present for complex arrays. */
  readonly im?: MatTypedArray;
  readonly logical: boolean;
}

export interface MatText {
  readonly kind: "text";
  readonly dimensions: readonly number[];
  /** All characters in column-major order; one row reads as it is. */
  readonly text: string;
}

export interface MatCell {
  readonly kind: "cell";
  readonly dimensions: readonly number[];
  /** Column-major. */
  readonly cells: readonly MatValue[];
}

export interface MatStruct {
  readonly kind: "struct";
  readonly dimensions: readonly number[];
  /** For every field its value in each element of the struct array, column-major. */
  readonly fields: ReadonlyMap<string, readonly MatValue[]>;
}

export type MatValue = MatNumeric | MatText | MatCell | MatStruct;

/** Data types of elements (mi...). */
export const MI = {
  int8: 1,
  uint8: 2,
  int32: 5,
  uint32: 6,
  single: 7,
  double: 9,
  matrix: 14,
  compressed: 15,
} as const;

interface Storage {
  readonly bytes: number;
  readonly array: new (count: number) => MatTypedArray;
  get(view: DataView, offset: number, littleEndian: boolean): number | bigint;
}

/** How numbers are stored, by data type. */
export const STORAGE: ReadonlyMap<number, Storage> = new Map<number, Storage>([
  [1, { bytes: 1, array: Int8Array, get: (view, at) => view.getInt8(at) }],
  [2, { bytes: 1, array: Uint8Array, get: (view, at) => view.getUint8(at) }],
  [3, { bytes: 2, array: Int16Array, get: (view, at, little) => view.getInt16(at, little) }],
  [4, { bytes: 2, array: Uint16Array, get: (view, at, little) => view.getUint16(at, little) }],
  [5, { bytes: 4, array: Int32Array, get: (view, at, little) => view.getInt32(at, little) }],
  [6, { bytes: 4, array: Uint32Array, get: (view, at, little) => view.getUint32(at, little) }],
  [7, { bytes: 4, array: Float32Array, get: (view, at, little) => view.getFloat32(at, little) }],
  [9, { bytes: 8, array: Float64Array, get: (view, at, little) => view.getFloat64(at, little) }],
  [12, { bytes: 8, array: BigInt64Array, get: (view, at, little) => view.getBigInt64(at, little) }],
  [13, { bytes: 8, array: BigUint64Array, get: (view, at, little) => view.getBigUint64(at, little) }],
]);

/** Numeric array classes by their number, and the storage type of the same range. */
export const NUMERIC_CLASSES: ReadonlyMap<number, { name: MatNumericClass; type: number }> = new Map([
  [6, { name: "double", type: 9 }],
  [7, { name: "single", type: 7 }],
  [8, { name: "int8", type: 1 }],
  [9, { name: "uint8", type: 2 }],
  [10, { name: "int16", type: 3 }],
  [11, { name: "uint16", type: 4 }],
  [12, { name: "int32", type: 5 }],
  [13, { name: "uint32", type: 6 }],
  [14, { name: "int64", type: 12 }],
  [15, { name: "uint64", type: 13 }],
]);

export const CLASS = { cell: 1, struct: 2, text: 4 } as const;

/** Names of array classes that are recognised but not read. */
export const OTHER_CLASSES: ReadonlyMap<number, string> = new Map([
  [3, "object"],
  [5, "sparse"],
  [16, "function handle"],
  [17, "opaque object"],
]);

// Numeric arrays of any HDF5 file, MATLAB's v7.3 MAT files first of all: real or
// complex, complex numbers being a compound of two floats. Cells, structs, text and
// references are not read.
import type { DenseArray } from "../dense-array";
import { badFile, checkExpansion } from "../files";
import type { MatlabArray } from "../matlab-array";
import {
  type Dataset,
  findDataset,
  floats,
  guarded,
  type Hdf5File,
  type Hdf5Type,
  readBytes,
  shapeOf,
  typeOf,
} from "./library";

interface NumberType {
  /** Bytes of one element in the file. */
  readonly stride: number;
  readonly parts: readonly { readonly offset: number; readonly type: Hdf5Type }[];
}

const INTEGER = 0;
const FLOAT = 1;
const COMPOUND = 6;

/** Names of the numeric datasets of the root group. */
export function numericDatasets(file: Hdf5File, source: { name: string }): string[] {
  return guarded(source, "root group", () => file.keys()).filter((name) => {
    const dataset = findDataset(file, source, name);
    return dataset !== undefined && numberType(typeOf(dataset, source)) !== undefined;
  });
}

function numberType(type: Hdf5Type): NumberType | undefined {
  if (isPlainNumber(type)) return { stride: type.size, parts: [{ offset: 0, type }] };
  const members = type.type === COMPOUND ? (type.compound_type?.members ?? []) : [];
  const [re, im] = members;
  const named = members.length === 2 && /^(r|re|real)$/.test(re.name) && /^(i|im|imag)$/.test(im.name);
  if (!named || !members.every((member) => member.type === FLOAT && isPlainNumber(member))) return undefined;
  if (members.some((member) => member.offset + member.size > type.size)) return undefined;
  return { stride: type.size, parts: members.map((member) => ({ offset: member.offset, type: member })) };
}

function isPlainNumber(type: Hdf5Type): boolean {
  if (type.type === FLOAT) return type.size === 4 || type.size === 8;
  return type.type === INTEGER && [1, 2, 4, 8].includes(type.size);
}

/**
 * Reads a numeric dataset whole.
 *
 * @throws CsiFeedbackError `MISSING_VARIABLE`, `INVALID_TYPE`, `INVALID_SHAPE`,
 * `FILE_TOO_LARGE`, `FILE_CORRUPT`.
 */
export async function readArray(
  file: Hdf5File,
  source: { name: string; size: number },
  name: string,
  maxBytes: number,
): Promise<DenseArray> {
  const dataset = findDataset(file, source, name);
  if (dataset === undefined) {
    return badFile("MISSING_VARIABLE", source, "datasets", `it holds ${numericDatasets(file, source)}`, name);
  }
  const place = `dataset ${name}`;
  const type = typeOf(dataset, source);
  const numbers = numberType(type);
  if (numbers === undefined) {
    return badFile(
      "INVALID_TYPE",
      source,
      place,
      "it must hold real or complex numbers",
      `HDF5 class ${type.type}`,
    );
  }
  const empty = isMatlabEmpty(dataset, source);
  const shape = empty ? shapeOf(dataset, source).map(() => 0) : shapeOf(dataset, source);
  const count = shape.reduce((product, size) => product * size, 1);
  checkExpansion(source, place, source.size, count * numbers.stride, maxBytes);
  const bytes = empty
    ? new Uint8Array(0)
    : await readBytes(
        dataset,
        source,
        shape.map(() => 0),
        shape,
      );
  const [re, im] = numbers.parts.map((part) => decode(bytes, count, numbers.stride, part));
  return { shape, re, im };
}

/** MATLAB stores the dimensions of an empty array as its content. */
function isMatlabEmpty(dataset: Dataset, source: { name: string }): boolean {
  return guarded(source, `dataset ${dataset.path}`, () => "MATLAB_empty" in dataset.attrs);
}

function decode(
  bytes: Uint8Array,
  count: number,
  stride: number,
  { offset, type }: NumberType["parts"][number],
): Float32Array | Float64Array {
  if (type.type === FLOAT && stride === type.size) return floats(bytes, stride);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = type.type === FLOAT && type.size === 4 ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const place = i * stride + offset;
    values[i] = type.type === FLOAT ? getFloat(view, place, type.size) : getInteger(view, place, type);
  }
  return values;
}

function getFloat(view: DataView, place: number, size: number): number {
  return size === 4 ? view.getFloat32(place, true) : view.getFloat64(place, true);
}

function getInteger(view: DataView, place: number, { size, signed }: Hdf5Type): number {
  if (size === 1) return signed ? view.getInt8(place) : view.getUint8(place);
  if (size === 2) return signed ? view.getInt16(place, true) : view.getUint16(place, true);
  if (size === 4) return signed ? view.getInt32(place, true) : view.getUint32(place, true);
  return Number(signed ? view.getBigInt64(place, true) : view.getBigUint64(place, true));
}

/** The array as MATLAB sees it: v7.3 files hold the dimensions in reverse, so the memory is the same. */
export function asMatlabArray({ shape, re, im }: DenseArray): MatlabArray {
  return { dimensions: [...shape].reverse(), re, im };
}

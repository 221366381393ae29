// The HDF5 C library (h5wasm), loaded on first use, and the few operations on it
// that the readers and the writer share: opening, typed errors, raw slices, numbers.

import { CsiFeedbackError } from "@csi-feedback/common";
import type { Dataset, File as Hdf5File, Metadata as Hdf5Type } from "h5wasm/node";
import { badFile } from "../files";

export type { Dataset, Hdf5File, Hdf5Type };

type Library = typeof import("h5wasm/node");

let loading: Promise<Library> | undefined;

/** h5wasm, with HDF5's errors thrown instead of printed. */
export function hdf5Library(): Promise<Library> {
  loading ??= import("h5wasm/node").then(async (library) => {
    const module = await library.ready;
    module.activate_throwing_error_handler();
    return library;
  });
  return loading;
}

/** Runs `use`; whatever HDF5 throws becomes a `FILE_CORRUPT` error with its innermost reason. */
export function guarded<T>(source: { name: string }, place: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof CsiFeedbackError) throw error;
    throw new CsiFeedbackError(
      "FILE_CORRUPT",
      `${source.name}, ${place}: HDF5 cannot read it (${reason(error)})`,
      {
        cause: error,
      },
    );
  }
}

/** The innermost message of HDF5's error stack, on one line. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const steps = [...text.matchAll(/ in [A-Za-z0-9_]+\(\): (.*)/g)].map((match) => match[1].trim());
  return (steps.at(-1) ?? text.split("\n")[0]).slice(0, 200);
}

/**
 * Opens a file read-only while `use` runs.
 *
 * @throws CsiFeedbackError `FILE_CORRUPT` when HDF5 refuses the file.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  const library = await hdf5Library();
  return guarded({ name: path }, "byte 0", () => new library.File(path, "r"));
}

/** The dataset of that name in the root group or below; undefined when there is none. */
export function findDataset(file: Hdf5File, source: { name: string }, name: string): Dataset | undefined {
  return guarded(source, `dataset ${name}`, () => {
    const parts = name.split("/");
    let group = "";
    for (const part of parts) {
      const parent = group === "" ? file : file.get(group);
      if (parent === null || !("keys" in parent) || !parent.keys().includes(part)) return undefined;
      group = group === "" ? part : `${group}/${part}`;
    }
    const found = file.get(name);
    return found !== null && "slice" in found ? found : undefined;
  });
}

/** Raw bytes of a hyperslab in the file's own number type. */
export async function readBytes(
  dataset: Dataset,
  source: { name: string },
  offset: readonly number[],
  count: readonly number[],
): Promise<Uint8Array> {
  const { Module } = await hdf5Library();
  return guarded(source, `dataset ${dataset.path}`, () => {
    const length = count.reduce((product, size) => product * size, dataset.metadata.size);
    if (length > Module.MAXIMUM_MEMORY)
      badFile("FILE_TOO_LARGE", source, dataset.path, "a slice must fit HDF5's memory", length);
    if (length === 0) return new Uint8Array(0);
    const pointer = Module._malloc(length);
    if (pointer === 0)
      badFile("FILE_TOO_LARGE", source, dataset.path, "a slice must fit HDF5's memory", length);
    try {
      const strides = count.map(() => 1n);
      const { file_id, path } = dataset;
      Module.get_dataset_data(file_id, path, count.map(BigInt), offset.map(BigInt), strides, BigInt(pointer));
      return Module.HEAPU8.slice(pointer, pointer + length);
    } finally {
      Module._free(pointer);
    }
  });
}

const FLOAT = 1;

/** A whole or partial dataset of floats as Float32Array, whatever its byte order or precision. */
export async function readFloats(
  dataset: Dataset,
  source: { name: string },
  offset: readonly number[],
  count: readonly number[],
): Promise<Float32Array> {
  const type = typeOf(dataset, source);
  if (type.type !== FLOAT || (type.size !== 4 && type.size !== 8)) {
    badFile(
      "INVALID_TYPE",
      source,
      `dataset ${dataset.path}`,
      "it must hold 32 or 64-bit floats",
      `HDF5 class ${type.type}`,
    );
  }
  const bytes = await readBytes(dataset, source, offset, count);
  const values = floats(bytes, type.size, type.littleEndian);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** Numbers of 4 or 8 bytes each. */
export function floats(bytes: Uint8Array, size: number, little: boolean): Float32Array | Float64Array {
  if (little && new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) {
    return size === 4 ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  }
  const view = new DataView(bytes.buffer);
  const values = size === 4 ? new Float32Array(bytes.length / 4) : new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    values[i] = size === 4 ? view.getFloat32(4 * i, little) : view.getFloat64(8 * i, little);
  }
  return values;
}

export function typeOf(dataset: Dataset, source: { name: string }): Hdf5Type {
  return guarded(source, `dataset ${dataset.path}`, () => dataset.metadata);
}

/** The dimensions of a dataset. */
export function shapeOf(dataset: Dataset, source: { name: string }): number[] {
  const { shape } = typeOf(dataset, source);
  if (shape === null || !shape.every(Number.isSafeInteger)) {
    badFile("INVALID_SHAPE", source, `dataset ${dataset.path}`, "it must have dimensions", shape);
  }
  return shape;
}

/**
 * Runs `use` with a clock that stands still. HDF5 stamps what it writes with the
 * time; a file that depends on its content alone can be compared byte by byte.
 */
export function withStandingClock<T>(use: () => T): T {
  const now = Date.now;
  Date.now = () => 0;
  try {
    return use();
  } finally {
    Date.now = now;
  }
}

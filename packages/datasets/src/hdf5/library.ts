// The HDF5 C library (h5wasm), loaded on first use, and the few operations on it
// that the readers and the writer share: opening, typed errors, raw slices, numbers.
//
// HDF5 reports an error by returning a negative number and printing a trace. h5wasm
// ignores many of the numbers, so the trace is what is watched here: it is taken off
// the standard error stream, and a call that left one has failed. (h5wasm can throw
// instead, from inside the C code; that leaves files open and, after some hundred
// damaged files, the library unusable.)
import { CsiFeedbackError } from "@csi-feedback/common";
import type { Dataset, File as Hdf5File, Metadata as Hdf5Type } from "h5wasm/node";
import { badFile } from "../files";

export type { Dataset, Hdf5File, Hdf5Type };

type Library = typeof import("h5wasm/node");

let loading: Promise<Library> | undefined;
let trace = "";

/** h5wasm, with HDF5's traces kept from the standard error stream. */
export function hdf5Library(): Promise<Library> {
  loading ??= import("h5wasm/node").then(async (library) => {
    await library.ready;
    takeOverStandardError(library);
    return library;
  });
  return loading;
}

interface OutputStream {
  flags: number;
  node: { mode: number };
  stream_ops: { write(stream: unknown, heap: Uint8Array, offset: number, length: number): number };
}

/** Redirects the file descriptor 2 of the WebAssembly module, not of the process. */
function takeOverStandardError({ Module }: Library): void {
  const [, , stream] = (Module.FS as unknown as { streams: OutputStream[] }).streams;
  const writable = 1;
  const characterDevice = 0o20666;
  stream.flags = writable;
  stream.node = { mode: characterDevice };
  stream.stream_ops = {
    write(_, heap, offset, length) {
      if (trace.length < 65536)
        trace += new TextDecoder("latin1").decode(heap.slice(offset, offset + length));
      return length;
    },
  };
}

/** Runs `use`; a failure inside HDF5 becomes a CsiFeedbackError with its innermost reason. */
export function guarded<T>(source: { name: string }, place: string, use: () => T, code = "FILE_CORRUPT"): T {
  trace = "";
  let failure: unknown;
  try {
    const result = use();
    if (trace === "") return result;
  } catch (error) {
    if (error instanceof CsiFeedbackError) throw error;
    failure = error;
  }
  const verb = code === "FILE_CORRUPT" ? "read" : "write";
  throw new CsiFeedbackError(code, `${source.name}, ${place}: HDF5 cannot ${verb} it (${reason(failure)})`, {
    cause: failure ?? trace,
  });
}

/** The innermost message of HDF5's trace, or else of what was thrown, on one line. */
function reason(failure: unknown): string {
  const steps = [...trace.matchAll(/ in [A-Za-z0-9_]+\(\): (.*)/g)].map((match) => match[1].trim());
  const thrown = failure instanceof Error ? failure.message : String(failure);
  return (steps.at(-1) ?? thrown.split("\n")[0]).slice(0, 200);
}

/**
 * Opens a file read-only.
 *
 * @throws CsiFeedbackError `FILE_CORRUPT` when HDF5 refuses the file.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  const { File } = await hdf5Library();
  return guarded({ name: path }, "byte 0", () => new File(path, "r"));
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

/** Raw bytes of a hyperslab in the file's own number type, little-endian. */
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
  const values = floats(bytes, type.size);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** Numbers of 4 or 8 bytes each; HDF5 delivers them in little-endian order. */
export function floats(bytes: Uint8Array, size: number): Float32Array | Float64Array {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) {
    return size === 4 ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  }
  const view = new DataView(bytes.buffer);
  const values = size === 4 ? new Float32Array(bytes.length / 4) : new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    values[i] = size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true);
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

// The header of a safetensors file: eight bytes of length, then JSON that gives every
// tensor's type, shape and place. Checked in full before any data is touched, because
// weights come from strangers: a file that passes here can be read without surprises.
import { CsiFeedbackError } from "@csi-feedback/common";
import { bytesPerElement, isSafeTensorType, type SafeTensorType } from "./dtypes";
import { findDuplicateKey } from "./json-keys";

/** The longest header that is accepted [bytes], the format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor lies. Offsets are in bytes from the start of the file. */
export interface TensorEntry {
  readonly dtype: SafeTensorType;
  readonly shape: readonly number[];
  /** First byte of the data. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  /** Entries in the order of their data. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** First byte of the data section: 8 + length of the JSON text. */
  readonly dataOffset: number;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

/**
 * Length of the JSON header, from the first eight bytes of a file of `fileBytes` bytes.
 *
 * @throws CsiFeedbackError `SAFETENSORS_HEADER` when the file is too short, or the length is above
 * 100 MB or runs past the end of the file.
 */
export function readHeaderLength(prefix: Uint8Array, fileBytes: number): number {
  if (prefix.length < 8 || fileBytes < 8) {
    fail(
      `a file must start with eight bytes of header length, but there are ${Math.min(prefix.length, fileBytes)}`,
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    fail(`header length must be at most ${MAX_HEADER_BYTES} bytes, received ${length}`);
  if (length < 2n) fail(`header length must be at least 2 bytes, received ${length}`);
  if (Number(length) > fileBytes - 8)
    fail(`header of ${length} bytes runs past the end of a file of ${fileBytes} bytes`);
  return Number(length);
}

/**
 * Parses and checks a header: valid JSON without repeated names, known element types, shapes that match the
 * byte counts, and data that fills the file from the header to its end without gap or overlap.
 *
 * @param bytes - the file's first bytes: at least 8 + header length of them.
 * @param fileBytes - bytes of the whole file.
 * @throws CsiFeedbackError `SAFETENSORS_HEADER` naming the tensor and the rule; `UNSUPPORTED_DTYPE` for an
 * element type outside {@link SafeTensorType} (the 8-bit and 4-bit floats).
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const length = readHeaderLength(bytes, fileBytes);
  const dataOffset = 8 + length;
  if (bytes.length < dataOffset) fail(`header needs ${dataOffset} bytes, received ${bytes.length}`);
  const root = parseJson(bytes.subarray(8, dataOffset));

  const entries: [string, TensorEntry][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(root)) {
    if (name === "__metadata__") metadata = readMetadata(value);
    else entries.push([name, readEntry(name, value, dataOffset)]);
  }
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let next = dataOffset;
  for (const [name, { begin, end }] of entries) {
    if (end > fileBytes)
      fail(`data of ${quote(name)} ends at byte ${end}, past the end of a file of ${fileBytes} bytes`);
    if (begin < next)
      fail(`data of ${quote(name)} at byte ${begin} overlaps the tensor before it, which ends at ${next}`);
    if (begin > next) fail(`data of ${quote(name)} at byte ${begin} leaves a gap after byte ${next}`);
    next = end;
  }
  if (next !== fileBytes) fail(`the tensors end at byte ${next}, but the file has ${fileBytes} bytes`);
  return { tensors: new Map(entries), metadata, dataOffset, fileBytes };
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) fail(`the header must be a JSON object, but starts with byte ${bytes[0]}`);
  let text: string;
  let root: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    root = JSON.parse(text);
  } catch (cause) {
    throw new CsiFeedbackError("SAFETENSORS_HEADER", "safetensors: the header is not valid JSON in UTF-8", {
      cause,
    });
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) fail(`the name ${quote(duplicate)} occurs twice`);
  return root as Record<string, unknown>;
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) fail("__metadata__ must be an object of strings");
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") fail(`__metadata__ entry ${quote(key)} must be a string`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, dataOffset: number): TensorEntry {
  if (!isObject(value)) fail(`the entry of ${quote(name)} must be an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isSafeTensorType(dtype)) {
    throw new CsiFeedbackError(
      "UNSUPPORTED_DTYPE",
      `safetensors: element type of ${quote(name)} must be a supported one, received ${quote(dtype)}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount))
    fail(`shape of ${quote(name)} must be a list of non-negative integers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    fail(`data_offsets of ${quote(name)} must be two non-negative integers`);
  }
  const [begin, end] = offsets;
  const expected = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
  if (!Number.isSafeInteger(expected)) fail(`shape [${shape.join(", ")}] of ${quote(name)} is too large`);
  if (end - begin !== expected) {
    fail(
      `${quote(name)}, ${dtype} [${shape.join(", ")}], needs ${expected} bytes, but its offsets hold ${end - begin}`,
    );
  }
  return { dtype, shape, begin: dataOffset + begin, end: dataOffset + end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function fail(rule: string): never {
  throw new CsiFeedbackError("SAFETENSORS_HEADER", `safetensors: ${rule}`);
}

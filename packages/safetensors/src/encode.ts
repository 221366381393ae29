// Tensors to the bytes of a safetensors file. The same content gives the same bytes
// whatever the order it comes in.
import { elementCount, invalid } from "@csi-feedback/common";
import { bytesPerElement, encodeTensor, isSafeTensorType, type SafeTensor } from "./dtypes";

/**
 * Encodes tensors as a safetensors file. Wider element types come first, names in text order within one width
 * (so that every tensor lies aligned), metadata keys sorted, and the header is padded with spaces to a multiple
 * of eight bytes: equal content gives equal bytes. F16 and BF16 take Float32Array data, rounded to nearest even.
 *
 * @throws CsiFeedbackError `DUPLICATE_TENSOR` when a name comes twice, `INVALID_SHAPE` when a shape does not match
 * its data, `UNSUPPORTED_DTYPE`, or `INVALID_ARGUMENT` for the reserved name `__metadata__` and metadata that is
 * not text.
 *
 * @example
 * ```ts
 * import { encodeSafetensors } from "@csi-feedback/safetensors";
 *
 * const bytes = encodeSafetensors(
 *   [["weight", { dtype: "F16", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]],
 *   { format: "pt" },
 * );
 * console.log(bytes.length % 8, bytes.length); // 0 112
 * ```
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, SafeTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = new Map<string, SafeTensor>();
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor);
    if (sorted.has(name)) invalid("DUPLICATE_TENSOR", "encodeSafetensors", "every name must be unique", name);
    sorted.set(name, tensor);
  }
  const order = [...sorted].sort(
    ([nameA, a], [nameB, b]) =>
      bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (nameA < nameB ? -1 : 1),
  );

  const header = new Map<string, string>();
  const metadataEntries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, text] of metadataEntries) {
    if (typeof text !== "string")
      invalid("INVALID_ARGUMENT", "encodeSafetensors", `metadata ${key} must be text`, text);
  }
  if (metadataEntries.length > 0) header.set("__metadata__", jsonObject(metadataEntries));
  let offset = 0;
  for (const [name, { dtype, shape }] of order) {
    const end = offset + elementCount(shape) * bytesPerElement(dtype);
    header.set(name, JSON.stringify({ dtype, shape, data_offsets: [offset, end] }));
    offset = end;
  }
  const fields = [...header].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);

  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(json, 8);
  let position = 8 + headerBytes;
  for (const [, tensor] of order) {
    const bytes = encodeTensor(tensor);
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/** Keys in the order given, whatever they look like (an object would move integer-like keys to the front). */
function jsonObject(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(",")}}`;
}

function checkTensor(name: string, tensor: SafeTensor): void {
  if (name === "__metadata__")
    invalid("INVALID_ARGUMENT", "encodeSafetensors", "a tensor's name must not be reserved", name);
  if (!isSafeTensorType(tensor.dtype)) {
    invalid(
      "UNSUPPORTED_DTYPE",
      "encodeSafetensors",
      `element type of ${name} must be a supported one`,
      tensor.dtype,
    );
  }
  if (elementCount(tensor.shape) !== tensor.data.length) {
    const rule = `${name} of shape [${tensor.shape.join(", ")}] needs ${elementCount(tensor.shape)} elements`;
    invalid("INVALID_SHAPE", "encodeSafetensors", rule, tensor.data.length);
  }
}

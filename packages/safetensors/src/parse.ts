// A whole safetensors file in memory to tensors.
import { decodeTensor, type SafeTensor } from "./dtypes";
import { parseHeader } from "./header";

/** The content of a file: tensors by name, in the order of their data, and the free metadata. */
export interface Safetensors {
  readonly tensors: Map<string, SafeTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Parses a whole safetensors file. Every tensor gets memory of its own; F16 and BF16 are widened to
 * Float32Array. Nothing is returned unless the whole header is sound.
 *
 * @throws CsiFeedbackError `SAFETENSORS_HEADER` for a malformed, truncated or hostile file,
 * `UNSUPPORTED_DTYPE` for an element type this package does not know.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, parseSafetensors } from "@csi-feedback/safetensors";
 *
 * const file = encodeSafetensors([["mean", { dtype: "F32", shape: [2], data: Float32Array.of(0.5, 0.25) }]]);
 * const { tensors } = parseSafetensors(file);
 * console.log(tensors.get("mean")?.data.join(" ")); // 0.5 0.25
 * ```
 */
export function parseSafetensors(bytes: Uint8Array): Safetensors {
  const header = parseHeader(bytes, bytes.length);
  const tensors = new Map<string, SafeTensor>();
  for (const [name, { dtype, shape, begin, end }] of header.tensors) {
    tensors.set(name, decodeTensor(dtype, shape, bytes.subarray(begin, end)));
  }
  return { tensors, metadata: { ...header.metadata } };
}

// The parameters of a stack out of a safetensors reader: every name and shape is
// checked against the header before the first byte of weights is read.
import { CsiFeedbackError } from "@csi-feedback/common";
import { toFloat32 } from "@csi-feedback/safetensors";
import { openSafetensors, type SafetensorsReader } from "@csi-feedback/safetensors/node";
import type { ParameterSpec } from "./architecture";

/** What weights are read from; a reader is left open, anything else is opened and closed. */
export type WeightsSource = string | URL | Uint8Array | SafetensorsReader;

/** Opens the source, runs `use` and closes what was opened. */
export async function withReader<T>(
  source: WeightsSource,
  use: (reader: SafetensorsReader) => Promise<T>,
): Promise<T> {
  if (typeof source === "object" && "describe" in source) return use(source);
  const reader = await openSafetensors(source);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

/** A parameter that is wanted: its name in the file and its shape there (rows may be cut off to `spec.shape`). */
export interface WantedParameter {
  readonly fileName: string;
  readonly spec: ParameterSpec;
  /** The file may have more rows than wanted; only the first are kept. */
  readonly firstRows?: boolean;
}

/**
 * Reads the parameters, keyed as `wanted` is.
 *
 * @throws CsiFeedbackError `MISSING_TENSOR` or `WEIGHTS_SHAPE` before anything is read.
 */
export async function readParameters(
  functionName: string,
  reader: SafetensorsReader,
  wanted: ReadonlyMap<string, WantedParameter>,
): Promise<Map<string, Float32Array>> {
  const fileNames = [...wanted.values()].map(({ fileName }) => fileName);
  const entries = await reader.describe(fileNames);
  for (const { fileName, spec, firstRows } of wanted.values()) {
    const { shape } = entries.get(fileName)!;
    const fits = firstRows
      ? shape.length === 2 && shape[0] >= spec.shape[0] && shape[1] === spec.shape[1]
      : shape.join() === spec.shape.join();
    if (!fits) {
      throw new CsiFeedbackError(
        "WEIGHTS_SHAPE",
        `${functionName}: ${fileName} must be [${spec.shape.join(", ")}], but the file has [${shape.join(", ")}]`,
      );
    }
  }
  const tensors = await reader.read(fileNames);
  const values = new Map<string, Float32Array>();
  for (const [name, { fileName, spec, firstRows }] of wanted) {
    const data = toFloat32(fileName, tensors.get(fileName)!);
    values.set(name, firstRows ? data.slice(0, spec.shape[0] * spec.shape[1]) : data);
  }
  return values;
}

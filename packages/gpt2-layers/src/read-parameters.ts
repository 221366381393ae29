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

/** The layers of a file, and what stands before the names that the stack uses. */
interface FileLayers {
  readonly prefix: string;
  readonly available: ReadonlySet<number>;
}

/** Finds the layers by a tensor that each has: `marker` captures the prefix and the layer's number. */
export function findLayers(reader: SafetensorsReader, marker: RegExp): FileLayers {
  const available = new Set<number>();
  let prefix = "";
  for (const name of reader.names) {
    const match = marker.exec(name);
    if (match === null) continue;
    prefix = match[1];
    available.add(Number(match[2]));
  }
  return { prefix, available };
}

/** The shape of one tensor of the file, which must be of the rank given and not empty. */
export async function shapeOf(
  functionName: string,
  reader: SafetensorsReader,
  name: string,
  rank: number,
): Promise<readonly number[]> {
  const { shape } = (await reader.describe([name])).get(name)!;
  if (shape.length !== rank || shape.includes(0)) {
    const found = `[${shape.join(", ")}]`;
    throw new CsiFeedbackError(
      "WEIGHTS_SHAPE",
      `${functionName}: ${name} must have ${rank} sizes, but is ${found}`,
    );
  }
  return shape;
}

/**
 * Reads the parameters of a stack.
 *
 * @param fileName - the name in the file of a parameter of the stack.
 * @returns the values under the stack's names. Of learned positions, only the first rows that the stack has.
 * @throws CsiFeedbackError `MISSING_TENSOR` or `WEIGHTS_SHAPE` before anything is read.
 */
export async function readParameters(
  functionName: string,
  reader: SafetensorsReader,
  specs: ReadonlyMap<string, ParameterSpec>,
  fileName: (name: string) => string,
): Promise<Map<string, Float32Array>> {
  const fileNames = [...specs.keys()].map(fileName);
  const entries = await reader.describe(fileNames);
  for (const [name, { shape, kind }] of specs) {
    const found = entries.get(fileName(name))!.shape;
    const fits =
      kind === "positions" ? found[0] >= shape[0] && found[1] === shape[1] : found.join() === shape.join();
    if (!fits || found.length !== shape.length) {
      throw new CsiFeedbackError(
        "WEIGHTS_SHAPE",
        `${functionName}: ${fileName(name)} must be [${shape.join(", ")}], but the file has [${found.join(", ")}]`,
      );
    }
  }
  const tensors = await reader.read(fileNames);
  const values = new Map<string, Float32Array>();
  for (const [name, { shape, kind }] of specs) {
    const data = toFloat32(fileName(name), tensors.get(fileName(name))!);
    values.set(name, kind === "positions" ? data.slice(0, shape[0] * shape[1]) : data);
  }
  return values;
}

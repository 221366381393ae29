// A network as one safetensors file: its variables, and in the metadata its name, its
// configuration and the version of this form. Reading checks everything before any
// variable is touched.
import { CsiFeedbackError, elementCount } from "@csi-feedback/common";
import { encodeSafetensors, parseSafetensors, type SafeTensor, toFloat32 } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { fileShape, type Parameters, reorder } from "./parameters";

const VERSION = "1";
const KEYS = {
  version: "csi-feedback.version",
  network: "csi-feedback.network",
  configuration: "csi-feedback.configuration",
} as const;

/** What a checkpoint file says it is. */
export interface CheckpointHeader {
  readonly network: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A checkpoint, read and not yet put anywhere. */
export interface Checkpoint extends CheckpointHeader {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

/** The file of a network. `extra` metadata may hold anything else worth keeping, such as data and seeds. */
export async function encodeCheckpoint(
  header: CheckpointHeader,
  parameters: Parameters,
  extra: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const entries = [...parameters.variables].map(async ([name, variable]): Promise<[string, SafeTensor]> => {
    const layout = parameters.layout(name);
    const data = reorder((await variable.data()) as Float32Array, variable.shape, layout, "toFile");
    return [name, { dtype: "F32", shape: fileShape(variable.shape, layout), data }];
  });
  return encodeSafetensors(await Promise.all(entries), {
    ...extra,
    [KEYS.version]: VERSION,
    [KEYS.network]: header.network,
    [KEYS.configuration]: JSON.stringify(header.configuration),
  });
}

/**
 * Reads a checkpoint file.
 *
 * @throws CsiFeedbackError of `@csi-feedback/safetensors` for a damaged file; `NOT_A_CHECKPOINT` for a
 * safetensors file without network name or configuration; `UNSUPPORTED_CHECKPOINT` for another version.
 */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { [KEYS.version]: version, [KEYS.network]: network, [KEYS.configuration]: json } = metadata;
  if (version === undefined || network === undefined || json === undefined) {
    throw new CsiFeedbackError(
      "NOT_A_CHECKPOINT",
      `parseCheckpoint: the metadata must name ${Object.values(KEYS).join(", ")}, received ${Object.keys(metadata).join(", ") || "none"}`,
    );
  }
  if (version !== VERSION) {
    throw new CsiFeedbackError(
      "UNSUPPORTED_CHECKPOINT",
      `parseCheckpoint: version must be ${VERSION}, received ${version}`,
    );
  }
  let configuration: unknown;
  try {
    configuration = JSON.parse(json);
  } catch (cause) {
    throw new CsiFeedbackError("NOT_A_CHECKPOINT", `parseCheckpoint: ${KEYS.configuration} must be JSON`, {
      cause,
    });
  }
  if (typeof configuration !== "object" || configuration === null || Array.isArray(configuration)) {
    throw new CsiFeedbackError(
      "NOT_A_CHECKPOINT",
      `parseCheckpoint: ${KEYS.configuration} must be a JSON object`,
    );
  }
  return { network, configuration: configuration as Record<string, unknown>, tensors };
}

/**
 * Puts tensors into a network's variables, all or none: names, shapes and finiteness are checked first.
 *
 * @throws CsiFeedbackError `CHECKPOINT_MISMATCH` naming the first difference, `NOT_FINITE`, `DTYPE_NOT_FLOAT`.
 */
export function assignTensors(
  network: string,
  parameters: Parameters,
  tensors: ReadonlyMap<string, SafeTensor>,
): void {
  const variables = parameters.variables;
  const mismatch: (text: string) => never = (text) => {
    throw new CsiFeedbackError("CHECKPOINT_MISMATCH", `${network}: ${text}`);
  };
  const values = new Map<string, Float32Array>();
  for (const [name, variable] of variables) {
    const layout = parameters.layout(name);
    const expected = fileShape(variable.shape, layout);
    const tensor = tensors.get(name);
    if (tensor === undefined) mismatch(`the file has no tensor ${name} [${expected.join(", ")}]`);
    const { shape } = tensor;
    if (shape.length !== expected.length || shape.some((size, axis) => size !== expected[axis])) {
      mismatch(`tensor ${name} must be [${expected.join(", ")}], received [${shape.join(", ")}]`);
    }
    const data = toFloat32(name, tensor);
    if (data.length !== elementCount(shape) || !data.every(Number.isFinite)) {
      throw new CsiFeedbackError("NOT_FINITE", `${network}: tensor ${name} must hold finite numbers`);
    }
    values.set(name, reorder(data, shape, layout, "toMemory"));
  }
  for (const name of tensors.keys())
    if (!variables.has(name)) mismatch(`the network has no parameter ${name}`);
  for (const [name, variable] of variables) {
    tf.tidy(() => variable.assign(tf.tensor(values.get(name)!, variable.shape)));
  }
}

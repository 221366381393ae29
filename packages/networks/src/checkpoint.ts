// A network's variables to and from one safetensors file, whose metadata name the network,
// its configuration and the version of this form. Everything is checked before any variable
// is touched.
import { CsiFeedbackError, elementCount } from "@csi-feedback/common";
import { encodeSafetensors, type SafeTensor, toFloat32 } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { type CheckpointHeader, KEYS, VERSION } from "./checkpoint-file";
import { fileShape, type Parameters, reorder } from "./parameters";

/** The file of a network. `extra` metadata may hold anything else worth keeping, such as data and seeds. */
export async function encodeCheckpoint(
  header: CheckpointHeader,
  parameters: Parameters,
  extra: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  return encodeSafetensors(await readTensors(parameters), {
    ...extra,
    [KEYS.version]: VERSION,
    [KEYS.network]: header.network,
    [KEYS.configuration]: JSON.stringify(header.configuration),
  });
}

/** The variables whose names start with `prefix`, as they stand in a file. */
export async function readTensors(parameters: Parameters, prefix = ""): Promise<Map<string, SafeTensor>> {
  const { variables } = parameters;
  const names = [...variables.keys()].filter((name) => name.startsWith(prefix));
  const entries = names.map(async (name): Promise<[string, SafeTensor]> => {
    const variable = variables.get(name)!;
    const layout = parameters.layout(name);
    const data = reorder((await variable.data()) as Float32Array, variable.shape, layout, "toFile");
    return [name, { dtype: "F32", shape: fileShape(variable.shape, layout), data }];
  });
  return new Map(await Promise.all(entries));
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

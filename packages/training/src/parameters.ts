// A network's parameters as a whole: counting, copying, giving back, and to and
// from safetensors. Copies share data with the variables until these change.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { encodeSafetensors, parseSafetensors, type SafeTensor, toFloat32 } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainableNetwork } from "./network";

/** Tensors by name, kept alive until disposed. */
export type Snapshot = Map<string, tf.Tensor>;

/** Copies of the current values of variables. */
export function takeSnapshot(variables: ReadonlyMap<string, tf.Tensor>): Snapshot {
  return new Map([...variables].map(([name, variable]) => [name, tf.keep(tf.clone(variable))]));
}

/** Gives variables the values of a snapshot, which stays valid. */
export function restoreSnapshot(variables: ReadonlyMap<string, tf.Variable>, snapshot: Snapshot): void {
  for (const [name, value] of snapshot) variables.get(name)!.assign(value);
}

/** Runs an action while variables have the values of a snapshot, then gives them back their own. */
export async function withSnapshot<T>(
  variables: ReadonlyMap<string, tf.Variable>,
  snapshot: Snapshot,
  action: () => Promise<T>,
): Promise<T> {
  const own = takeSnapshot(new Map([...snapshot.keys()].map((name) => [name, variables.get(name)!])));
  restoreSnapshot(variables, snapshot);
  try {
    return await action();
  } finally {
    restoreSnapshot(variables, own);
    disposeSnapshot(own);
  }
}

/** Frees the tensors of a snapshot. */
export function disposeSnapshot(snapshot: Snapshot): void {
  for (const tensor of snapshot.values()) tensor.dispose();
  snapshot.clear();
}

/** Number of parameters per group of a network. */
export function countParameters(network: TrainableNetwork): Record<string, number> {
  const sizeOf = (name: string) => network.parameters.get(name)!.size;
  return Object.fromEntries(
    Object.entries(network.groups).map(([group, names]) => [
      group,
      names.reduce((sum, name) => sum + sizeOf(name), 0),
    ]),
  );
}

/** The tensors read back to the host and written as safetensors. */
export async function encodeTensors(
  tensors: Iterable<[string, tf.Tensor]>,
  metadata: Record<string, string>,
): Promise<Uint8Array> {
  const values: [string, { dtype: "F32"; shape: number[]; data: Float32Array }][] = [];
  for (const [name, tensor] of tensors) {
    values.push([name, { dtype: "F32", shape: tensor.shape, data: (await tensor.data()) as Float32Array }]);
  }
  return encodeSafetensors(values, metadata);
}

/** The network's current parameters as a model file. */
export function encodeModel(
  network: TrainableNetwork,
  metadata: Record<string, string>,
): Promise<Uint8Array> {
  return network.save?.(metadata) ?? encodeTensors(network.parameters, metadata);
}

/**
 * Loads a network's parameters from a model file of a run (`best-STAGE` or `model`). Every parameter
 * must be there with its shape.
 *
 * @returns the metadata of the file.
 * @throws CsiFeedbackError `MODEL_MISMATCH` naming the first difference, or what the network's own
 * `assign` throws; the network is then unchanged.
 */
export function loadModel(network: TrainableNetwork, bytes: Uint8Array): Record<string, string> {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (network.assign) network.assign(tensors);
  else assignByName(network, tensors);
  return metadata;
}

function assignByName(network: TrainableNetwork, tensors: ReadonlyMap<string, SafeTensor>): void {
  for (const name of tensors.keys()) {
    if (!network.parameters.has(name)) {
      throw new CsiFeedbackError("MODEL_MISMATCH", `loadModel: ${network.name} has no parameter ${name}`);
    }
  }
  const values = [...network.parameters].map(([name, variable]) => {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== variable.shape.join()) {
      const rule = `the file must hold ${name} of shape [${variable.shape.join(", ")}]`;
      return invalid("MODEL_MISMATCH", "loadModel", rule, tensor?.shape);
    }
    return [variable, toFloat32(name, tensor!)] as const;
  });
  tf.tidy(() => {
    for (const [variable, data] of values) variable.assign(tf.tensor(data, variable.shape, "float32"));
  });
}

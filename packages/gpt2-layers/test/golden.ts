// Golden values: reading them and measuring how far from them a result is.
import { join } from "node:path";
import { readSafetensorsFile } from "@csi-feedback/safetensors/node";
import { type Tensor3D, tensor3d } from "@tensorflow/tfjs-core";

export const fixtures = join(import.meta.dirname, "fixtures");

/** Float tensors of a fixture by name. */
export async function readGolden(file: string) {
  const { tensors } = await readSafetensorsFile(join(fixtures, file));
  return {
    values: (name: string) => tensors.get(name)!.data as Float32Array,
    /** As a tfjs tensor `[batch, tokens, width]`. */
    input: (name: string): Tensor3D => {
      const { data, shape } = tensors.get(name)!;
      return tensor3d(data as Float32Array, shape as [number, number, number]);
    },
  };
}

/** Largest absolute difference over the largest absolute value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

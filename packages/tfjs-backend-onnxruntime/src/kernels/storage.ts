// Kernels that share or make stored tensors instead of recording operators: views
// of the same data, and tensors of strings, which are stored but never computed with.
import { type KernelConfig, type NamedTensorInfoMap, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { OnnxruntimeBackend } from "../backend";

type ViewShape = (shape: number[], attributes: { shape: number[]; dim: number }) => number[];

function expandedShape(shape: number[], { dim }: { dim: number }): number[] {
  const rank = shape.length;
  util.assert(
    -rank - 1 <= dim && dim <= rank,
    () => `ExpandDims: axis must be in [${-rank - 1}, ${rank}], received ${dim}`,
  );
  const axis = dim < 0 ? dim + rank + 1 : dim;
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

function reshapedShape(shape: number[], attributes: { shape: number[] }): number[] {
  const size = util.sizeFromShape(shape);
  const result = util.inferFromImplicitShape(attributes.shape, size);
  util.assert(
    size === util.sizeFromShape(result),
    () => `Reshape: the new shape [${result}] must have the ${size} elements of [${shape}]`,
  );
  return result;
}

function view(inputName: string, shapeOf: ViewShape): Omit<KernelConfig, "backendName" | "kernelName"> {
  return {
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dataId, shape, dtype } = (inputs as NamedTensorInfoMap)[inputName]!;
      (backend as OnnxruntimeBackend).incRef(dataId);
      return { dataId, shape: shapeOf(shape, attrs as never), dtype };
    },
  };
}

/** Kernels that give another view of the same data, by name. */
export const viewKernels: Readonly<Record<string, Omit<KernelConfig, "backendName" | "kernelName">>> = {
  ExpandDims: view("input", expandedShape),
  Identity: view("x", (shape) => shape),
  Reshape: view("x", reshapedShape),
};

/** A tensor of one repeated string. */
export function filledStrings(backend: OnnxruntimeBackend, shape: number[], text: string): TensorInfo {
  const values = new Array<Uint8Array>(util.sizeFromShape(shape)).fill(util.encodeString(text));
  return { dataId: backend.write(values, shape, "string"), shape, dtype: "string" };
}

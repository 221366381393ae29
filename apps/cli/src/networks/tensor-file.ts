// One tensor in, one tensor out: the safetensors files with which people check a port.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError, elementCount } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { encodeSafetensors, parseSafetensors, toFloat32 } from "@csi-feedback/safetensors";

/** A float tensor. */
interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Reads a float tensor of a safetensors file.
 *
 * @param shape - what the shape must be in words; `fits` decides.
 * @throws CsiFeedbackError `MISSING_TENSOR`, `INVALID_SHAPE`, `DTYPE_NOT_FLOAT`, or of `parseSafetensors`.
 */
export async function readTensor(
  path: string,
  name: string,
  shape: string,
  fits: (shape: readonly number[]) => boolean,
): Promise<FloatTensor> {
  const { tensors } = parseSafetensors(await readFile(path));
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    const names = [...tensors.keys()].slice(0, 8).join(", ") || "none";
    throw new CsiFeedbackError(
      "MISSING_TENSOR",
      `${path}: a tensor named ${name} is needed, received ${names}`,
    );
  }
  if (!fits(tensor.shape) || elementCount(tensor.shape) === 0) {
    const received = `[${tensor.shape.join(", ")}]`;
    throw new CsiFeedbackError("INVALID_SHAPE", `${path}: ${name} must be ${shape}, received ${received}`);
  }
  return { shape: tensor.shape, data: toFloat32(name, tensor) };
}

/** Writes a tensor named `output`. */
export async function writeOutput(
  path: string,
  { shape, data }: FloatTensor,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors([["output", { dtype: "F32", shape, data }]], metadata));
  process.stderr.write(`output [${shape.join(", ")}]: ${path}\n`);
}

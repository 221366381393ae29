// A tfjs backend for counting: tfjs's own on the processor, but convolutions and matrix
// products give zeros of the right shape. Every operation of a network still runs and is traced, and
// a decoder of several billion multiply-accumulates takes moments.
import { startEngine } from "@csi-feedback/engines";
import * as tf from "@tensorflow/tfjs-core";

const NAME = "counting";

/** Makes the backend current. Values computed on it mean nothing. Gives the name of the backend that it takes the place of. */
export async function startCountingBackend(): Promise<string> {
  const before = tf.getBackend();
  // Without the hint that a faster backend exists.
  tf.enableProdMode();
  await startEngine("cpu");
  if (tf.findBackend(NAME) === null) {
    tf.registerBackend(NAME, tf.findBackendFactory("cpu"));
    tf.copyRegisteredKernels("cpu", NAME);
    for (const [kernelName, kernelFunc] of Object.entries(zeroKernels)) {
      tf.unregisterKernel(kernelName, NAME);
      tf.registerKernel({ kernelName, backendName: NAME, kernelFunc });
    }
  }
  await tf.setBackend(NAME);
  return before;
}

/** Something counted on the backend; the one that was current before is current again afterwards. */
export async function whileCounting<Result>(count: () => Promise<Result>): Promise<Result> {
  const before = await startCountingBackend();
  try {
    return await count();
  } finally {
    if (before) await tf.setBackend(before);
  }
}

function zeros(backend: unknown, shape: number[]): tf.TensorInfo {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return { dataId: (backend as tf.KernelBackend).write(values, shape, "float32"), shape, dtype: "float32" };
}

const zeroKernels: Readonly<Record<string, tf.KernelFunc>> = {
  BatchMatMul: ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const batch = a.shape.length > b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
    const rows = a.shape.at(transposeA ? -1 : -2) as number;
    const columns = b.shape.at(transposeB ? -2 : -1) as number;
    return zeros(backend, [...batch, rows, columns]);
  },
  Conv2D: ({ inputs, attrs, backend }) => {
    const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
    const { strides, pad, dilations, dimRoundingMode } = attrs as unknown as tf.Conv2DAttrs;
    type Shape4D = [number, number, number, number];
    const [image, kernel] = [x.shape as Shape4D, filter.shape as Shape4D];
    const info = tf.backend_util.computeConv2DInfo(image, kernel, strides, dilations, pad, dimRoundingMode);
    return zeros(backend, info.outShape);
  },
};

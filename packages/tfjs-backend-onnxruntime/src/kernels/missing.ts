// What happens when a program calls a kernel that the backend lacks: an error that
// says so, or, where the user asked for it, the cpu backend with a warning.
import { CsiFeedbackError } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxruntimeBackend } from "../backend";

/** Names of all kernels that tfjs-core may call. */
export function coreKernelNames(): string[] {
  const entries = Object.entries(tf as unknown as Record<string, unknown>);
  return entries.filter(([name, value]) => name === value).map(([name]) => name);
}

/** The error for a kernel that the backend lacks. */
function unsupported(kernelName: string, backendName: string): CsiFeedbackError {
  return new CsiFeedbackError(
    "UNSUPPORTED_KERNEL",
    `${backendName} backend: the tfjs operation must be one that this backend has, received kernel ${kernelName}; ` +
      `rewrite it with supported operations (README, "Kernels"), run it on another backend with tf.setBackend("cpu"), ` +
      `or register this backend with { fallback: "cpu" } after importing @tensorflow/tfjs-backend-cpu`,
  );
}

/** A kernel that only throws. */
export function throwingKernel(kernelName: string, backendName: string): tf.KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: () => {
      throw unsupported(kernelName, backendName);
    },
  };
}

/**
 * A kernel that reads its inputs, runs on tfjs's cpu backend and writes the results back,
 * after one warning per kernel.
 */
export function fallbackKernel(
  kernelName: string,
  backendName: string,
  warn: (message: string) => void,
): tf.KernelConfig {
  let warned = false;
  return {
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const kernel = tf.getKernel(kernelName, "cpu");
      if (kernel === undefined || tf.findBackendFactory("cpu") === null) {
        throw unsupported(kernelName, backendName);
      }
      if (!warned)
        warn(`${backendName} backend: kernel ${kernelName} runs on the cpu backend, which is slow`);
      warned = true;
      const [here, cpu] = [backend as OnnxruntimeBackend, tf.engine().findBackend("cpu")];
      const there = (info: tf.TensorInfo): tf.TensorInfo => ({
        ...info,
        dataId: cpu.write(here.readSync(info.dataId), info.shape, info.dtype),
      });
      const back = (info: tf.TensorInfo): tf.TensorInfo => ({
        ...info,
        dataId: here.write(cpu.readSync(info.dataId), info.shape, info.dtype),
      });
      const moved = Array.isArray(inputs)
        ? (inputs as tf.TensorInfo[]).map(there)
        : Object.fromEntries(
            Object.entries(inputs)
              .filter(([, info]) => info !== undefined && info !== null)
              .map(([name, info]) => [
                name,
                Array.isArray(info) ? info.map(there) : there(info as tf.TensorInfo),
              ]),
          );
      const results = kernel.kernelFunc({
        inputs: moved as tf.NamedTensorInfoMap,
        attrs: attrs!,
        backend: cpu,
      });
      return Array.isArray(results) ? results.map(back) : back(results);
    },
  };
}

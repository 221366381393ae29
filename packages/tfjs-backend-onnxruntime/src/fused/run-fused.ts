// How the fused operations reach kernels of their own on this backend.
import * as tf from "@tensorflow/tfjs-core";
import { OnnxruntimeBackend } from "../backend";

/** True while tfjs computes on a backend of this package. */
export function onOnnxruntime(): boolean {
  return tf.backend() instanceof OnnxruntimeBackend;
}

/** Runs one of this package's own kernels. */
export function runFused(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: Record<string, number | string | boolean>,
): tf.Tensor | tf.Tensor[] {
  return tf.engine().runKernel(name, inputs, attributes);
}

// tfjs-core ships its gradients apart from its kernels, and nothing but the
// all-in-one package registers them.
import * as tf from "@tensorflow/tfjs-core";

/** Registers tfjs-core's gradients unless something else already did. */
export async function registerGradients(): Promise<void> {
  if (tf.getGradient("BatchMatMul") === undefined) {
    await import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  }
}

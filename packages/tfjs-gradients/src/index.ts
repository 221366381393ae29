/** Registers tfjs-core's gradients, which come in files that only a bundler can import: here they are one. */
import { getGradient } from "@tensorflow/tfjs-core";

/**
 * Registers tfjs-core's gradients, without which `tf.grad` and optimizers fail, unless something else, such
 * as the package `@tensorflow/tfjs`, already did.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs-backend-cpu";
 * import { registerGradients } from "@csi-feedback/tfjs-gradients";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * await registerGradients();
 * const slope = tf.grad((x) => tf.mul(x, x))(tf.scalar(3));
 * console.log(await slope.data()); // Float32Array(1) [ 6 ]
 * ```
 */
export async function registerGradients(): Promise<void> {
  if (getGradient("BatchMatMul") === undefined) {
    await import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  }
}

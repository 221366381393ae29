// tfjs-core keeps its gradients in files that Node cannot import by itself; they
// are bundled into this package so that its users can train without a bundler.
import { getGradient } from "@tensorflow/tfjs-core";

/** Registers tfjs-core's gradients unless something else already did. */
export async function registerGradients(): Promise<void> {
  if (getGradient("BatchMatMul") === undefined) {
    await import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  }
}

// The tfjs engines that the golden tests run on.
import "@tensorflow/tfjs-backend-cpu";
import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
import { setBackend } from "@tensorflow/tfjs-core";

export const engines = ["cpu", "onnxruntime"] as const;

/** Makes tfjs compute on an engine, with gradients registered. */
export async function useEngine(engine: (typeof engines)[number]): Promise<void> {
  await registerOnnxruntimeBackend();
  await setBackend(engine);
}

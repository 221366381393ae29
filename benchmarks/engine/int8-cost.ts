// What int8 weights cost in NMSE: the trained models that travel with the app, traced whole
// with float32 and with int8 weights, on the reference channels beside them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readChannels } from "@csi-feedback/datasets/node";
import { nmseDb } from "@csi-feedback/eval";
import { loadNetwork } from "@csi-feedback/networks";
import { compileInference } from "@csi-feedback/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";

/** NMSE [dB] of one model on one channel. */
export interface Int8Cost {
  readonly model: string;
  readonly channel: string;
  readonly elements: number;
  readonly floatDb: number;
  readonly int8Db: number;
  readonly costDb: number;
}

const app = join(process.cwd(), "apps", "cli");
const samples = 100;

/** Every model on every channel, with 1/16 and 1/4 of the elements kept. */
export async function int8Costs(): Promise<Int8Cost[]> {
  const costs: Int8Cost[] = [];
  for (const model of ["llmcsinet", "llmcsinet-paper"]) {
    const network = loadNetwork(await readFile(join(app, "models", model, "weights.safetensors")));
    for (const channel of ["indoor", "outdoor"]) {
      const set = await readChannels(join(app, "data", `cost2100-${channel}-200.mat`));
      const data = set.data.slice(0, samples * 2048);
      const x = tf.tensor4d(data, [samples, 2, 32, 32]);
      for (const elements of [128, 512]) {
        const counts = tf.fill([samples], elements) as tf.Tensor1D;
        const forward = (input: tf.Tensor) =>
          network.forward(input as tf.Tensor4D, { training: false, output: "final", elements: counts });
        const decibels = async (weights: "float32" | "int8") => {
          const program = await compileInference((input) => forward(input!), [x], { weights });
          const [output] = await program.run(data);
          program.dispose();
          return nmseDb(data, output!.data as Float32Array, [samples, 2, 32, 32], { center: 0.5 });
        };
        const [floatDb, int8Db] = [await decibels("float32"), await decibels("int8")];
        costs.push({ model, channel, elements, floatDb, int8Db, costDb: int8Db - floatDb });
        counts.dispose();
      }
      x.dispose();
    }
    network.dispose();
  }
  return costs;
}

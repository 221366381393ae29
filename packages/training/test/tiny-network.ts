// A network of three groups with 32 inputs, small enough to train in
// milliseconds, and channels it can learn: few directions out of many.
import { randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import type { ChannelSource, ForwardOptions, TrainableNetwork } from "../src/network";

export const shape = [2, 4, 4] as const;
const size = 32;

/** A source over samples in memory; `read` is asynchronous in earnest. */
export function memorySource(samples: Float32Array): ChannelSource {
  return {
    count: samples.length / size,
    shape,
    read: async (indices) => {
      const out = new Float32Array(indices.length * size);
      for (const [i, index] of indices.entries()) {
        out.set(samples.subarray(index * size, (index + 1) * size), i * size);
      }
      return out;
    },
  };
}

/** Channels that are random mixtures of four fixed patterns. */
export function tinyChannels(count: number, seed: number): ChannelSource {
  const patterns = Array.from({ length: 4 }, (_, k) => {
    const stream = randomStream(99, k);
    return Float32Array.from({ length: size }, () => 0.1 * stream.normal());
  });
  const stream = randomStream(seed);
  const samples = new Float32Array(count * size).fill(0.5);
  for (let sample = 0; sample < count; sample++) {
    for (const pattern of patterns) {
      const gain = stream.normal();
      for (let i = 0; i < size; i++) samples[sample * size + i] += gain * pattern[i];
    }
  }
  return memorySource(samples);
}

export interface TinyNetwork extends TrainableNetwork {
  readonly parameters: Map<string, tf.Variable>;
  dispose(): void;
}

/** Two products to the preliminary output, a gated third for the final one; `elements` scale the code. */
export function tinyNetwork(seed = 1): TinyNetwork {
  const parameters = new Map<string, tf.Variable>();
  const add = (name: string, dimensions: number[], scale: number, trainable = true) => {
    const stream = randomStream(seed, parameters.size);
    const values = Float32Array.from(
      { length: dimensions.reduce((a, b) => a * b, 1) },
      () => scale * stream.normal(),
    );
    parameters.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, dimensions), trainable)),
    );
  };
  add("encoder.weight", [size, 8], 0.2);
  add("encoder.moving_mean", [1, size], 0, false);
  add("decoder.weight", [8, size], 0.2);
  add("decoder.bias", [size], 0);
  add("predictor.weight", [size, size], 0.05);
  add("predictor.bias", [size], 0);
  const get = (name: string) => parameters.get(name)!;
  return {
    name: "tiny",
    parameters,
    groups: {
      encoder: ["encoder.weight"],
      preliminaryDecoder: ["decoder.weight", "decoder.bias"],
      tokenPredictor: ["predictor.weight", "predictor.bias"],
    },
    forward(channels: tf.Tensor4D, { training, output, elements }: ForwardOptions): tf.Tensor4D {
      return tf.tidy(() => {
        const input = tf.sub(tf.reshape(channels, [-1, size]), 0.5);
        if (training) {
          const moving = get("encoder.moving_mean");
          moving.assign(tf.add(tf.mul(moving, 0.9), tf.mul(tf.mean(input, 0, true), 0.1)));
        }
        let code = tf.matMul(input as tf.Tensor2D, get("encoder.weight") as tf.Tensor2D);
        if (elements) code = tf.mul(code, tf.reshape(tf.div(tf.cast(elements, "float32"), size), [-1, 1]));
        let estimate: tf.Tensor = tf.add(
          tf.matMul(code, get("decoder.weight") as tf.Tensor2D),
          get("decoder.bias"),
        );
        if (output === "final") {
          const change = tf.add(
            tf.matMul(estimate as tf.Tensor2D, get("predictor.weight") as tf.Tensor2D),
            get("predictor.bias"),
          );
          estimate = tf.add(estimate, tf.tanh(change));
        }
        return tf.reshape(tf.add(estimate, 0.5), channels.shape) as tf.Tensor4D;
      });
    },
    dispose() {
      for (const variable of parameters.values()) variable.dispose();
    },
  };
}

/** Every parameter, on the host. */
export async function parametersOf(network: TrainableNetwork): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (const [name, variable] of network.parameters) values[name] = Array.from(await variable.data());
  return values;
}

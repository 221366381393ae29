// What several tests share: a CPU backend, random channels, reading fixtures.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { readFileSync } from "node:fs";
import { randomStream } from "@csi-feedback/common";
import { parseSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { FeedbackNetwork } from "./network";

/** Channels like real ones: a few strong paths over a weak background, in [0, 1] around 0.5. */
export function sparseChannels(seed: number, batch: number, delays: number, antennas: number): Float32Array {
  const stream = randomStream(seed);
  const size = delays * antennas;
  const channels = new Float32Array(batch * 2 * size);
  for (let row = 0; row < batch * 2; row++) {
    for (let path = 0; path < 4; path++) {
      const [delay, antenna, gain] = [
        stream.integer(delays),
        delays && stream.integer(antennas),
        stream.normal(),
      ];
      for (let j = 0; j < size; j++) {
        const [y, x] = [Math.floor(j / antennas) - delay, (j % antennas) - antenna];
        channels[row * size + j] += gain / (1 + y * y + x * x);
      }
    }
  }
  for (let start = 0; start < channels.length; start += 2 * size) {
    const sample = channels.subarray(start, start + 2 * size);
    const peak = sample.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (let i = 0; i < sample.length; i++) sample[i] = 0.5 + (0.499 * sample[i]) / peak;
  }
  return channels;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

export function fixture(name: string): Map<string, SafeTensor> {
  return parseSafetensors(readFileSync(`${import.meta.dirname}/../test/fixtures/${name}`)).tensors as Map<
    string,
    SafeTensor
  >;
}

export function floats(tensors: ReadonlyMap<string, SafeTensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== "F32") throw new Error(`no float tensor ${name}`);
  return tensor.data;
}

/** Random values in every variable, so that nothing is switched off. */
export function disturb(network: FeedbackNetwork): void {
  let seed = 1;
  for (const [name, variable] of network.parameters) {
    const noise = tf.randomNormal(variable.shape, 0, 0.2, "float32", seed++);
    variable.assign(name.endsWith("running_var") ? tf.add(1, tf.abs(noise)) : tf.add(variable, noise));
  }
}

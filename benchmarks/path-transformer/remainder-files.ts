// Reads the files of remainder-data.ts.
import { readFileSync } from "node:fs";

/** Real numbers of a channel. */
export const SIZE = 2048;

/** Channels of energy 1 and what is rebuilt of them at each budget, `[2, 32, 32]` each. */
export interface Data {
  readonly name: string;
  readonly budgets: readonly number[];
  readonly count: number;
  truth(sample: number): Float32Array;
  rebuilt(sample: number, budget: number): Float32Array;
  /** Magnitude of the weakest path sent. */
  weakest(sample: number, budget: number): number;
}

export function readData(path: string): Data {
  const { model, budgets, samples, plus } = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  const bytes = readFileSync(`${path}.f32`);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const record = SIZE + budgets.length * (SIZE + 1);
  const start = (sample: number, budget: number) => sample * record + SIZE + budget * (SIZE + 1);
  return {
    name: `${model}, ${plus ? "LLMCsiNet+" : "sparse paths"}`,
    budgets,
    count: samples,
    truth: (sample) => values.subarray(sample * record, sample * record + SIZE),
    rebuilt: (sample, budget) => values.subarray(start(sample, budget), start(sample, budget) + SIZE),
    weakest: (sample, budget) => values[start(sample, budget) + SIZE],
  };
}

export function errorOf(a: Float32Array, b: Float32Array): number {
  let error = 0;
  for (let i = 0; i < a.length; i++) error += (a[i] - b[i]) ** 2;
  return error;
}

/** Writes a channel turned by a phase at `to[at]`. */
export function writeTurned(channel: Float32Array, phase: number, to: Float32Array, at: number): void {
  const cosine = Math.cos(phase);
  const sine = Math.sin(phase);
  const plane = SIZE / 2;
  for (let i = 0; i < plane; i++) {
    to[at + i] = cosine * channel[i] - sine * channel[i + plane];
    to[at + plane + i] = sine * channel[i] + cosine * channel[i + plane];
  }
}

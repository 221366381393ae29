// Every kernel against tfjs's own cpu backend: results and gradients.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type KernelCase, kernelCases } from "../test/kernel-cases";
import { registerOnnxruntimeBackend } from "./index";

async function results({ inputs, run, gradient }: KernelCase, backend: string): Promise<number[][]> {
  await tf.setBackend(backend);
  const values = inputs();
  const outputs = [run(...values)];
  if (gradient) {
    const loss = (...args: tf.Tensor[]) => {
      const y = run(...args);
      return tf.sum(tf.mul(y, tf.sin(y))) as tf.Scalar;
    };
    outputs.push(...tf.grads(loss)(values));
  }
  const read = await Promise.all(outputs.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose([values, outputs]);
  return read;
}

describe("kernels agree with the cpu backend", () => {
  beforeAll(() => registerOnnxruntimeBackend());
  afterEach(() => tf.disposeVariables());

  test.each(kernelCases.map((entry) => [entry.name, entry] as const))("%s", async (_, entry) => {
    const expected = await results(entry, "cpu");
    const received = await results(entry, "onnxruntime");
    expect(received.map((values) => values.length)).toEqual(expected.map((values) => values.length));
    for (const [index, values] of expected.entries()) {
      const scale = Math.max(1, ...values.filter(Number.isFinite).map(Math.abs));
      const worst = values.findIndex((value, at) => {
        const other = received[index]![at]!;
        return !Object.is(value, other) && !(Math.abs(value - other) <= 2e-5 * scale) && value !== other;
      });
      const shown =
        worst < 0
          ? undefined
          : { output: index, at: worst, expected: values[worst], received: received[index]![worst] };
      expect(shown).toBeUndefined();
    }
  });
});

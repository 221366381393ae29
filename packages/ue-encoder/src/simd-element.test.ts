// The SIMD code of one element against the plain code, bit by bit.
import { randomStream } from "@csi-feedback/common";
import { afterEach, expect, test, vi } from "vitest";
import { elementWeights, foldWeights, plainElement } from "./image";
import { simdElement } from "./simd-element";

afterEach(() => vi.unstubAllGlobals());

function randomWeights(features: number) {
  const stream = randomStream(features);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => stream.uniform() - 0.5);
  const side = (inputs: number, outputs: number) => ({
    kernel: numbers(9 * inputs * outputs),
    bias: numbers(outputs),
    norm: {
      gain: numbers(outputs),
      bias: numbers(outputs),
      mean: numbers(outputs),
      variance: numbers(outputs).map((value) => value + 1),
    },
  });
  return { first: side(2, features), second: side(features, 2) };
}

test.each([1, 2, 5, 64])("%d features: the same bits", (features) => {
  const weights = elementWeights(randomWeights(features));
  const [simd, plain] = [simdElement(weights, 0.3), plainElement(weights)];
  const stream = randomStream(7);
  for (let round = 0; round < 20; round++) {
    for (let tap = 0; tap < 18; tap++) {
      const value = stream.uniform() - 0.5;
      for (const kernel of [simd, plain]) if (kernel !== undefined) kernel.inputs[tap] = value;
    }
    simd?.run();
    plain.run();
    expect(Array.from(simd?.shares ?? [])).toEqual(Array.from(plain.shares));
  }
});

test("without WebAssembly the plain code runs", () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(simdElement(elementWeights(randomWeights(3)), 0.3)).toBeUndefined();
  expect(foldWeights(randomWeights(3)).element.shares.buffer.byteLength).toBe(8 * 18);
});

// Frozen programs against the functions they were traced from.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gpt2Layer, layerParameters, readGolden } from "../test/gpt2-layer";
import { compileInference, gelu, registerOnnxruntimeBackend } from "./index";
import { quantizeColumns } from "./quantize";

beforeAll(() => registerOnnxruntimeBackend());
beforeEach(() => tf.setBackend("onnxruntime"));

function gpt2(batch: number) {
  const [weights, golden] = [readGolden("gpt2-layers-weights"), readGolden("gpt2-layers-io")];
  const parameters = layerParameters.map((name) => tf.variable(weights.get(`h.0.${name}`)!));
  const x = tf.slice(golden.get("input") as tf.Tensor3D, 0, batch) as tf.Tensor3D;
  const forward = (input: tf.Tensor) => gpt2Layer(input as tf.Tensor3D, parameters, 4, true);
  return { x, forward, parameters };
}

describe("compileInference", () => {
  test("computes what the function computes and keeps its own weights", async () => {
    const { x, forward, parameters } = gpt2(2);
    const expected = (await forward(x).data()) as Float32Array;
    const program = await compileInference(forward, [x]);
    expect(program.relativeError).toBeLessThan(1e-5);
    for (const parameter of parameters) parameter.assign(tf.zerosLike(parameter));
    const [output] = await program.run((await x.data()) as Float32Array);
    expect(output!.shape).toEqual([2, 17, 48]);
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - output!.data[i]!)), 0);
    expect(worst).toBeLessThan(1e-4);
    program.dispose();
  });

  test("int8 weights cost little and take a quarter", async () => {
    const [up, down] = [
      tf.randomNormal([256, 512], 0, 0.06, "float32", 1),
      tf.randomNormal([512, 256], 0, 0.04, "float32", 2),
    ];
    // One token is far larger than the others, as GPT-2's first is.
    const sizes = tf.tensor3d([100, ...new Array<number>(16).fill(1)], [1, 17, 1]);
    const x = tf.mul(tf.randomNormal([2, 17, 256], 0, 1, "float32", 3), sizes);
    const forward = (input?: tf.Tensor) => tf.add(input!, tf.matMul(gelu(tf.matMul(input!, up)), down));
    const [float, int8] = [
      await compileInference(forward, [x]),
      await compileInference(forward, [x], { weights: "int8" }),
    ];
    expect(int8.relativeError).toBeGreaterThan(0);
    expect(int8.relativeError).toBeLessThan(0.02);
    expect(int8.modelBytes).toBeLessThan(0.3 * float.modelBytes);
    const data = (await x.data()) as Float32Array;
    const [expected, actual] = [await float.run(data), await int8.run(data)].map(([output]) => output!);
    expect(actual!.shape).toEqual([2, 17, 256]);
    let [difference, power] = [0, 0];
    for (let index = 256; index < 17 * 256; index++) {
      difference += (actual!.data[index]! - expected!.data[index]!) ** 2;
      power += expected!.data[index]! ** 2;
    }
    expect(Math.sqrt(difference / power)).toBeLessThan(0.02);
    float.dispose();
    int8.dispose();
  });

  test("narrow matrices stay float32", async () => {
    const { x, forward } = gpt2(1);
    const program = await compileInference(forward, [x], { weights: "int8" });
    expect(program.relativeError).toBeLessThan(1e-5);
    program.dispose();
  });

  test("several inputs and outputs, one passed through", async () => {
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const program = await compileInference((x, y) => [tf.add(x!, y!), y!], [a, b]);
    const outputs = await program.run(Float32Array.of(5, 6), Float32Array.of(10, 20));
    expect(outputs.map(({ data }) => Array.from(data))).toEqual([
      [15, 26],
      [10, 20],
    ]);
    await expect(program.run(Float32Array.of(1))).rejects.toMatchObject({ code: "INPUT_SIZE" });
    program.dispose();
  });

  test("leaves no tensors behind and needs this backend", async () => {
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    (await compileInference((input) => tf.exp(input!), [x])).dispose();
    expect(tf.memory().numTensors).toBe(before);
    await tf.setBackend("cpu");
    await expect(compileInference((input) => input!, [x])).rejects.toMatchObject({
      code: "NOT_ON_ONNXRUNTIME",
    });
  });
});

test("quantized columns are within half a level of the weights", () => {
  // Subnormal weights have no float32 scale that is 127 times smaller.
  const normal = (x: number) => (Math.abs(x) < 1e-30 ? 0 : x);
  const weights = fc
    .float32Array({ minLength: 12, maxLength: 12, noNaN: true, min: -100, max: 100 })
    .map((values) => values.map(normal));
  fc.assert(
    fc.property(weights, (matrix) => {
      const { values, scales } = quantizeColumns(matrix, 4, 3);
      for (const [index, value] of matrix.entries()) {
        const scale = scales[index % 3]!;
        expect(Math.abs(values[index]! * scale - value)).toBeLessThanOrEqual(0.5001 * scale);
      }
    }),
  );
});

// Products of transposed matrices against tfjs's cpu backend, on both sides of the limit.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { Value } from "./graph";
import { registerOnnxruntimeBackend } from "./index";
import type { OnnxGraph } from "./onnx-model";
import { placeTransposes } from "./transposes";

const product = (perm: number[], left: boolean): OnnxGraph => ({
  nodes: [
    { op: "Transpose", inputs: [left ? "a" : "b"], outputs: ["t"], attributes: { perm } },
    { op: "MatMul", inputs: left ? ["t", "b"] : ["a", "t"], outputs: ["y"], attributes: {} },
  ],
  inputs: [],
  outputs: [{ name: "y", type: "float32", shape: undefined }],
  constants: [],
});
const placed = (graph: OnnxGraph, shape: number[]) =>
  placeTransposes(graph, () => new Value(1, "float32", shape, { host: new Float32Array(0) }));

describe("placeTransposes", () => {
  test("gives a transposed right side to the product", () => {
    const { nodes } = placed(product([1, 0], false), [2000, 2000]);
    expect(nodes.map(({ op, inputs, attributes }) => [op, inputs, attributes])).toEqual([
      ["FusedMatMul", ["a", "b"], { transA: 0, transB: 1 }],
    ]);
  });

  test("gives a left side to the product if it is small", () => {
    expect(placed(product([0, 2, 1], true), [9, 20, 20]).nodes[0]!.attributes).toEqual({
      transA: 1,
      transB: 0,
    });
    const large = product([1, 0], true);
    expect(placed(large, [2000, 2000]).nodes).toEqual(large.nodes);
  });

  test("leaves other transposes, and those that are outputs", () => {
    const other = product([2, 1, 0], false);
    expect(placed(other, [20, 20, 20]).nodes).toEqual(other.nodes);
    const graph = product([1, 0], false);
    const read = {
      ...graph,
      outputs: [...graph.outputs, { name: "t", type: "float32", shape: undefined } as const],
    };
    expect(placed(read, [20, 20]).nodes.map(({ op }) => op)).toEqual(["Transpose", "FusedMatMul"]);
  });
});

describe("products", () => {
  beforeAll(() => registerOnnxruntimeBackend());
  const flags = [true, false];
  const cases = [
    [3, 40, 50, 30],
    [1, 150, 160, 140],
  ].flatMap((sizes) => flags.flatMap((a) => flags.map((b) => [sizes, a, b] as const)));

  test.each(cases)("%j, transposed: %s, %s", async ([batch, rows, inner, columns], a, b) => {
    const x = tf.randomNormal(
      [batch, ...(a ? [inner, rows] : [rows, inner])] as number[],
      0,
      1,
      "float32",
      1,
    );
    const y = tf.randomNormal(
      [batch, ...(b ? [columns, inner] : [inner, columns])] as number[],
      0,
      1,
      "float32",
      2,
    );
    const compute = async (engine: string) => {
      await tf.setBackend(engine);
      // Results of operators, not tensors that exist already, as in a training.
      return tf.tidy(() => tf.matMul(tf.neg(x), tf.neg(y), a, b)).data();
    };
    const [expected, actual] = [await compute("cpu"), await compute("onnxruntime")];
    for (const [index, number] of expected.entries()) expect(actual[index]).toBeCloseTo(number, 3);
    tf.dispose([x, y]);
  });
});

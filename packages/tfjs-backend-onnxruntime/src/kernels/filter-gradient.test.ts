// Both ways to a filter's gradient against tfjs's cpu backend, whichever the costs choose.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { OnnxruntimeBackend } from "../backend";
import { registerOnnxruntimeBackend } from "../index";
import { banded, type PlainConvolution, plainFilterGradient, shifted } from "./filter-gradient";

beforeAll(() => registerOnnxruntimeBackend());

type Case = readonly [
  filter: [number, number],
  channels: [number, number],
  pad: "same" | "valid" | [number, number, number, number],
];

const cases: Case[] = [
  [[1, 1], [3, 2], "same"],
  [[3, 3], [2, 5], "same"],
  [[3, 3], [5, 2], "same"],
  [[3, 3], [3, 3], "valid"],
  [[1, 9], [2, 2], "same"],
  [[9, 1], [2, 3], "same"],
  [[5, 5], [2, 2], "same"],
  [[2, 4], [4, 2], "same"],
  [
    [2, 3],
    [4, 2],
    [3, 0, 1, 4],
  ],
];

const ways = {
  shifted,
  "banded along rows": (...call: Parameters<typeof shifted>) => banded(...call, 0),
  "banded along columns": (...call: Parameters<typeof shifted>) => banded(...call, 1),
  chosen: plainFilterGradient,
};

describe.each(Object.entries(ways))("%s", (_, way) => {
  test.each(cases)("filter %j, channels %j, padding %j", async ([height, width], [inputs, outputs], pad) => {
    const padding = typeof pad === "string" ? pad : [[0, 0], pad.slice(0, 2), pad.slice(2), [0, 0]];
    await tf.setBackend("cpu");
    const x = tf.randomNormal([3, 7, 6, inputs], 0, 1, "float32", 1) as tf.Tensor4D;
    const filter = tf.randomNormal([height, width, inputs, outputs], 0, 1, "float32", 2) as tf.Tensor4D;
    const convolve = (weights: tf.Tensor4D) => tf.conv2d(x, weights, 1, padding as "same");
    const shape = convolve(filter).shape;
    const dy = tf.randomNormal(shape, 0, 1, "float32", 3) as tf.Tensor4D;
    const expected = (await tf
      .grad((w) => convolve(w as tf.Tensor4D))(filter, dy)
      .data()) as Float32Array;

    await tf.setBackend("onnxruntime");
    const backend = tf.backend() as OnnxruntimeBackend;
    const { top, bottom, left, right } = tf.backend_util.computeConv2DInfo(
      x.shape,
      filter.shape,
      1,
      1,
      padding as "same",
    ).padInfo;
    const sizes: PlainConvolution = {
      batch: 3,
      inChannels: inputs,
      outChannels: outputs,
      input: [7, 6],
      output: [shape[1], shape[2]],
      filter: [height, width],
      before: [top, left],
      after: [bottom, right],
    };
    const [images, gradients] = [x, dy].map((tensor) =>
      backend.valueBehind(tf.transpose(tensor, [0, 3, 1, 2])),
    );
    const value = way(backend.operations, images!, gradients!, sizes);
    const result = tf.engine().makeTensorFromTensorInfo(backend.tensorInfo(value));
    const actual = (await tf.transpose(result, [2, 3, 0, 1]).data()) as Float32Array;
    expect(actual.length).toBe(expected.length);
    for (const [index, number] of expected.entries()) expect(actual[index]).toBeCloseTo(number, 3);
  });
});

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { networks } from "./registry";
import { sparseChannels } from "./test-support";
import { startAtZero, zeroStartNetworks } from "./zero-start";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe.each(zeroStartNetworks)("%s from the empty channel", (name) => {
  const small = name === "idasnet" ? { delays: 8, antennas: 8 } : { delays: 8, antennas: 8, codeword: 16 };

  test("estimates 0.5 everywhere, in training and after", async () => {
    const network = networks[name](small, 3);
    startAtZero(network);
    const channels = tf.tensor4d(sparseChannels(1, 4, 8, 8), [4, 2, 8, 8]);
    for (const training of [true, false]) {
      const options = { training, output: "final", elements: tf.fill([4], 16) as tf.Tensor1D } as const;
      const estimate = tf.tidy(() => network.forward(channels, options));
      expect((await estimate.data()).every((value) => value === 0.5)).toBe(true);
    }
    network.dispose();
  });

  test("its image still learns", () => {
    const network = networks[name](small, 3);
    startAtZero(network);
    const channels = tf.tensor4d(sparseChannels(1, 4, 8, 8), [4, 2, 8, 8]);
    const options = { training: true, output: "final", elements: tf.fill([4], 16) as tf.Tensor1D } as const;
    const { value, grads } = tf.variableGrads(() =>
      tf.mean(tf.squaredDifference(network.forward(channels, options), channels)),
    );
    expect(value.dataSync()[0]).toBeGreaterThan(0);
    const moving = Object.values(grads).filter((grad) => tf.max(tf.abs(grad)).dataSync()[0] > 0);
    expect(moving.length).toBeGreaterThan(0);
    network.dispose();
  });
});

test("another network is refused", () => {
  const network = networks.transnet({ delays: 8, antennas: 8, codeword: 8 });
  expect(() => startAtZero(network)).toThrow(/must be one of crnet, csinet, idasnet, received "?transnet/);
  network.dispose();
});

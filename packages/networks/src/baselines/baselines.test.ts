import { existsSync, readFileSync } from "node:fs";
import { parseSafetensors, type SafeTensor } from "@csi-feedback/safetensors";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { loadNetwork, networks } from "../registry";
import { fixture, floats, largestDifference, sparseChannels } from "../test-support";
import { createAcrNet } from "./acrnet";
import { createClNet } from "./clnet";
import { createCrNet } from "./crnet";
import type { DenseCodewordNetwork } from "./dense-codeword";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

async function forward(network: DenseCodewordNetwork, input: Float32Array): Promise<Float32Array> {
  const codewords = await network.encode(input, { batch: input.length / 2048 });
  return network.decode(codewords);
}

describe("against the authors' own code", () => {
  test.each([
    ["crnet-64", createCrNet, 32],
    ["clnet-32", createClNet, 64],
  ] as const)("%s", async (name, create, codeword) => {
    const network = create({ codeword });
    network.assign(fixture(`${name}-weights.safetensors`));
    const golden = fixture(`${name}-io.safetensors`);
    const output = await forward(network, floats(golden, "input"));
    expect(largestDifference(output, floats(golden, "output"))).toBeLessThan(1e-5);
    const graph = tf.tidy(() =>
      network.forward(tf.tensor4d(floats(golden, "input"), [4, 2, 32, 32]), {
        training: false,
        output: "final",
      }),
    );
    expect(largestDifference(await graph.data(), output)).toBeLessThan(1e-6);
    network.dispose();
  });

  const published = `${import.meta.dirname}/../../../../../shared/data/clnet/clnet-64-published.safetensors`;
  test.skipIf(!existsSync(published))("published weights of CLNet load", async () => {
    const network = createClNet({ codeword: 32, firstAxis: "angle" });
    network.assign(parseSafetensors(readFileSync(published)).tensors as Map<string, SafeTensor>);
    const output = await forward(network, sparseChannels(3, 1, 32, 32));
    expect(output.every((value) => value >= 0 && value <= 1)).toBe(true);
    network.dispose();
  });
});

test("seeing the angle axis first is seeing the transposed channel", async () => {
  const one = createCrNet({ codeword: 8, delays: 12, antennas: 16 }, 5);
  const other = createCrNet({ codeword: 8, delays: 16, antennas: 12, firstAxis: "angle" }, 5);
  const channels = sparseChannels(3, 1, 12, 16);
  const transpose = (x: Float32Array, rows: number, columns: number) =>
    Float32Array.from(x, (_, i) => {
      const [plane, j] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
      return x[plane * rows * columns + (j % rows) * columns + Math.floor(j / rows)];
    });
  const expected = await one.decode(await one.encode(channels, { batch: 1 }));
  const ours = await other.decode(await other.encode(transpose(channels, 12, 16), { batch: 1 }));
  expect(largestDifference(transpose(ours, 16, 12), expected)).toBeLessThan(1e-6);
});

/** Millions (or thousands) with two decimals, as the tables print them. */
const printed = (count: number) =>
  count >= 1e4 ? `${(count / 1e6).toFixed(2)}M` : `${(count / 1e3).toFixed(2)}K`;

describe("parameter counts", () => {
  // Table IV; TransInDecNet's two numbers at 1/8 stand in each other's column there (0.80M, 0.52M).
  test.each([
    ["crnet", ["0.52M 0.53M", "0.26M 0.27M", "0.13M 0.14M", "0.07M 0.07M"]],
    ["idasnet", ["3.16K 3.36K", "3.16K 3.36K", "3.16K 3.36K", "3.16K 3.36K"]],
    ["transindecnet", ["0.52M 0.80M", "0.26M 0.54M", "0.13M 0.41M", "0.07M 0.34M"]],
    ["gcrnet", ["0.52M 2.18M", "0.26M 1.92M", "0.13M 1.79M", "0.07M 1.72M"]],
  ])("%s as Table IV prints them", (name, expected) => {
    const rows = [256, 128, 64, 32].map((codeword) => {
      const network = networks[name](name === "idasnet" ? {} : { codeword });
      const row = `${printed(network.parameterCount("ue"))} ${printed(network.parameterCount("bs"))}`;
      network.dispose();
      return row;
    });
    expect(rows).toEqual(expected);
  });

  test.each([
    ["crnet", 2_102_838, 136_278],
    ["csinet", 2_103_116, 136_556],
    ["clnet", 2_101_958, 135_398],
    ["acrnet", 2_102_344, 135_784],
    ["transnet", 2_678_912, undefined],
  ])("%s at 1/4 and 1/64", (name, quarter, smallest) => {
    for (const [codeword, expected] of [
      [512, quarter],
      [32, smallest],
    ] as const) {
      if (expected === undefined) continue;
      const network = networks[name]({ codeword });
      expect(network.parameterCount("ue") + network.parameterCount("bs")).toBe(expected);
      network.dispose();
    }
  });

  test.each([
    [10, 2_122_504],
    [20, 2_144_904],
  ])("ACRNet-%ix at 1/4", (expansion, expected) => {
    const network = createAcrNet({ codeword: 512, expansion });
    expect(network.parameterCount("ue") + network.parameterCount("bs")).toBe(expected);
    network.dispose();
  });
});

describe.each(["crnet", "csinet", "clnet", "acrnet", "transnet", "transindecnet", "gcrnet"])("%s", (name) => {
  const options = { codeword: 16, delays: 8, antennas: 8 };
  const channels = sparseChannels(4, 3, 8, 8);

  test("trains: every parameter gets a gradient", async () => {
    const network = networks[name](options, 2);
    const input = tf.tensor4d(channels, [3, 2, 8, 8]);
    const { grads } = tf.variableGrads(() =>
      tf.mean<tf.Scalar>(
        tf.square(tf.sub(input, network.forward(input, { training: true, output: "final" }))),
      ),
    );
    const silent = [];
    for (const parameter of Object.values(network.groups).flat()) {
      const gradient = await grads[network.parameters.get(parameter)!.name]?.data();
      if (!gradient?.some((entry) => entry !== 0)) silent.push(parameter);
    }
    expect(silent).toEqual([]);
    network.dispose();
  });

  test("a sample's result does not depend on its batch, and survives saving", async () => {
    const network = networks[name](options, 2);
    const together = await network.decode(await network.encode(channels, { batch: 3 }));
    const loaded = loadNetwork(await network.save(), name);
    const alone = await loaded.decode(await loaded.encode(channels.slice(128, 256), { batch: 1 }));
    expect(largestDifference(alone, together.slice(128, 256))).toBeLessThan(1e-6);
    network.dispose();
    loaded.dispose();
  });

  test("bad input", async () => {
    const network = networks[name](options);
    for (const [code, promise] of [
      ["INVALID_SHAPE", network.encode(channels, { batch: 2 })],
      ["INVALID_SHAPE", network.encode(new Float32Array(0), { batch: 0 })],
      [
        "NOT_FINITE",
        network.encode(
          channels.map(() => Number.NaN),
          { batch: 3 },
        ),
      ],
      ["INVALID_SHAPE", network.decode([])],
      ["INVALID_CODEWORD", network.decode([{ values: new Float32Array(15) }])],
    ] as const) {
      await expect(promise).rejects.toMatchObject({ code });
    }
    expect(() => networks[name]({ codeword: 0 })).toThrowError(
      expect.objectContaining({ code: "INVALID_CONFIGURATION" }),
    );
    network.dispose();
  });
});

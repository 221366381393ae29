import { randomStream } from "@csi-feedback/common";
import { createLlamaLayers } from "@csi-feedback/gpt2-layers";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { largestDifference } from "../test-support";
import type { Llm4XceModule, Llm4XceOptions } from "./configuration";
import { domainTransform } from "./domain";
import type { ChannelEstimatorNetwork } from "./estimator";
import { createLlm4Xce } from "./llm4xce";
import { createMatCeNet } from "./mat-cenet";
import { loadChannelEstimator } from "./registry";
import { createXlcNet } from "./xlcnet";

const small: Llm4XceOptions = {
  antennas: 16,
  maps: 8,
  heads: 2,
  headMaps: 4,
  layers: { width: 16, heads: 2, depth: 4, positions: 16 },
};

function observations(batch: number, side: number): Float32Array {
  const stream = randomStream(1);
  return Float32Array.from({ length: batch * 2 * side * side }, () => 0.5 + stream.normal());
}

/** Random values in every variable, so that nothing is switched off. */
function disturb({ parameters }: ChannelEstimatorNetwork): void {
  let seed = 1;
  for (const [name, variable] of parameters) {
    const noise = tf.randomNormal(variable.shape, 0, 0.1, "float32", seed++);
    variable.assign(name.endsWith("running_var") ? tf.add(1, tf.abs(noise)) : tf.add(variable, noise));
  }
}

beforeAll(() => tf.setBackend("cpu"));

describe("sizes", () => {
  test("XLCNet has the published number of parameters", () => {
    const { trained, frozen, statistics } = createXlcNet().size;
    expect([trained + statistics, frozen]).toEqual([262_914, 0]);
  });

  test("the paper trains about 17 million parameters", () => {
    // Two of the twelve layers: the ten frozen ones have 10 * 7,087,872 parameters.
    const network = createLlm4Xce({ layers: { depth: 2 } });
    expect(network.size).toEqual({ trained: 16_976_514, frozen: 0, statistics: 0 });
    network.dispose();
  });

  test("the split of LLM4XCE follows its layers", () => {
    const { size, groups } = createLlm4Xce(small);
    const layer = 12 * 16 ** 2 + 13 * 16;
    expect(size.frozen).toBe(2 * layer);
    const [embedding, head] = [
      2 * 9 * 8 + 8 + 2 * (16 + 4 * (64 + 8) + 4 * (256 + 16) + (16 * 8 + 8)) + 8 * 16 + 16,
      16 * 8 + 8 + (9 * 8 * 4 + 4) + (9 * 4 * 2 + 2),
    ];
    expect(size.trained).toBe(embedding + head + 2 * layer + 2 * 16 + 16 * 16);
    expect(groups.languageModel).toContain("languageModel.wpe.weight");
    expect(groups.languageModel).not.toContain("languageModel.h.1.mlp.c_fc.weight");
    expect(groups.languageModel).toContain("languageModel.h.2.mlp.c_fc.weight");
  });
});

describe("every estimator", () => {
  const networks: [string, () => ChannelEstimatorNetwork][] = [
    ["llm4xce", () => createLlm4Xce(small, { seed: 3 })],
    ["xlcnet", () => createXlcNet({ antennas: 16, maps: 4, depth: 2 }, 3)],
    ["mat-cenet", () => createMatCeNet({ antennas: 16, maps: 8, heads: 2 }, 3)],
  ];

  test.each(networks)("%s: comes back from its file, and estimate is forward", async (_, create) => {
    const network = create();
    disturb(network);
    const observed = observations(3, 4);
    const estimate = await network.estimate(observed, { batch: 3 });
    const again = loadChannelEstimator(await network.save());
    expect(await again.estimate(observed, { batch: 3 })).toEqual(estimate);
    const second = await network.estimate(observed.slice(32, 64), { batch: 1 });
    expect(largestDifference(second, estimate.slice(32, 64))).toBeLessThan(1e-5);
    await expect(network.estimate(observed, { batch: 2 })).rejects.toMatchObject({ code: "INVALID_SHAPE" });
    expect(await network.multiplyAccumulates()).toBeGreaterThan(1000);
  });

  test.each(networks)("%s: every trained parameter has a gradient, and no other", (_, create) => {
    const network = create();
    disturb(network);
    const names = Object.values(network.groups).flat();
    const observed = tf.tensor4d(observations(2, 4), [2, 2, 4, 4]);
    const loss = () =>
      tf.mean(tf.square(network.forward(observed, { training: true, output: "final" }))) as tf.Scalar;
    const { grads } = tf.variableGrads(loss);
    const found = [...network.parameters].filter(([, { name }]) => name in grads).map(([name]) => name);
    expect(found.sort()).toEqual(names.sort());
    for (const [name, variable] of network.parameters) {
      // A bias of keys moves every score of a query by the same amount, which changes nothing.
      if (!found.includes(name) || name.endsWith("key.bias")) continue;
      expect(tf.max(tf.abs(grads[variable.name])).dataSync()[0], name).toBeGreaterThan(0);
    }
  });
});

test.each(["angle", "planar-angle"] as const)("%s domain: a path is one entry, and back", async (domain) => {
  const transform = domainTransform(domain, 4);
  const cycles = (n: number) => (domain === "angle" ? (3 * n) / 16 : (Math.floor(n / 4) + 2 * (n % 4)) / 4);
  const values = Array.from({ length: 32 }, (_, i) => {
    const phase = -2 * Math.PI * cycles(i % 16);
    return (i < 16 ? Math.cos(phase) : Math.sin(phase)) / 4;
  });
  const wave = tf.tensor4d(values, [1, 2, 4, 4]);
  const angles = (await transform?.forward(wave).data()) as Float32Array;
  const place = domain === "angle" ? 3 : 6;
  expect(angles[place]).toBeCloseTo(1, 5);
  expect(angles.filter((value) => Math.abs(value) > 1e-5)).toHaveLength(1);
  const network = createXlcNet({ antennas: 16, maps: 4, depth: 1, domain });
  disturb(network);
  const observed = observations(1, 4);
  const again = loadChannelEstimator(await network.save());
  expect(await again.estimate(observed, { batch: 1 })).toEqual(
    await network.estimate(observed, { batch: 1 }),
  );
  expect(() => createXlcNet({ domain: "delay" as "angle" })).toThrow(/domain/);
});

describe("LLM4XCE", () => {
  test("starts as the least-squares estimate", async () => {
    const observed = observations(1, 4);
    expect(largestDifference(await createLlm4Xce(small).estimate(observed, { batch: 1 }), observed)).toBe(0);
    const direct = createLlm4Xce({ ...small, without: ["residual"] });
    expect(await direct.estimate(observed, { batch: 1 })).toEqual(new Float32Array(32).fill(0.5));
  });

  test("frozen layers cost no matrix product for their weights' gradients", async () => {
    const products = async (tunedLayers: number) => {
      const network = createLlm4Xce({ ...small, tunedLayers });
      disturb(network);
      const observed = tf.tensor4d(observations(1, 4), [1, 2, 4, 4]);
      const { kernels } = await tf.profile(
        () =>
          tf.variableGrads(
            () => tf.mean(network.forward(observed, { training: true, output: "final" })) as tf.Scalar,
          ).grads,
      );
      return kernels.filter(({ name }) => name === "BatchMatMul").length;
    };
    // A GPT-2 layer has four projections.
    expect((await products(4)) - (await products(1))).toBe(3 * 4);
  });

  test.each(["featureAttention", "spatialAttention", "languageModel"] as const satisfies Llm4XceModule[])(
    "can do without %s",
    async (module) => {
      const network = createLlm4Xce({ ...small, without: [module] });
      disturb(network);
      const prefixes = {
        featureAttention: ".feature.",
        spatialAttention: ".spatial.",
        languageModel: "languageModel.",
      };
      expect([...network.parameters.keys()].some((name) => name.includes(prefixes[module]))).toBe(false);
      const estimate = await network.estimate(observations(1, 4), { batch: 1 });
      expect(estimate.every(Number.isFinite)).toBe(true);
      expect(loadChannelEstimator(await network.save()).size).toEqual(network.size);
    },
  );

  test("several antennas can make a token", async () => {
    const network = createLlm4Xce({ ...small, antennasPerToken: 4 });
    disturb(network);
    expect(network.parameters.get("embedding.widen.weight")?.shape).toEqual([32, 16]);
    const observed = observations(1, 4);
    const estimate = await network.estimate(observed, { batch: 1 });
    expect(await loadChannelEstimator(await network.save()).estimate(observed, { batch: 1 })).toEqual(
      estimate,
    );
    expect(() => createLlm4Xce({ ...small, antennasPerToken: 3 })).toThrow(/antennasPerToken/);
  });

  test("takes given layers over, of any family", async () => {
    const layers = createLlamaLayers({
      width: 12,
      heads: 2,
      hidden: 20,
      layers: 3,
      seed: 5,
      finalNorm: true,
    });
    const network = createLlm4Xce({ ...small, tunedLayers: 1 }, { layers });
    disturb(network);
    expect(network.groups.embedding).toContain("embedding.positions");
    expect(network.groups.languageModel).toContain("languageModel.model.norm.weight");
    expect(network.size.frozen).toBe(2 * (4 * 144 + 3 * 240 + 24));
    const observed = observations(1, 4);
    const again = loadChannelEstimator(await network.save());
    expect(await again.estimate(observed, { batch: 1 })).toEqual(
      await network.estimate(observed, { batch: 1 }),
    );
  });

  test("impossible sizes are refused", () => {
    for (const wrong of [{ antennas: 15 }, { maps: 7 }, { tunedLayers: 5 }, { blocks: -1 }]) {
      expect(() => createLlm4Xce({ ...small, ...wrong })).toThrow(/createLlm4Xce/);
    }
    expect(() => createXlcNet({ antennas: 10 })).toThrow(/square/);
  });
});

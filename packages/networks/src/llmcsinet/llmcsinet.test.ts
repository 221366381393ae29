import { isCsiFeedbackError } from "@csi-feedback/common";
import { informationMask, selectLargest, selfInformation } from "@csi-feedback/self-information";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { assignTensors } from "../checkpoint";
import { parseCheckpoint } from "../checkpoint-file";
import { toPlanesFirst, toPlanesLast } from "../layers";
import type { FeedbackNetwork } from "../network";
import { Parameters } from "../parameters";
import { loadNetwork } from "../registry";
import { disturb, fixture, floats, largestDifference, sparseChannels } from "../test-support";
import { defaultConfigurations, type LlmCsiNetOptions } from "./configuration";
import { createLlmCsiNet } from "./create";
import { maskOf, selfInformationOf } from "./mask";
import { paperPreliminaryDecoder } from "./preliminary-decoder";
import { largestMask } from "./selection";

const small = {
  delays: 8,
  antennas: 8,
  encoder: { channels: 4 },
  preliminaryDecoder: { channels: 4, kernel: 3 },
  layers: { width: 16, heads: 2, depth: 1 },
} as const;
const size = 2 * 8 * 8;

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function run(
  network: FeedbackNetwork,
  channels: Float32Array,
  elements: number[],
  output: "preliminary" | "final",
) {
  const [planes, delays, antennas] = network.shape;
  return tf.tidy(() =>
    network.forward(tf.tensor4d(channels, [elements.length, planes, delays, antennas]), {
      training: false,
      output,
      elements: tf.tensor1d(elements),
    }),
  );
}

test("a frozen group does not move at all, its batch statistics included", async () => {
  const network = createLlmCsiNet({ ...small, form: "paper" });
  const channels = tf.tensor4d(sparseChannels(4, 3, 8, 8), [3, 2, 8, 8]);
  const elements = tf.tensor1d([5, 9, 20]);
  const statistics = async (group: string) => {
    const names = [...network.parameters.keys()].filter(
      (name) => /running/.test(name) && name.startsWith(group),
    );
    return Promise.all(names.map(async (name) => [...(await network.parameters.get(name)!.data())]));
  };
  const before = { encoder: await statistics("encoder"), decoder: await statistics("preliminaryDecoder") };
  tf.tidy(() =>
    network.forward(channels, { training: true, frozen: ["encoder"], output: "final", elements }),
  );
  expect(await statistics("encoder")).toEqual(before.encoder);
  expect(await statistics("preliminaryDecoder")).not.toEqual(before.decoder);
  network.dispose();
});

describe("parts", () => {
  test("the preliminary decoder equals the golden vectors", async () => {
    const golden = fixture("preliminary-decoder.safetensors");
    const parameters = new Parameters(0);
    const decoder = paperPreliminaryDecoder(parameters, "p", defaultConfigurations.paper.preliminaryDecoder);
    const names: Record<string, string> = {
      w: "conv.weight",
      b: "conv.bias",
      g: "norm.weight",
      beta: "norm.bias",
    };
    Object.assign(names, { mean: "norm.running_mean", var: "norm.running_var" });
    const renamed = [...golden]
      .filter(([name]) => !/^(input|output)/.test(name))
      .map(([name, tensor]) => {
        const [, block, step, kind] = /^(?:refine\.(\d)\.(\d)|out)\.(\w+)$/.exec(name)!;
        const [layer, field] = names[kind].split(".");
        return [
          block === undefined ? `p.${layer}.${field}` : `p.refine.${block}.${layer}${step}.${field}`,
          tensor,
        ] as const;
      });
    assignTensors("golden", parameters, new Map(renamed));
    const output = tf.tidy(() =>
      toPlanesFirst(decoder(toPlanesLast(tf.tensor4d(floats(golden, "input"), [2, 2, 32, 32])), false)),
    );
    expect(largestDifference(await output.data(), floats(golden, "output_before_activation"))).toBeLessThan(
      1e-5,
    );
    parameters.dispose();
  });

  test.each([
    ["none", 1, 0],
    ["none", 3, 0.5],
    ["sample", 3, 0.5],
  ] as const)(
    "the mask equals the plain reference (normalization %s, patch %i, padding %f)",
    async (normalization, patch, padding) => {
      const channels = sparseChannels(5, 3, 8, 12);
      const options = { normalization, patch, padding, bandwidth: 0.5 };
      const plain = selfInformation(channels, [3, 2, 8, 12], options);
      const composed = selfInformationOf(tf.tensor4d(channels, [3, 2, 8, 12]), options);
      expect(largestDifference(await composed.data(), plain)).toBeLessThan(1e-4);
      for (const threshold of [{ quantile: 0.7 }, { bits: 0.9 }]) {
        const mask = maskOf(tf.tensor3d(plain, [3, 8, 12]), threshold);
        expect(Array.from(await mask.data())).toEqual(
          Array.from(informationMask(plain, [3, 8, 12], threshold)),
        );
      }
    },
  );

  test("the dense mask selects what the typed-array selection selects, ties included", async () => {
    const keys = Float32Array.of(0.5, 0.5, 0.1, 0.9, 0.5, 0, 0, 0, 0, 1);
    const mask = await largestMask(tf.tensor2d(keys, [2, 5]), tf.tensor1d([3, 2])).data();
    const positions = (row: number) =>
      [...mask.slice(row * 5, row * 5 + 5).entries()].filter(([, v]) => v === 1).map(([i]) => i);
    expect(positions(0)).toEqual(Array.from(selectLargest(keys.slice(0, 5), 3)));
    expect(positions(1)).toEqual(Array.from(selectLargest(keys.slice(5), 2)));
  });
});

const variants: [string, LlmCsiNetOptions][] = [
  ["residual", small],
  ["paper", { ...small, form: "paper" }],
  [
    "paper, class token last, bidirectional, sigmoid",
    { ...small, form: "paper", tokenPredictor: { classToken: "last", causal: false, activation: "sigmoid" } },
  ],
  [
    "LLaMA layers",
    {
      ...small,
      layers: {
        family: "llama",
        width: 16,
        heads: 4,
        keyValueHeads: 2,
        hidden: 24,
        depth: 2,
        finalNorm: true,
      },
    },
  ],
  ["residual, rows as tokens", { ...small, tokenPredictor: { patch: [1, 8], classToken: "last" } }],
  ...(["value", "magnitude", "self-information"] as const).map((sortKey): [string, LlmCsiNetOptions] => [
    `paper by ${sortKey}`,
    { ...small, form: "paper", encoder: { channels: 4, sortKey } },
  ]),
  ...(["encoder", "preliminaryDecoder", "tokenPredictor"] as const).flatMap(
    (module): [string, LlmCsiNetOptions][] => [
      [`residual without ${module}`, { ...small, without: [module] }],
      [`paper without ${module}`, { ...small, form: "paper", without: [module] }],
    ],
  ),
];

describe.each(variants)("%s", (_, options) => {
  test("encode and decode equal the training graph", async () => {
    const network = createLlmCsiNet(options, { seed: 3 });
    disturb(network);
    const channels = sparseChannels(7, 3, 8, 8);
    for (const output of ["preliminary", "final"] as const) {
      for (const elements of [1, 20]) {
        const codewords = await network.encode(channels, { batch: 3, elements });
        const decoded = await network.decode(codewords, { output });
        const graph = await run(network, channels, [elements, elements, elements], output).data();
        expect(largestDifference(decoded, graph)).toBeLessThan(2e-5);
      }
    }
    network.dispose();
  });

  test("codewords hold exactly M values at ascending positions, batch mates do not matter", async () => {
    const network = createLlmCsiNet(options, { seed: 3 });
    disturb(network);
    const channels = sparseChannels(7, 3, 8, 8);
    const together = await network.encode(channels, { batch: 3, elements: 9 });
    for (const [sample, { values, positions }] of together.entries()) {
      expect(values.length).toBe(9);
      expect(Array.from(positions!)).toEqual(Array.from(new Set(positions)).sort((a, b) => a - b));
      const alone = await network.encode(channels.slice(sample * size, (sample + 1) * size), {
        batch: 1,
        elements: 9,
      });
      expect(alone[0]).toEqual(together[sample]);
    }
    const decoded = await network.decode(together);
    const reversed = await network.decode(together.toReversed());
    expect(largestDifference(decoded.slice(0, size), reversed.slice(2 * size))).toBeLessThan(1e-6);
    network.dispose();
  });

  test("a saved network comes back the same", async () => {
    const network = createLlmCsiNet(options, { seed: 3 });
    disturb(network);
    const bytes = await network.save({ note: "kept" });
    const loaded = loadNetwork(bytes, "llmcsinet");
    expect(loaded.configuration).toEqual(network.configuration);
    for (const [name, variable] of network.parameters) {
      expect(await loaded.parameters.get(name)!.data()).toEqual(await variable.data());
    }
    network.dispose();
    loaded.dispose();
  });

  test("every trained parameter gets a gradient, and nothing leaks", async () => {
    const network = createLlmCsiNet(options, { seed: 3 });
    disturb(network);
    const input = tf.tensor4d(sparseChannels(7, 3, 8, 8), [3, 2, 8, 8]);
    const elements = tf.tensor1d([5, 20, 60]);
    const before = tf.memory().numTensors;
    const { value, grads } = tf.variableGrads(() =>
      tf.mean<tf.Scalar>(
        tf.square(tf.sub(input, network.forward(input, { training: true, output: "final", elements }))),
      ),
    );
    const trained = Object.values(network.groups).flat();
    const zero = await Promise.all(
      trained.map(async (name) => {
        const gradient = await grads[network.parameters.get(name)!.name]?.data();
        return gradient?.some((entry) => entry !== 0) ? "" : name;
      }),
    );
    expect(zero.filter(Boolean)).toEqual([]);
    tf.dispose([value, ...Object.values(grads)]);
    expect(tf.memory().numTensors).toBe(before);
    network.dispose();
  });
});

describe("the residual form", () => {
  test("untrained, it equals the control: M largest deviations and mean fill", async () => {
    const network = createLlmCsiNet(small, { seed: 9 });
    const channels = sparseChannels(11, 2, 8, 8);
    const codewords = await network.encode(channels, { batch: 2, elements: 12 });
    const decoded = await network.decode(codewords);
    const graph = await run(network, channels, [12, 12], "final").data();
    for (let sample = 0; sample < 2; sample++) {
      const own = channels.subarray(sample * size, (sample + 1) * size);
      const mean = Math.fround(own.reduce((sum, value) => sum + value, 0) / size);
      const kept = new Set(
        selectLargest(
          own.map((value) => Math.abs(value - mean)),
          12,
        ),
      );
      const control = own.map((value, i) => (kept.has(i) ? value : mean));
      expect(decoded.slice(sample * size, (sample + 1) * size)).toEqual(control);
      expect(largestDifference(graph.slice(sample * size, (sample + 1) * size), control)).toBeLessThan(1e-6);
    }
    network.dispose();
  });

  test("trained or not, visible elements stay as fed back and missing ones within tau", async () => {
    const network = createLlmCsiNet(small, { seed: 9 });
    disturb(network);
    const [codeword] = await network.encode(sparseChannels(11, 1, 8, 8), { batch: 1, elements: 12 });
    const decoded = await network.decode([codeword]);
    const tau = codeword.values.reduce(
      (least, value) => Math.min(least, Math.abs(value - codeword.mean!)),
      1,
    );
    const visible = new Map(Array.from(codeword.positions!, (position, i) => [position, codeword.values[i]]));
    for (const [i, value] of decoded.entries()) {
      if (visible.has(i)) expect(value).toBe(visible.get(i));
      else expect(Math.abs(value - codeword.mean!)).toBeLessThanOrEqual(tau * 1.00001);
    }
    network.dispose();
  });
});

describe("parameter counts of Table IV", () => {
  test("f_EN and f_PD", () => {
    const network = createLlmCsiNet({ form: "paper", without: ["tokenPredictor"] });
    expect(network.parameterCount("ue")).toBe(3159);
    expect(network.parameterCount("bs")).toBe(3362);
    network.dispose();
  });

  test("S, M and L on layers of GPT-2 Large", () => {
    const network = createLlmCsiNet({ form: "paper", layers: { depth: 1 } });
    const total = network.parameterCount("bs");
    const layer = network.layers!.parameterCount;
    const millions = [1, 3, 6].map((depth) => ((total + (depth - 1) * layer) / 1e6).toFixed(2));
    expect(millions).toEqual(["19.85", "59.21", "118.24"]);
    network.dispose();
  });
});

describe("bad input", () => {
  test.each([
    ["INVALID_CONFIGURATION", () => createLlmCsiNet({ form: "other" as "paper" })],
    ["INVALID_CONFIGURATION", () => createLlmCsiNet({ ...small, tokenPredictor: { patch: [3, 4] } })],
    ["INVALID_CONFIGURATION", () => createLlmCsiNet({ ...small, preliminaryDecoder: { kernel: 4 } })],
  ])("%s %#", (code, make) => {
    expect(make).toThrowError(expect.objectContaining({ code }));
  });

  test("channels and codewords", async () => {
    const network = createLlmCsiNet(small);
    const channels = sparseChannels(1, 1, 8, 8);
    const [codeword] = await network.encode(channels, { batch: 1, elements: 4 });
    const nan = channels.map((value, i) => (i === 3 ? Number.NaN : value));
    for (const [code, promise] of [
      ["INVALID_SHAPE", network.encode(channels, { batch: 2, elements: 4 })],
      ["INVALID_SHAPE", network.encode(new Float32Array(0), { batch: 0, elements: 4 })],
      ["NOT_FINITE", network.encode(nan, { batch: 1, elements: 4 })],
      ["INVALID_COUNT", network.encode(channels, { batch: 1 })],
      ["INVALID_COUNT", network.encode(channels, { batch: 1, elements: 0 })],
      ["INVALID_COUNT", network.encode(channels, { batch: 1, elements: size + 1 })],
      ["INVALID_SHAPE", network.decode([])],
      ["INVALID_CODEWORD", network.decode([{ values: codeword.values }])],
      ["INVALID_CODEWORD", network.decode([{ ...codeword, values: codeword.values.slice(1) }])],
      ["INVALID_CODEWORD", network.decode([{ ...codeword, positions: Int32Array.of(0, 1, 2, size) }])],
      ["INVALID_CODEWORD", network.decode([{ ...codeword, positions: Int32Array.of(0, 1, 1, 2) }])],
      ["INVALID_CODEWORD", network.decode([{ ...codeword, mean: Number.NaN }])],
    ] as const) {
      await expect(promise).rejects.toMatchObject({ code });
    }
    network.dispose();
  });

  test("checkpoints of another network or shape, cut short, or no checkpoint at all", async () => {
    const network = createLlmCsiNet(small);
    const bytes = await network.save();
    for (const length of [0, 5, 100, bytes.length - 1]) {
      let caught: unknown;
      try {
        loadNetwork(bytes.slice(0, length));
      } catch (error) {
        caught = error;
      }
      expect(isCsiFeedbackError(caught)).toBe(true);
    }
    expect(() => loadNetwork(bytes, "crnet")).toThrow("must hold crnet, received llmcsinet");
    const wider = createLlmCsiNet({ ...small, encoder: { channels: 5 } });
    expect(() => network.assign(fixture("preliminary-decoder.safetensors"))).toThrow(
      "llmcsinet: the file has no tensor encoder.conv1.weight [4, 2, 3, 3]",
    );
    const other = parseCheckpoint(await wider.save());
    expect(() => network.assign(other.tensors)).toThrow(
      "tensor encoder.conv1.weight must be [4, 2, 3, 3], received [5, 2, 3, 3]",
    );
    network.dispose();
    wider.dispose();
  });
});

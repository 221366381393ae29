// Which bytes of a GPT-2 file are read, and what happens to files that are not what they should be.
import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeSafetensors,
  parseHeader,
  parseSafetensors,
  planReads,
  type SafeTensor,
} from "@csi-feedback/safetensors";
import { openSafetensors } from "@csi-feedback/safetensors/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { RangeServer } from "../../safetensors/test/range-server";
import { gpt2Architecture } from "./gpt2-architecture";
import { createGpt2Layers, loadGpt2Layers } from "./index";
import { parameterSpecs } from "./layer-stack";

const fixtures = join(import.meta.dirname, "../test/fixtures");
const width = 8;
const layerBytes = 4 * (12 * width ** 2 + 13 * width);

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A file in the layout of GPT-2's: names in text order, masks, embeddings, no padding of the header. */
function gpt2File(layers: number, prefix = "", type: "F32" | "F16" | "BF16" = "F32"): Uint8Array {
  const architecture = gpt2Architecture({ width, heads: 2, depth: layers, positions: 20 });
  const shapes = new Map<string, readonly number[]>([[`${prefix}wte.weight`, [300, width]]]);
  for (const [name, { shape }] of parameterSpecs(architecture, {
    depth: layers,
    positions: true,
    finalNorm: true,
  })) {
    shapes.set(prefix + name, shape);
  }
  for (let layer = 0; layer < layers; layer++) shapes.set(`${prefix}h.${layer}.attn.bias`, [1, 1, 20, 20]);
  const tensors = [...shapes].map(([name, shape], index): [string, SafeTensor] => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(
      (_, i) => ((i * 7 + index) % 64) / 64,
    );
    return [name, { dtype: type, shape, data }];
  });
  return encodeSafetensors(tensors);
}

function fileValues(file: Uint8Array, name: string): Float32Array {
  return parseSafetensors(file).tensors.get(name)!.data as Float32Array;
}

describe("gpt2-large", () => {
  const json = readFileSync(join(fixtures, "gpt2-large.header.json"));
  const prefix = new Uint8Array(8 + json.length);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(json.length), true);
  prefix.set(json, 8);
  const header = parseHeader(prefix, 3_247_159_078);

  test("layers 0 to 5 are 472,258,560 bytes, without the masks", () => {
    const architecture = gpt2Architecture({ width: 1280, heads: 20, depth: 6, positions: 0 });
    const specs = parameterSpecs(architecture, { depth: 6, positions: false, finalNorm: false });
    const ranges = planReads(header, specs.keys());
    expect(ranges.reduce((sum, { begin, end }) => sum + end - begin, 0)).toBe(472_258_560);
    expect(ranges.map(({ begin }) => begin).sort((a, b) => a - b)).toEqual(
      [43_814, 82_947_878, 994_892_582, 1_906_837_286, 2_487_165_734, 2_570_069_798].map(
        (start) => start + 2 ** 22,
      ),
    );
    for (const [name, { shape }] of specs) expect(header.tensors.get(name)?.shape).toEqual(shape);
  });

  test("a layer has 19,677,440 parameters; with ln_f and 65 positions, six have 118,150,400", () => {
    const count = (depth: number, positions: boolean, finalNorm: boolean) =>
      [
        ...parameterSpecs(gpt2Architecture({ width: 1280, heads: 20, depth, positions: 65 }), {
          depth,
          positions,
          finalNorm,
        }).values(),
      ].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(count(1, false, false)).toBe(19_677_440);
    expect(count(6, true, true)).toBe(6 * 19_677_440 + 2560 + 83_200);
  });
});

describe("reading", () => {
  test("over HTTP, nothing but the header and the layers asked for is transferred, and once only", async () => {
    const server = await RangeServer.start();
    const cache = await mkdtemp(join(tmpdir(), "gpt2-layers-"));
    vi.stubEnv("CSI_FEEDBACK_CACHE", cache);
    vi.stubEnv("HF_ENDPOINT", server.origin);
    const file = gpt2File(12);
    server.files.set("/openai-community/gpt2-tiny/resolve/main/model.safetensors", file);
    const options = { source: "openai-community/gpt2-tiny", layers: 6, heads: 2 };
    const layers = await loadGpt2Layers(options);
    const headerBytes = parseHeader(file, file.length).dataOffset;
    expect(server.takeBytes()).toBe(headerBytes + 6 * layerBytes);
    for (const [name, variable] of layers.parameters)
      expect(await variable.data()).toEqual(fileValues(file, name));
    await loadGpt2Layers(options);
    expect(server.takeBytes()).toBe(8);
    await server.stop();
    await rm(cache, { recursive: true });
  });

  test("the same from a local file or an open reader", async () => {
    const file = gpt2File(12);
    const reader = await openSafetensors(file);
    const before = reader.bytesRead;
    const layers = await loadGpt2Layers({ source: reader, layers: { first: 9, last: 11 }, heads: 2 });
    expect(reader.bytesRead - before).toBe(3 * layerBytes);
    expect(layers.depth).toBe(3);
    expect(await layers.parameters.get("h.1.mlp.c_fc.weight")?.data()).toEqual(
      fileValues(file, "h.10.mlp.c_fc.weight"),
    );
    const picked = await loadGpt2Layers({ source: reader, layers: [5, 2], heads: 2 });
    expect(await picked.parameters.get("h.0.ln_1.bias")?.data()).toEqual(fileValues(file, "h.5.ln_1.bias"));
  });

  test("positions and the final normalisation on request, from names with a prefix", async () => {
    const file = gpt2File(2, "transformer.");
    const layers = await loadGpt2Layers({ source: file, layers: 1, heads: 2, positions: 5, finalNorm: true });
    const wpe = layers.parameters.get("wpe.weight")!;
    expect(wpe.shape).toEqual([5, width]);
    expect(await wpe.data()).toEqual(fileValues(file, "transformer.wpe.weight").slice(0, 5 * width));
    expect([...layers.parameters.keys()].slice(-2)).toEqual(["ln_f.weight", "ln_f.bias"]);
    expect(layers.parameterNames({ kinds: ["positions"] })).toEqual(["wpe.weight"]);
  });

  test("half precision is widened", async () => {
    for (const type of ["F16", "BF16"] as const) {
      const file = gpt2File(1, "", type);
      const layers = await loadGpt2Layers({ source: file, layers: 1, heads: 2 });
      const name = "h.0.attn.c_attn.weight";
      expect(await layers.parameters.get(name)?.data()).toEqual(fileValues(gpt2File(1), name));
    }
  });

  test("an export is a GPT-2 file of the layers, counted from 0", async () => {
    const layers = await loadGpt2Layers({
      source: gpt2File(4),
      layers: { first: 2, last: 3 },
      heads: 2,
      positions: 20,
      finalNorm: true,
    });
    const file = await layers.toSafetensors();
    const again = await loadGpt2Layers({ source: file, layers: 2, heads: 2, positions: 20, finalNorm: true });
    expect([...again.parameters.keys()]).toEqual([...layers.parameters.keys()]);
    const x = tf.ones<tf.Rank.R3>([1, 6, width]);
    expect(await again.forward(x, { causal: true }).data()).toEqual(
      await layers.forward(x, { causal: true }).data(),
    );
  });
});

describe("files that are not what they should be", () => {
  const file = gpt2File(3);
  const without = (drop: string) =>
    encodeSafetensors([...parseSafetensors(file).tensors].filter(([name]) => name !== drop));

  test.each([
    [
      "a layer beyond the last",
      { source: file, layers: [0, 3] },
      "MISSING_LAYERS",
      "layers 3 were asked for",
    ],
    [
      "a file of something else",
      { source: encodeSafetensors([]), layers: 1 },
      "MISSING_LAYERS",
      "no layers of this",
    ],
    [
      "half a layer",
      { source: without("h.1.mlp.c_fc.bias"), layers: 2 },
      "MISSING_TENSOR",
      '"h.1.mlp.c_fc.bias"',
    ],
    [
      "no final normalisation",
      { source: without("ln_f.bias"), layers: 1, finalNorm: true },
      "MISSING_TENSOR",
      "ln_f",
    ],
    ["more positions than there are", { source: file, layers: 1, positions: 21 }, "WEIGHTS_SHAPE", "[21, 8]"],
    ["no layers", { source: file, layers: 0 }, "INVALID_ARGUMENT", "layers must be"],
    ["a layer twice", { source: file, layers: [1, 1] }, "INVALID_ARGUMENT", "received [1, 1]"],
    [
      "a range backwards",
      { source: file, layers: { first: 2, last: 1 } },
      "INVALID_ARGUMENT",
      "received [2, 1]",
    ],
    ["a negative layer", { source: file, layers: [-1] }, "INVALID_ARGUMENT", "received [-1]"],
    [
      "heads that do not divide",
      { source: file, layers: 1, heads: 3 },
      "INVALID_ARGUMENT",
      "divide the width 8",
    ],
    ["zero positions", { source: file, layers: 1, positions: 0 }, "INVALID_ARGUMENT", "positions"],
    ["a truncated file", { source: file.subarray(0, -4), layers: 1 }, "SAFETENSORS_HEADER", "past the end"],
  ])("%s", async (_, options, code, words) => {
    const tensorsBefore = tf.memory().numTensors;
    await expect(loadGpt2Layers({ heads: 2, ...options })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });

  test("heads must be given when the width is no multiple of 64", async () => {
    await expect(loadGpt2Layers({ source: file, layers: 1 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  test("matrices stored the other way round", async () => {
    const name = "h.0.attn.c_attn.weight";
    const tensors = parseSafetensors(file).tensors;
    tensors.set(name, { dtype: "F32", shape: [3 * width, width], data: fileValues(file, name) });
    await expect(
      loadGpt2Layers({ source: encodeSafetensors(tensors), layers: 1, heads: 2 }),
    ).rejects.toMatchObject({
      code: "WEIGHTS_SHAPE",
      message: "loadGpt2Layers: h.0.attn.c_attn.weight must be [8, 24], but the file has [24, 8]",
    });
  });

  test("sizes of random layers are checked", () => {
    for (const sizes of [{ heads: 3 }, { width: 0 }, { layers: 1.5 }, { positions: -1 }]) {
      const options = { width: 8, heads: 2, layers: 1, seed: 1, ...sizes };
      expect(() => createGpt2Layers(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    }
  });
});

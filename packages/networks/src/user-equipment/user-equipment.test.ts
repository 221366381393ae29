import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { LlmCsiNetOptions } from "../llmcsinet/configuration";
import { createIdasNet, createLlmCsiNet } from "../llmcsinet/create";
import { disturb, largestDifference, sparseChannels } from "../test-support";
import { createUserEncoder, extractUserEncoder } from "./index";

const small = {
  delays: 8,
  antennas: 12,
  encoder: { channels: 5 },
  layers: { width: 16, heads: 2, depth: 1 },
};
const patch = { tokenPredictor: { patch: [4, 4] as const } };

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe.each([
  ["residual", { ...small, ...patch }],
  ["paper", { ...small, ...patch, form: "paper" }],
  [
    "by self-information, zero padding",
    {
      ...small,
      ...patch,
      form: "paper",
      encoder: { channels: 3, sortKey: "self-information", circular: false },
    },
  ],
  [
    "by value, absolute threshold",
    { ...small, ...patch, encoder: { channels: 3, sortKey: "value", mask: undefined } },
  ],
  ["without encoder", { ...small, ...patch, without: ["encoder"] }],
] as [string, LlmCsiNetOptions][])("%s", (_, options) => {
  test("the plain encoder gives the codewords of the network", async () => {
    const network = createLlmCsiNet(options, { seed: 4 });
    disturb(network);
    const bytes = await network.save();
    const encoder = createUserEncoder(extractUserEncoder(bytes));
    const channels = sparseChannels(12, 4, 8, 12);
    for (const elements of [1, 17, 192]) {
      const expected = await network.encode(channels, { batch: 4, elements });
      const ours = encoder.encode(channels, { batch: 4, elements });
      for (const [i, { values, positions, mean }] of ours.entries()) {
        expect(positions).toEqual(expected[i].positions);
        expect(mean).toBe(expected[i].mean);
        expect(largestDifference(values, expected[i].values)).toBeLessThan(2e-5);
      }
    }
    network.dispose();
  });
});

test("the user's file is small and holds no decoder", async () => {
  const network = createLlmCsiNet({ layers: { width: 32, heads: 2, depth: 1 } });
  const bytes = extractUserEncoder(await network.save());
  expect(bytes.length).toBeLessThan(16_000);
  expect(new TextDecoder().decode(bytes)).not.toContain("preliminaryDecoder.conv");
  network.dispose();
});

test("checkpoints of other networks, damaged ones and bad channels", async () => {
  const network = createIdasNet({ delays: 8, antennas: 12, encoder: { channels: 5 } });
  const bytes = await network.save();
  const encoder = createUserEncoder(bytes);
  expect(() => encoder.encode(new Float32Array(5), { batch: 1, elements: 1 })).toThrowError(
    expect.objectContaining({ code: "INVALID_SHAPE" }),
  );
  expect(() =>
    encoder.encode(new Float32Array(192).fill(Number.NaN), { batch: 1, elements: 1 }),
  ).toThrowError(expect.objectContaining({ code: "NOT_FINITE" }));
  expect(() => encoder.encode(new Float32Array(192), { batch: 1 })).toThrowError(
    expect.objectContaining({ code: "INVALID_COUNT" }),
  );
  expect(() => createUserEncoder(bytes.slice(0, -8))).toThrow();
  const text = new TextDecoder("latin1").decode(bytes);
  const renamed = Uint8Array.from(text.replace('"encoder.conv1.bias"', '"encoder.conv1.bxxx"'), (c) =>
    c.charCodeAt(0),
  );
  expect(() => createUserEncoder(renamed)).toThrow("tensor encoder.conv1.bias must be [5], received nothing");
  network.dispose();
});

/** Every module that a source file imports at run time, packages of this workspace followed into their sources. */
function importGraph(entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found;
  found.add(entry);
  const text = readFileSync(entry, "utf8");
  const imports = text.matchAll(
    /^(?:import|export)\s(?!type\b)[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|import\("([^"]+)"\)/gms,
  );
  for (const match of imports) {
    const lazy = match[3] !== undefined;
    const target = match[1] ?? match[2] ?? match[3];
    if (lazy) continue;
    if (target.startsWith(".")) {
      const path = resolve(dirname(entry), target);
      importGraph([`${path}.ts`, join(path, "index.ts")].find((file) => exists(file))!, found);
    } else if (target.startsWith("@csi-feedback/")) {
      importGraph(
        resolve(import.meta.dirname, "../../..", target.slice("@csi-feedback/".length), "src/index.ts"),
        found,
      );
    } else {
      found.add(target);
    }
  }
  return found;
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

test("the user's side loads neither tfjs nor a decoder nor transformer layers", () => {
  const graph = [...importGraph(join(import.meta.dirname, "index.ts"))];
  const packages = graph.filter((module) => !module.startsWith("/"));
  const files = graph.filter((module) => module.startsWith("/"));
  expect(packages.filter((name) => !name.startsWith("pure-rand/"))).toEqual([]);
  expect(files.filter((file) => /decoder|predictor|gpt2|tfjs|layers/.test(file))).toEqual([]);
  expect(files.length).toBeGreaterThan(15);
});

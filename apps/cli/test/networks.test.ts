import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors, parseSafetensors } from "@csi-feedback/safetensors";
import { beforeAll, describe, expect, test } from "vitest";
import { csiFeedback } from "./run";

const packages = join(import.meta.dirname, "../../../packages");
const fixtures = join(import.meta.dirname, "fixtures");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "networks-"));
});

async function values(path: string, name: string): Promise<Float32Array> {
  return parseSafetensors(await readFile(path)).tensors.get(name)?.data as Float32Array;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

function forward(name: string, ratio: string, weights: string, input: string, output: string) {
  return csiFeedback(
    "networks",
    "forward",
    name,
    ...["--ratio", ratio, "--weights", weights, "--input", input, "--output", output],
  );
}

test("the list names every network, its sizes and what is our reading", async () => {
  const { code, stdout } = await csiFeedback("networks", "--json");
  expect(code).toBe(0);
  const { networks } = JSON.parse(stdout);
  const readings = networks.filter((row: { ownReading: boolean }) => row.ownReading);
  expect(readings.map((row: { name: string }) => row.name)).toEqual(["transindecnet", "gcrnet"]);
  expect(networks).toContainEqual(
    expect.objectContaining({ name: "crnet", parameters: { ue: 524_716, bs: 529_290 } }),
  );
});

describe("networks forward", () => {
  test.each([
    ["crnet", "1/64", "crnet-64"],
    ["clnet", "1/32", "clnet-32"],
  ])("%s at %s with official names gives the authors' output", async (name, ratio, files) => {
    const path = join(packages, "networks/test/fixtures", files);
    const output = join(folder, `${name}.safetensors`);
    const { code } = await forward(
      name,
      ratio,
      `${path}-weights.safetensors`,
      `${path}-io.safetensors`,
      output,
    );
    expect(code).toBe(0);
    const expected = await values(`${path}-io.safetensors`, "output");
    expect(largestDifference(await values(output, "output"), expected)).toBeLessThan(1e-5);
  });

  test("what does not fit is refused with one line and no file", async () => {
    const path = join(packages, "networks/test/fixtures/crnet-64");
    const [weights, input] = [`${path}-weights.safetensors`, `${path}-io.safetensors`];
    const output = join(folder, "never.safetensors");
    for (const [args, code, message] of [
      [["crnet2", "1/64", weights, input], 2, /must be one of llmcsinet, .*crnet2/],
      [["crnet", "64", weights, input], 2, /--ratio: must be 1\/N/],
      [
        ["crnet", "1/32", weights, input],
        4,
        /tensor encoder_fc.weight must be \[64, 2048\], received \[32, 2048\]/,
      ],
      [["clnet", "1/64", weights, input], 4, /the file has no tensor/],
      [["crnet", "1/64", weights, weights], 4, /a tensor named input is needed/],
      [["crnet", "1/64", join(folder, "nowhere"), input], 4, /ENOENT/],
      [["crnet", "1/64", join(fixtures, "csinet.h5"), input], 4, /header/],
    ] as const) {
      const result = await forward(...(args as unknown as [string, string, string, string]), output);
      expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
      expect(result.stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(existsSync(output)).toBe(false);
  });
});

describe("layers forward", () => {
  const path = join(packages, "gpt2-layers/test/fixtures");
  const input = join(path, "gpt2-layers-io.safetensors");
  const run = (weights: string, ...args: string[]) =>
    csiFeedback("layers", "forward", "--weights", join(path, weights), ...args);

  test.each(["causal", "bidirectional"])("GPT-2, %s: all layers, and a range", async (attention) => {
    const output = join(folder, `${attention}.safetensors`);
    for (const [layers, last] of [
      ["0-2", 2],
      ["0,1", 1],
    ] as const) {
      const { code } = await run(
        "gpt2-layers-weights.safetensors",
        ...[
          "--heads",
          "4",
          "--attention",
          attention,
          "--layers",
          layers,
          "--input",
          input,
          "--output",
          output,
        ],
      );
      expect(code).toBe(0);
      const expected = await values(input, `${attention}.after_layer_${last}`);
      expect(largestDifference(await values(output, "output"), expected)).toBeLessThan(1e-4);
    }
  });

  test("LLaMA: a llama2.c file, [tokens, width]", async () => {
    const vectors = join(folder, "vectors.safetensors");
    const data = Float32Array.from({ length: 5 * 64 }, (_, i) => Math.sin(i * i));
    await writeFile(vectors, encodeSafetensors([["x", { dtype: "F32", shape: [5, 64], data }]]));
    const output = join(folder, "llama.safetensors");
    const args = [
      "--attention",
      "causal",
      "--layers",
      "0-4",
      "--tensor",
      "x",
      "--input",
      vectors,
      "--output",
      output,
    ];
    expect((await run("stories260K.bin", ...args)).code).toBe(0);
    const { shape, data: result } = parseSafetensors(await readFile(output)).tensors.get("output")!;
    expect(shape).toEqual([5, 64]);
    expect((result as Float32Array).every(Number.isFinite)).toBe(true);
  });

  test("what does not fit is refused", async () => {
    const output = join(folder, "never.safetensors");
    const fine = { heads: "4", attention: "causal", layers: "0-2", input };
    for (const [change, code, message] of [
      [{ layers: "2-1" }, 2, /--layers: must be indices and ranges/],
      [{ layers: "0-3" }, 4, /layers 3 were asked for/],
      [{ attention: "both" }, 2, /--attention: must be causal or bidirectional/],
      [{ heads: "5" }, 2, /divide the width 48/],
      [{ input: join(path, "gpt2-layers-weights.safetensors") }, 4, /a tensor named input is needed/],
    ] as const) {
      const args = Object.entries({ ...fine, ...change }).flatMap(([name, value]) => [`--${name}`, value]);
      const result = await run("gpt2-layers-weights.safetensors", ...args, "--output", output);
      expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
    }
    expect(existsSync(output)).toBe(false);
  });
});

describe("convert", () => {
  test("CsiNet from Keras: the same output as computed elsewhere", async () => {
    const checkpoint = join(folder, "csinet.safetensors");
    const { code, stderr } = await csiFeedback(
      "convert",
      join(fixtures, "csinet.h5"),
      checkpoint,
      "--first-axis",
      "delay",
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^csinet, codeword of 8, delay axis first/)]);
    const golden = join(fixtures, "csinet-io.safetensors");
    const output = join(folder, "csinet-output.safetensors");
    expect((await forward("csinet", "1/16", checkpoint, golden, output)).code).toBe(0);
    expect(largestDifference(await values(output, "output"), await values(golden, "output"))).toBeLessThan(
      1e-5,
    );
    const other = await forward("csinet", "1/8", checkpoint, golden, output);
    expect([other.code, other.stderr]).toEqual([4, expect.stringMatching(/a codeword of 16, received 8/)]);
  });

  test.each(["crnet-zip.pth", "crnet-stream.pth", "crnet-weights.safetensors"])(
    "CRNet from %s",
    async (file) => {
      const checkpoint = join(folder, `${file}.safetensors`);
      expect((await csiFeedback("convert", join(fixtures, file), checkpoint)).code).toBe(0);
      const { tensors, metadata } = parseSafetensors(await readFile(checkpoint));
      expect(metadata["csi-feedback.network"]).toBe("crnet");
      expect(JSON.parse(metadata["csi-feedback.configuration"])).toMatchObject({
        codeword: 4,
        firstAxis: "angle",
      });
      const expected = parseSafetensors(await readFile(join(fixtures, "crnet-weights.safetensors"))).tensors;
      expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [name, tensor] of expected) expect(tensors.get(name)?.data).toEqual(tensor.data);
    },
  );

  test("weights of something else, and files of another kind", async () => {
    const layers = join(packages, "gpt2-layers/test/fixtures/gpt2-layers-weights.safetensors");
    const text = join(folder, "notes.txt");
    await writeFile(text, "no weights here");
    const cut = join(folder, "cut.h5");
    await writeFile(cut, (await readFile(join(fixtures, "csinet.h5"))).subarray(0, 40_000));
    const half = join(folder, "half.pth");
    await writeFile(half, (await readFile(join(fixtures, "crnet-zip.pth"))).subarray(0, 30_000));
    for (const [input, message] of [
      [layers, /must have the tensor names of crnet, clnet, csinet/],
      [cut, /HDF5 cannot read the file \(.*truncated/],
      [half, /a zip archive must end with its directory/],
      [text, /must be safetensors, a PyTorch file or a Keras HDF5 file/],
    ] as const) {
      const result = await csiFeedback("convert", input, join(folder, "never.safetensors"));
      expect([result.code, result.stderr]).toEqual([4, expect.stringMatching(message)]);
      expect(result.stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});

test("help has examples", async () => {
  for (const command of [
    ["networks"],
    ["networks", "forward"],
    ["layers", "forward"],
    ["convert"],
    ["table"],
  ]) {
    const { code, stdout } = await csiFeedback(...command, "--help");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Examples?:/)]);
  }
});

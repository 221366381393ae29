// What a UE has to carry: the bundle of this package, looked into.
import { resolve } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** Everything that ends up in the bundle of some code, and its minified size. */
async function bundle(contents: string): Promise<{ inputs: string[]; external: string[]; bytes: number }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    absWorkingDir: resolve(import.meta.dirname, "../../.."),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    // Loaded only by self-information's GPU kernels, on request.
    external: ["gpu.js"],
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    inputs: used.map(([path]) => path),
    external: output.imports.map(({ path }) => path),
    bytes: outputFiles[0].contents.length,
  };
}

test("channels to bytes: no tfjs, no decoder, no transformer layers, nothing of Node", async () => {
  const { inputs, external, bytes } = await bundle(
    'import { createUserEncoder, transmit } from "./index"; import { ScalarQuantizer } from "@csi-feedback/codec"; export { createUserEncoder, transmit, ScalarQuantizer };',
  );
  const packages = new Set(
    inputs.map(
      (path) =>
        /packages\/([\w-]+)\/|node_modules\/(?:.*node_modules\/)?([\w-]+)/.exec(path)?.slice(1).join("") ??
        "this",
    ),
  );
  expect([...packages].sort()).toEqual([
    "codec",
    "common",
    "pure-rand",
    "safetensors",
    "self-information",
    "ue-encoder",
  ]);
  expect(inputs.filter((path) => /tensorflow|onnx|gpt2|networks|decoder|predictor|gpu/.test(path))).toEqual(
    [],
  );
  expect(external.filter((path) => path !== "gpu.js")).toEqual([]);
  expect(bytes).toBeLessThan(60_000);
});

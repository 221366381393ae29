// The package as a browser gets it: one file without anything of Node, run where there is nothing but
// the language and TextEncoder.
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";

async function bundle(contents: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    absWorkingDir: resolve(import.meta.dirname, "../../.."),
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  return {
    inputs: Object.keys(output.inputs),
    external: output.imports.map(({ path }) => path),
    code: outputFiles[0].text,
  };
}

test("everything works without Node, and comes from this package", async () => {
  const { inputs, external, code } = await bundle(`
    import * as codec from "./index";
    const { quantizer } = codec.designLloydMax(codec.gaussianDensity(0.5, 0.1), { bits: 4 });
    const configuration = { shape: [2, 32, 32], quantizer };
    const report = { values: Float32Array.of(0.4, 0.6), positions: Int32Array.of(7, 1031), mean: 0.5 };
    const bytes = codec.encodeReport(report, configuration);
    const back = codec.decodeReport(bytes, configuration);
    answer = [bytes.length, back.positions.join(), Object.keys(codec).length];
  `);
  expect(external).toEqual([]);
  // The error class of the workspace is part of what is published.
  expect(
    inputs.filter((path) => !/^packages\/codec\/src\/|^packages\/common\/src\/|^<stdin>$/.test(path)),
  ).toEqual([]);
  expect(code).not.toMatch(/node:|\brequire\(|\bprocess\.|\bBuffer\b/);
  const sandbox: { answer: unknown[]; TextEncoder: unknown } = { answer: [], TextEncoder };
  runInNewContext(code, sandbox);
  expect(Array.from(sandbox.answer)).toEqual([10, "7,1031", Object.keys(await import("./index")).length]);
});

test("who wants the Lloyd-Max quantizer alone gets no frames", async () => {
  const alone = await bundle('import { designLloydMax } from "./index"; answer = designLloydMax;');
  const whole = await bundle('import * as codec from "./index"; answer = codec;');
  expect(alone.code.length).toBeLessThan(whole.code.length / 2);
  expect(alone.code).not.toContain("CORRUPT_FRAME");
});

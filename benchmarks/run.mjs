// Runs a benchmark that needs an engine: tfjs-core's gradients are loose files that only a
// bundler can import. From the repository root:
//   node benchmarks/run.mjs benchmarks/ue-encoder/latency.ts [options of the benchmark]
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Packages stay what they are, by path: only this workspace and tfjs-core's loose files are bundled. */
const packagesByPath = {
  name: "packages-by-path",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      if (path.startsWith("node:") || path.startsWith("@csi-feedback/")) return undefined;
      if (path.startsWith("@tensorflow/tfjs-core/dist/") || importer === "") return undefined;
      const resolved = pathOf(path, importer);
      // Packages of ES modules alone are bundled.
      if (resolved === undefined) return undefined;
      return { path: resolved.startsWith("/") ? pathToFileURL(resolved).href : resolved, external: true };
    });
  },
};

function pathOf(path, importer) {
  try {
    return createRequire(importer).resolve(path);
  } catch {
    return undefined;
  }
}

const entry = resolve(process.argv[2]);
// Beside the benchmark, which may have files there.
const outfile = join(dirname(entry), `.${process.pid}.mjs`);
process.on("exit", () => rmSync(outfile, { force: true }));
await build({
  entryPoints: [entry],
  outfile,
  plugins: [packagesByPath],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "error",
});
await import(pathToFileURL(outfile).href);

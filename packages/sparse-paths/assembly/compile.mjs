// Compiles kernels.ts to WebAssembly and writes src/kernels/module.ts. Run after a change
// to kernels.ts, in this package's folder; npx fetches the compiler:
//   node assembly/compile.mjs
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const compiler = "assemblyscript@0.28.20";
const folder = mkdtempSync(join(tmpdir(), "kernels-"));
try {
  const module = join(folder, "kernels.wasm");
  const flags = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--outFile", module];
  const source = join(import.meta.dirname, "kernels.ts");
  execFileSync("npx", ["--yes", "--package", compiler, "asc", source, ...flags], { stdio: "inherit" });
  const lines = readFileSync(module)
    .toString("base64")
    .match(/.{1,100}/g);
  writeFileSync(
    join(import.meta.dirname, "../src/kernels/module.ts"),
    `// Written by assembly/compile.mjs from assembly/kernels.ts with ${compiler}.

const base64 =
  "${lines.join('" +\n  "')}";

/** The compiled matrix kernels. */
export function compiledKernels(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

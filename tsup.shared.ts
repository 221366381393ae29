// Build settings shared by every library package: one ES module and one
// declaration file per entry point. The command-line app has its own settings.
import { defineConfig } from "tsup";

export function library(entry: string[] = ["src/index.ts"], bundled: RegExp[] = []) {
  return defineConfig({
    entry,
    format: "esm",
    target: "node20",
    dts: bundled.length > 0 ? { resolve: bundled } : true,
    noExternal: bundled,
    sourcemap: true,
    clean: true,
    treeshake: true,
  });
}

// As the other libraries, with the workers of data generation and of trainings and the
// pretrained layers beside the module that uses them.
import { copyFile } from "node:fs/promises";
import { defineConfig } from "tsup";

export default defineConfig(({ outDir = "dist" }) => ({
  entry: {
    index: "src/index.ts",
    "extremely-large": "src/extremely-large/index.ts",
    worker: "src/training/generation/worker.ts",
    "training-worker": "src/runs/training-worker.ts",
  },
  format: "esm",
  target: "node20",
  dts: { entry: { index: "src/index.ts", "extremely-large": "src/extremely-large/index.ts" } },
  splitting: false,
  sourcemap: true,
  clean: true,
  treeshake: true,
  async onSuccess() {
    for (const name of ["stories260K.bin", "stories260K.LICENSE"])
      await copyFile(`src/training/${name}`, `${outDir}/${name}`);
  },
}));

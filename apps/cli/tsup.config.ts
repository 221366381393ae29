// The app ships as one bundle with the workspace packages inside it, so that it builds and
// starts without building them first; npm packages stay external. The worker threads of data
// generation and the worker processes of training are programs of their own, and pretrained
// layers are a file beside them. tfjs-core's gradients come in files that Node cannot import
// by itself, so they are bundled too.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { defineConfig } from "tsup";

const experiments = "../../packages/experiments/src";
const training = `${experiments}/training`;

export default defineConfig(({ outDir = "dist" }) => ({
  entry: {
    main: "src/main.ts",
    worker: `${training}/generation/worker.ts`,
    "training-worker": `${experiments}/runs/training-worker.ts`,
  },
  format: "esm",
  target: "node20",
  noExternal: [/^@csi-feedback\//, "@tensorflow/tfjs-core/dist/register_all_gradients.js"],
  splitting: true,
  sourcemap: false,
  clean: true,
  async onSuccess() {
    for (const name of ["stories260K.bin", "stories260K.LICENSE"])
      await copyFile(`${training}/${name}`, join(outDir, name));
  },
}));

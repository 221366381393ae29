// The app ships as one bundle with the workspace packages inside it, so that it
// builds and starts without building them first; npm packages stay external. The
// worker of data generation is a program of its own. tfjs-core's gradients come in
// files that Node cannot import by itself, so they are bundled too.
import { defineConfig } from "tsup";

export default defineConfig({
  entry: { main: "src/main.ts", worker: "src/generation/worker.ts" },
  format: "esm",
  target: "node20",
  noExternal: [/^@csi-feedback\//, "@tensorflow/tfjs-core/dist/register_all_gradients.js"],
  splitting: true,
  sourcemap: false,
  clean: true,
});

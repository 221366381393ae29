// The app ships as one bundle with the workspace packages inside it, so that it
// builds and starts without building them first; npm packages stay external.
import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts"],
  format: "esm",
  target: "node20",
  noExternal: [/^@csi-feedback\//],
  splitting: true,
  sourcemap: false,
  clean: true,
});

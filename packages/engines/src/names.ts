// The engines by name, and what each one is. Starting them is in start.ts.

/** Every engine that can be asked for by name, in the order in which they are listed. */
export const engineNames = [
  "onnxruntime",
  "onnxruntime-webgpu",
  "onnxruntime-cuda",
  "webgpu",
  "node-gpu",
  "node",
  "cpu",
] as const;

/** One engine; see the README for what each is and what it needs. */
export type EngineName = (typeof engineNames)[number];

/** An engine, or `"auto"`: a GPU engine that is installed and finds a GPU, else `onnxruntime`, else `cpu`. */
export type EngineChoice = EngineName | "auto";

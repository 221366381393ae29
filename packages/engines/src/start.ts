// Starts one engine: imports its package on demand, registers its backend and makes
// it the current one. Nothing is imported before it is asked for.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { type EngineChoice, type EngineName, engineNames } from "./names";

/** A running engine. */
export interface StartedEngine {
  readonly name: EngineName;
  /** The tfjs backend that is now current, as `tf.getBackend()` gives it. */
  readonly backend: string;
  /** Package and version, for result rows. */
  readonly description: string;
}

/** Options of {@link startEngine}. */
export interface StartOptions {
  /** Processor threads, when several processes share the processor; all without. For onnxruntime on the CPU. */
  readonly threads?: number;
}

/** How to get an engine that did not load. */
export const remedies: Readonly<Record<EngineName, string>> = {
  onnxruntime: "npm install onnxruntime-node (Linux, macOS or Windows on x64 or arm64)",
  "onnxruntime-webgpu":
    "needs a GPU with a Metal, Direct3D 12 or Vulkan driver (libvulkan.so.1 and the driver's ICD file; docs/gpu.md)",
  "onnxruntime-cuda":
    "needs an NVIDIA GPU and CUDA 12 with cuDNN 9; run onnxruntime-node's own install script to fetch its CUDA library",
  webgpu: "npm install @tensorflow/tfjs-backend-webgpu webgpu; needs a GPU driver",
  "node-gpu": "npm install @tensorflow/tfjs-node-gpu (downloads libtensorflow; CUDA 11.2)",
  node: "npm install @tensorflow/tfjs-node (downloads libtensorflow)",
  cpu: "npm install @tensorflow/tfjs-backend-cpu",
};

/**
 * Reads an engine name, as typed on a command line.
 *
 * @throws CsiFeedbackError `UNKNOWN_ENGINE` naming the engines there are.
 *
 * @example
 * ```ts
 * import { parseEngine } from "@csi-feedback/engines";
 *
 * console.log(parseEngine("cpu")); // cpu
 * ```
 */
export function parseEngine(text: string): EngineChoice {
  const found = ["auto" as const, ...engineNames].find((name) => name === text);
  return (
    found ??
    invalid(
      "UNKNOWN_ENGINE",
      "parseEngine",
      `the engine must be auto or one of ${engineNames.join(", ")}`,
      text,
    )
  );
}

/**
 * Starts an engine and makes it tfjs's current backend.
 *
 * @param choice - an engine, or `"auto"` (default).
 * @throws CsiFeedbackError `ENGINE_UNAVAILABLE` when it does not load here, with the reason and the remedy.
 *
 * @example
 * ```ts
 * import { startEngine } from "@csi-feedback/engines";
 * import * as tf from "@tensorflow/tfjs-core";
 *
 * const engine = await startEngine("cpu");
 * console.log(engine.name, await tf.add(1, 2).data()); // cpu Float32Array(1) [ 3 ]
 * ```
 */
export async function startEngine(
  choice: EngineChoice = "auto",
  options: StartOptions = {},
): Promise<StartedEngine> {
  if (choice !== "auto") return await start(choice, options);
  const gpu = await start("node-gpu", options).catch(() => undefined);
  if (gpu && findsGpu()) return gpu;
  try {
    return await start("onnxruntime", options);
  } catch {
    return await start("cpu", options);
  }
}

async function start(name: EngineName, options: StartOptions): Promise<StartedEngine> {
  try {
    const { backend, description } = await starters[name](options);
    if (!(await tf.setBackend(backend))) throw new Error(`the tfjs backend ${backend} did not initialise`);
    await tf.ready();
    return { name, backend, description };
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new CsiFeedbackError(
      "ENGINE_UNAVAILABLE",
      `startEngine: the engine ${name} does not load here: ${reason}. To get it: ${remedies[name]}`,
      { cause },
    );
  }
}

type Starter = (options: StartOptions) => Promise<{ backend: string; description: string }>;

const starters: Readonly<Record<EngineName, Starter>> = {
  onnxruntime: (options) => startOnnxruntime("cpu", options),
  "onnxruntime-webgpu": () => startOnnxruntime("webgpu"),
  "onnxruntime-cuda": () => startOnnxruntime("cuda"),
  webgpu: startWebgpu,
  "node-gpu": () => startTensorflow("@tensorflow/tfjs-node-gpu"),
  node: () => startTensorflow("@tensorflow/tfjs-node"),
  cpu: startCpu,
};

async function startOnnxruntime(provider: "cpu" | "webgpu" | "cuda", { threads }: StartOptions = {}) {
  const { registerOnnxruntimeBackend } = await import("@csi-feedback/tfjs-backend-onnxruntime");
  const { env } = await import("onnxruntime-node");
  const name = provider === "cpu" ? "onnxruntime" : `onnxruntime-${provider}`;
  // Threads that wait busily would take the processor from the other processes.
  await registerOnnxruntimeBackend({
    provider,
    name,
    ...(threads === undefined ? {} : { threads, spinning: false }),
  });
  return {
    backend: name,
    description: `onnxruntime-node ${env.versions.node ?? env.versions.common} (${provider})`,
  };
}

/** At its first tensor this backend prints an advertisement, unless tfjs is in production mode. */
async function startCpu() {
  await import("@tensorflow/tfjs-backend-cpu");
  const production = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  tf.scalar(0).dispose();
  tf.env().set("PROD", production);
  return { backend: "cpu", description: `@tensorflow/tfjs-backend-cpu ${tf.version_core}` };
}

/** tfjs's own WebGPU backend over the Dawn binding of the npm package `webgpu`. */
async function startWebgpu() {
  const { create, globals } = (await importOptional("webgpu")) as {
    create(flags: string[]): object;
    globals: object;
  };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalNavigator(), "gpu", { value: create([]), configurable: true });
  await importOptional("@tensorflow/tfjs-backend-webgpu");
  return { backend: "webgpu", description: `@tensorflow/tfjs-backend-webgpu ${tf.version_core}` };
}

/** Node has a global `navigator` from version 21 on. */
function globalNavigator(): object {
  const { navigator } = globalThis as { navigator?: object };
  if (navigator) return navigator;
  const made = {};
  Object.defineProperty(globalThis, "navigator", { value: made, configurable: true });
  return made;
}

async function startTensorflow(packageName: string) {
  await importOptional(packageName);
  return { backend: "tensorflow", description: `${packageName} ${tf.version_core}` };
}

/** Whether the current backend of tfjs-node found a GPU. */
function findsGpu(): boolean {
  return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

/** Imports a package that may not be installed; kept out of reach of bundlers and type checkers. */
function importOptional(packageName: string): Promise<unknown> {
  return import(/* @vite-ignore */ packageName);
}

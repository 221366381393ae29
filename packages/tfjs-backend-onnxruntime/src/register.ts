// Registration with tfjs-core: the backend under a name, and every kernel for it.

import { CsiFeedbackError } from "@csi-feedback/common";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import {
  type DataType,
  findBackendFactory,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { OnnxruntimeBackend } from "./backend";
import type { Kernel } from "./kernels/kernel";
import { coreKernelNames, fallbackKernel, throwingKernel } from "./kernels/missing";
import { filledStrings, viewKernels } from "./kernels/storage";
import { recordingKernels } from "./kernels/tables";
import { listProviders, type SessionOptions } from "./runtime";

/** Options of {@link registerOnnxruntimeBackend}. */
export interface OnnxruntimeOptions {
  /** Name under which tfjs knows the backend; `"onnxruntime"` by default. */
  readonly name?: string;
  /** onnxruntime's execution provider; `"cpu"` by default. */
  readonly provider?: "cpu" | "webgpu" | "cuda";
  /** Threads of one operator; by default one per core, and one for very small graphs. */
  readonly threads?: number;
  /** Whether idle threads wait busily for work, which is faster on an idle machine; on by default. */
  readonly spinning?: boolean;
  /** How far onnxruntime rewrites a graph; `"all"` by default. */
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "all";
  /** Keep freed memory for the next run; on by default. */
  readonly memoryArena?: boolean;
  /** Compiled graphs kept at most; 64 by default. */
  readonly cachedGraphs?: number;
  /** Bytes of compiled graphs kept at most; 1 GiB by default. */
  readonly cachedBytes?: number;
  /** Operators recorded at most before they are run without being read; 20,000 by default. */
  readonly pendingNodes?: number;
  /** Bytes of disposed tensors that recorded operators may keep alive; 1 GiB by default. */
  readonly pendingBytes?: number;
  /** Where kernels run that this backend lacks: nowhere (the default, an error), or on tfjs's `cpu` backend. */
  readonly fallback?: "none" | "cpu";
  /** Told once about every kernel that falls back; `console.warn` by default. */
  readonly warn?: (message: string) => void;
  /** Path prefix under which onnxruntime writes a profile of every session; no profile by default. */
  readonly profile?: string;
}

function recorded(kernelName: string, backendName: string, kernel: Kernel): KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const engine = backend as OnnxruntimeBackend;
      engine.boundPending();
      const infos = inputs as NamedTensorInfoMap;
      const input = (name: string) => engine.valueBehind(infos[name]!);
      const results = kernel({
        graph: engine.graph,
        ops: engine.operations,
        input,
        optional: (name) => (infos[name] === undefined || infos[name] === null ? undefined : input(name)),
        list: Array.isArray(inputs) ? (inputs as TensorInfo[]).map((info) => engine.valueBehind(info)) : [],
        attributes: <T>() => attrs as T,
      });
      return Array.isArray(results)
        ? results.map((value) => engine.tensorInfo(value))
        : engine.tensorInfo(results as never);
    },
  };
}

/** `Fill` also makes tensors of strings, which are stored and never computed with. */
function withStrings(fill: KernelConfig): KernelConfig {
  return {
    ...fill,
    kernelFunc: (call) => {
      const { shape, value } = call.attrs as unknown as {
        shape: number[];
        value: number | string;
        dtype?: DataType;
      };
      if (typeof value === "string") return filledStrings(call.backend as OnnxruntimeBackend, shape, value);
      return fill.kernelFunc(call);
    },
  };
}

function kernelConfigs(backendName: string, options: OnnxruntimeOptions): KernelConfig[] {
  const recording = Object.entries(recordingKernels).map(([name, kernel]) => {
    const config = recorded(name, backendName, kernel);
    return name === "Fill" ? withStrings(config) : config;
  });
  const views = Object.entries(viewKernels).map(([kernelName, view]) => ({
    kernelName,
    backendName,
    ...view,
  }));
  const warn = options.warn ?? ((message: string) => console.warn(message));
  const missing = coreKernelNames()
    .filter((name) => !(name in recordingKernels) && !(name in viewKernels))
    .map((name) =>
      options.fallback === "cpu"
        ? fallbackKernel(name, backendName, warn)
        : throwingKernel(name, backendName),
    );
  return [...recording, ...views, ...missing];
}

function sessionOptions(options: OnnxruntimeOptions): SessionOptions {
  return {
    executionProviders: [options.provider ?? "cpu"],
    graphOptimizationLevel: options.graphOptimizationLevel ?? "all",
    enableCpuMemArena: options.memoryArena ?? true,
    enableMemPattern: options.memoryArena ?? true,
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: options.spinning === false ? "0" : "1" } } },
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
  };
}

/**
 * Registers the backend and its kernels with tfjs-core, and tfjs-core's gradients where
 * nothing else did. Afterwards `await tf.setBackend("onnxruntime")` makes tfjs compute with
 * onnxruntime. A name that is registered already is left as it is.
 *
 * @throws `PROVIDER_UNAVAILABLE` if this build of onnxruntime lacks the provider
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerOnnxruntimeBackend } from "@csi-feedback/tfjs-backend-onnxruntime";
 *
 * await registerOnnxruntimeBackend();
 * await tf.setBackend("onnxruntime");
 * const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
 * console.log((await product.data())[0]); // 11
 * ```
 */
export async function registerOnnxruntimeBackend(options: OnnxruntimeOptions = {}): Promise<void> {
  const name = options.name ?? "onnxruntime";
  if (findBackendFactory(name) !== null) return;
  const provider = options.provider ?? "cpu";
  if (!listProviders().includes(provider)) {
    throw new CsiFeedbackError(
      "PROVIDER_UNAVAILABLE",
      `registerOnnxruntimeBackend: provider must be one that this build of onnxruntime has (${listProviders().join(", ")}), received "${provider}"`,
    );
  }
  await registerGradients();
  for (const config of kernelConfigs(name, options)) registerKernel(config);
  registerBackend(
    name,
    () =>
      new OnnxruntimeBackend(
        {
          session: sessionOptions(options),
          cacheEntries: options.cachedGraphs ?? 64,
          cacheBytes: options.cachedBytes ?? 2 ** 30,
          keepOnDevice: provider === "webgpu",
          onProcessor: provider === "cpu",
        },
        { nodes: options.pendingNodes ?? 20_000, bytes: options.pendingBytes ?? 2 ** 30 },
      ),
  );
}

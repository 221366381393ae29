// Registration with tfjs-core: the backend under a name, and every kernel of the
// tables for it.
import {
  findBackendFactory,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { OnnxruntimeBackend } from "./backend";
import { registerGradients } from "./gradients";
import { convolutionKernels } from "./kernels/convolution";
import { elementwiseKernels } from "./kernels/elementwise";
import { fusedKernels } from "./kernels/fused";
import { imageKernels } from "./kernels/image";
import { indexingKernels } from "./kernels/indexing";
import type { Kernel, KernelTable } from "./kernels/kernel";
import { layoutKernels } from "./kernels/layout";
import { linearAlgebraKernels } from "./kernels/linear-algebra";
import { poolingKernels } from "./kernels/pooling";
import { reductionKernels } from "./kernels/reduction";
import type { SessionOptions } from "./runtime";

/** Options of {@link registerOnnxruntimeBackend}. */
export interface OnnxruntimeOptions {
  /** Name under which tfjs knows the backend; `"onnxruntime"` by default. */
  readonly name?: string;
  /** onnxruntime's execution provider; `"cpu"` by default. */
  readonly provider?: "cpu" | "webgpu" | "cuda";
  /** Threads of one operator; by default one per core, and one for very small graphs. */
  readonly threads?: number;
  /** How far onnxruntime rewrites a graph; `"all"` by default. */
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "all";
  /** Keep freed memory for the next run (on by default). */
  readonly memoryArena?: boolean;
  /** Compiled graphs kept at most; 64 by default. */
  readonly cachedGraphs?: number;
  /** Bytes of compiled graphs kept at most; 1 GiB by default. */
  readonly cachedBytes?: number;
  /** Operators recorded at most before they are run without being read; 20,000 by default. */
  readonly pendingNodes?: number;
  /** Bytes of disposed tensors that recorded operators may keep alive; 1 GiB by default. */
  readonly pendingBytes?: number;
}

const tables: readonly KernelTable[] = [
  convolutionKernels,
  elementwiseKernels,
  fusedKernels,
  imageKernels,
  indexingKernels,
  layoutKernels,
  linearAlgebraKernels,
  poolingKernels,
  reductionKernels,
];

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

/** Kernels that give another view of the same data. */
function view(kernelName: string, backendName: string, inputName: string, shapeOf: ViewShape): KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dataId, shape, dtype } = (inputs as NamedTensorInfoMap)[inputName]!;
      (backend as OnnxruntimeBackend).incRef(dataId);
      return { dataId, shape: shapeOf(shape, attrs as never), dtype };
    },
  };
}

type ViewShape = (shape: number[], attributes: { shape: number[]; dim: number }) => number[];

function expandedShape(shape: number[], { dim }: { dim: number }): number[] {
  const axis = dim < 0 ? dim + shape.length + 1 : dim;
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

function reshapedShape(shape: number[], attributes: { shape: number[] }): number[] {
  const size = util.sizeFromShape(shape);
  const result = util.inferFromImplicitShape(attributes.shape, size);
  util.assert(
    size === util.sizeFromShape(result),
    () =>
      `The new shape (${result}) has ${util.sizeFromShape(result)} elements and the old shape (${shape}) has ${size} elements. The new shape and old shape must have the same number of elements.`,
  );
  return result;
}

function kernelConfigs(backendName: string): KernelConfig[] {
  return [
    view("Identity", backendName, "x", (shape) => shape),
    view("Reshape", backendName, "x", reshapedShape),
    view("ExpandDims", backendName, "input", expandedShape),
    ...tables.flatMap((table) =>
      Object.entries(table).map(([name, kernel]) => recorded(name, backendName, kernel)),
    ),
  ];
}

function sessionOptions(options: OnnxruntimeOptions): SessionOptions {
  return {
    executionProviders: [options.provider ?? "cpu"],
    graphOptimizationLevel: options.graphOptimizationLevel ?? "all",
    enableCpuMemArena: options.memoryArena ?? true,
    enableMemPattern: options.memoryArena ?? true,
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
  };
}

/**
 * Registers the backend and its kernels with tfjs-core. Afterwards
 * `await tf.setBackend("onnxruntime")` makes tfjs compute with onnxruntime. A name
 * that is registered already is left as it is.
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
  await registerGradients();
  for (const config of kernelConfigs(name)) registerKernel(config);
  registerBackend(
    name,
    () =>
      new OnnxruntimeBackend(
        {
          session: sessionOptions(options),
          cacheEntries: options.cachedGraphs ?? 64,
          cacheBytes: options.cachedBytes ?? 2 ** 30,
        },
        { nodes: options.pendingNodes ?? 20_000, bytes: options.pendingBytes ?? 2 ** 30 },
      ),
  );
}

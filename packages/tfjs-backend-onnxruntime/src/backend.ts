// The tfjs backend: tensors by data id, reference counts, reading, and the moment
// at which pending work becomes a run. The kernels are elsewhere.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import {
  type BackendTimingInfo,
  type backend_util,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { Executor, type ExecutorOptions } from "./executor";
import { Graph, type HostArray, sameShape, type Value } from "./graph";
import type { OnnxType } from "./onnx-model";
import { Operations } from "./operations";
import { planRun } from "./plan";

type BackendValues = backend_util.BackendValues;

/** Bounds on work that waits to be read. */
export interface PendingBounds {
  /** Operators that may be pending. */
  readonly nodes: number;
  /** Bytes of disposed tensors that pending operators may hold. */
  readonly bytes: number;
}

interface StoredTensor {
  /** Elements of the tensor; undefined for strings. */
  value: Value | undefined;
  readonly strings: BackendValues | undefined;
  readonly dtype: DataType;
  references: number;
}

/** Element type of a value for a tfjs dtype. */
function onnxTypeOf(dtype: DataType): OnnxType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  return invalid(
    "UNSUPPORTED_DTYPE",
    "onnxruntime backend",
    "tensors that enter a kernel must be float32, int32 or bool",
    dtype,
  );
}

function hostArrayOf(values: BackendValues, dtype: DataType): HostArray {
  const numbers = values as Float32Array | Int32Array | Uint8Array;
  if (dtype === "float32") return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  if (dtype === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers);
}

/** Tensors and pending work of one registered backend. */
export class OnnxruntimeBackend extends KernelBackend {
  readonly graph = new Graph();
  readonly operations = new Operations(this.graph);
  readonly executor: Executor;
  private readonly storage: DataStorage<StoredTensor>;
  private readonly live = new Set<Value>();

  constructor(
    options: ExecutorOptions,
    private readonly bounds: PendingBounds,
  ) {
    super();
    this.executor = new Executor(options, (value) => this.graph.reads(value));
    this.storage = new DataStorage(this, engine());
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    references: number,
  ): void {
    if (dtype === "string") {
      this.storage.set(dataId, { value: undefined, strings: values, dtype, references });
      return;
    }
    const value = this.graph.input(onnxTypeOf(dtype), shape, hostArrayOf(values, dtype));
    this.hold(dataId, value, dtype, references);
  }

  private hold(dataId: object, value: Value, dtype: DataType, references: number): void {
    value.references++;
    if (value.state === "pending") this.live.add(value);
    this.storage.set(dataId, { value, strings: undefined, dtype, references });
  }

  /** The tfjs tensor of a value that a kernel made. */
  tensorInfo(value: Value): TensorInfo {
    const dataId = {};
    const dtype = value.type as DataType;
    this.hold(dataId, value, dtype, 1);
    return { dataId, shape: [...value.shape], dtype };
  }

  /** The value behind a tfjs tensor, in the tensor's shape. */
  valueBehind(info: TensorInfo): Value {
    const stored = this.storage.get(info.dataId);
    if (stored.value === undefined) onnxTypeOf(stored.dtype);
    const value = stored.value!;
    return sameShape(value.shape, info.shape) ? value : this.operations.reshape(value, info.shape);
  }

  override refCount(dataId: object): number {
    return this.storage.has(dataId) ? this.storage.get(dataId).references : 0;
  }

  override incRef(dataId: object): void {
    this.storage.get(dataId).references++;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.storage.has(dataId)) return true;
    const stored = this.storage.get(dataId);
    stored.references--;
    if (!force && stored.references > 0) return false;
    this.storage.delete(dataId);
    if (stored.value !== undefined) this.release(stored.value);
    return true;
  }

  private release(value: Value): void {
    if (--value.references > 0) return;
    this.live.delete(value);
    this.graph.abandon(value);
    this.executor.discard(value);
  }

  override numDataIds(): number {
    return this.storage.numDataIds();
  }

  /** Schedules everything that is pending and alive as one run. */
  flush(): void {
    if (this.live.size > 0) this.executor.enqueue(planRun(this.live));
    this.live.clear();
    this.graph.reset();
  }

  /** Runs everything that is pending. */
  async settle(): Promise<void> {
    this.flush();
    await this.executor.drain();
  }

  /** Cuts a graph that has grown past its bounds without being read. */
  boundPending(): void {
    if (this.graph.size <= this.bounds.nodes && this.graph.heldBytes <= this.bounds.bytes) return;
    this.flush();
    if (!this.executor.drainNow()) void this.executor.drain();
  }

  override async read(dataId: object): Promise<BackendValues> {
    const stored = this.storage.get(dataId);
    const value = stored.value;
    if (value === undefined) return stored.strings!;
    if (value.state === "pending") this.flush();
    value.references++;
    try {
      while (value.state === "scheduled") await this.executor.drain();
      return this.elements(value) as BackendValues;
    } finally {
      this.release(value);
    }
  }

  override readSync(dataId: object): BackendValues {
    const stored = this.storage.get(dataId);
    const value = stored.value;
    if (value === undefined) return stored.strings!;
    if (value.state === "pending") this.flush();
    if (value.state === "scheduled" && !this.executor.drainNow()) {
      throw new CsiFeedbackError(
        "SYNC_READ_UNAVAILABLE",
        "onnxruntime backend: dataSync() and arraySync() need a synchronous onnxruntime binding, which could not be loaded; use await tensor.data() or await tensor.array()",
      );
    }
    return this.elements(value) as BackendValues;
  }

  /** The elements of a value that no run has still to make. */
  elements(value: Value): HostArray {
    if (value.error !== undefined) throw value.error;
    return this.executor.elements(value);
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(run: () => void): Promise<BackendTimingInfo> {
    this.flush();
    const before = this.executor.drain();
    run();
    await before;
    const start = performance.now();
    this.flush();
    await this.executor.drain();
    return { kernelMs: performance.now() - start };
  }

  override memory(): {
    unreliable: boolean;
    pendingNodes: number;
    cachedSessions: number;
    cachedBytes: number;
    deviceBytes: number;
  } {
    const { size, bytes } = this.executor.sessions;
    return {
      unreliable: false,
      pendingNodes: this.graph.size,
      cachedSessions: size,
      cachedBytes: bytes,
      deviceBytes: this.executor.device?.bytes ?? 0,
    };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override dispose(): void {
    this.graph.reset();
    this.live.clear();
    this.executor.close();
  }
}

// The way to onnxruntime: sessions that run on the calling thread. onnxruntime's
// public interface is asynchronous, though its Node binding computes
// synchronously; the binding is used directly where it can be loaded, which is
// what makes dataSync() possible, and the public interface otherwise.
import { createRequire } from "node:module";
import * as ort from "onnxruntime-node";
import type { DeviceTensor, HostArray, Value } from "./graph";
import { encodeModel, type OnnxGraph, type OnnxType } from "./onnx-model";

/** A loaded model. */
export interface Session {
  /** Undefined where onnxruntime can only be run asynchronously. */
  readonly runNow: ((feeds: Feeds, outputs: readonly string[]) => Results) | undefined;
  /** Writes every result into the tensor given for it; only for models of {@link withStop}. */
  readonly runInto: ((feeds: Feeds, results: Results) => void) | undefined;
  run(feeds: Feeds, outputs: readonly string[]): Promise<Results>;
  endProfiling(): void;
  release(): void;
}

export type Feeds = Record<string, DeviceTensor>;
export type Results = Readonly<Record<string, DeviceTensor>>;
export type SessionOptions = ort.InferenceSession.SessionOptions;

interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: SessionOptions): void;
  run(feeds: Feeds, fetches: Record<string, DeviceTensor | null>, options: object): Results;
  endProfiling(): void;
  dispose(): void;
}

interface NativeBinding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

function loadBinding(): NativeBinding | undefined {
  try {
    const native: NativeBinding = createRequire(import.meta.url)("onnxruntime-node/dist/binding.js");
    native.initOrt();
    return typeof native.binding.InferenceSession === "function" ? native : undefined;
  } catch {
    return undefined;
  }
}

let binding: NativeBinding | undefined | null = null;

function nativeBinding(): NativeBinding | undefined {
  if (binding === null) binding = loadBinding();
  return binding;
}

/** True where sessions can run synchronously. */
export function canRunNow(): boolean {
  return nativeBinding() !== undefined;
}

/** The name of the output at which the binding stops. */
const stop = "stop";

/**
 * The same graph with a first output of a type that the binding cannot convert. The binding
 * copies every output after a run, also those that were written into arrays of the caller;
 * at this one it throws instead, when the run has ended and before it copies anything.
 */
export function withStop(graph: OnnxGraph): OnnxGraph {
  const info = { name: stop, type: "bfloat16", shape: [] } as const;
  return {
    ...graph,
    outputs: [info, ...graph.outputs],
    constants: [...graph.constants, { ...info, bytes: new Uint8Array(2) }],
  };
}

function runAndStop(session: NativeSession, feeds: Feeds, results: Results): string {
  try {
    session.run(feeds, { [stop]: null, ...results }, {});
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

/**
 * What the binding says when it stops at that output; undefined if a run of a small model does
 * not show that it stops there with the results in place.
 */
function probeStop(): string | undefined {
  const info = (name: string) => ({ name, type: "float32", shape: [2] }) as const;
  const graph: OnnxGraph = {
    nodes: [{ op: "Neg", inputs: ["x"], outputs: ["y"], attributes: {} }],
    inputs: [info("x")],
    outputs: [info("y")],
    constants: [],
  };
  const model = encodeModel(withStop(graph));
  const session = new (nativeBinding()!.binding.InferenceSession)();
  try {
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, { logSeverityLevel: 4 });
    const y = Float32Array.of(0, 0);
    const feeds = { x: hostTensor("float32", [2], Float32Array.of(1, 2)) };
    const message = runAndStop(session, feeds, { y: hostTensor("float32", [2], y) });
    return message !== "" && y[0] === -1 && y[1] === -2 ? message : undefined;
  } catch {
    return undefined;
  } finally {
    session.dispose();
  }
}

let stopMessage: string | undefined | null = null;

/** True where runs can write into arrays that are there already, see {@link withStop}. */
export function canRunInto(): boolean {
  if (stopMessage === null) stopMessage = nativeBinding() === undefined ? undefined : probeStop();
  return stopMessage !== undefined;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Loads a model on the calling thread; only where {@link canRunNow}. */
export function createSessionNow(model: Uint8Array, options: SessionOptions): Session {
  const session = new (nativeBinding()!.binding.InferenceSession)();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  const runNow = (feeds: Feeds, outputs: readonly string[]) =>
    session.run(feeds, Object.fromEntries(outputs.map((name) => [name, null])), {});
  const runInto = (feeds: Feeds, results: Results) => {
    const message = runAndStop(session, feeds, results);
    if (message !== stopMessage) throw new Error(message);
  };
  return {
    runNow,
    runInto: canRunInto() ? runInto : undefined,
    run: async (feeds, outputs) => {
      await nextTurn();
      return runNow(feeds, outputs);
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.dispose(),
  };
}

/** Loads a model. */
export async function createSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  if (canRunNow()) return createSessionNow(model, options);
  const session = await ort.InferenceSession.create(model, options);
  return {
    runNow: undefined,
    runInto: undefined,
    run: async (feeds, outputs) => (await session.run(feeds as never, outputs)) as unknown as Results,
    endProfiling: () => session.endProfiling(),
    release: () => void session.release(),
  };
}

/** A value's elements in the form that sessions take. */
export function tensorOf(value: Value): DeviceTensor {
  value.device ??= hostTensor(value.type, value.shape, value.host!);
  return value.device;
}

/** Elements on the host in the form that sessions take. */
export function hostTensor(type: OnnxType, shape: readonly number[], host: HostArray): DeviceTensor {
  return new ort.Tensor(type as "float32", host as Float32Array, shape) as unknown as DeviceTensor;
}

/** The elements of a tensor on the host. */
export function hostOf(tensor: DeviceTensor): HostArray {
  return tensor.data as HostArray;
}

/** Execution providers of this build of onnxruntime. */
export function listProviders(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

// Runs plans one after another: finds or compiles the session, feeds it, stores
// what comes out. An error makes the values of that run fail and nothing else.
// Memory of values that nothing needs any more is freed, or used for later results.
import { CsiFeedbackError } from "@csi-feedback/common";
import { DeviceMemory } from "./device-memory";
import { bytesPerElement, type DeviceTensor, type HostArray, type Value } from "./graph";
import { HostMemory } from "./host-memory";
import { encodeModel } from "./onnx-model";
import { type Plan, planGraph, valuesOf } from "./plan";
import {
  canRunInto,
  canRunNow,
  createSession,
  createSessionNow,
  type Feeds,
  hostOf,
  hostTensor,
  type Results,
  type Session,
  type SessionOptions,
  tensorOf,
  withStop,
} from "./runtime";
import { SessionCache } from "./session-cache";
import { ownTransposes, placeTransposes } from "./transposes";

/** Settings of an {@link Executor}. */
export interface ExecutorOptions {
  readonly session: SessionOptions;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** Whether outputs stay on the device that computes them; only where sessions run synchronously. */
  readonly keepOnDevice: boolean;
  /** Whether the processor computes. */
  readonly onProcessor: boolean;
}

/** Runs that produce less than this many bytes get one thread: starting a pool costs more than it gains. */
const smallRunBytes = 1 << 18;

/** A queue of plans and the sessions that run them. */
export class Executor {
  readonly sessions: SessionCache;
  private readonly queue: Plan[] = [];
  private draining: Promise<void> | undefined;
  /** Device memory, where outputs stay there. */
  readonly device: DeviceMemory | undefined;
  /** Arrays of results, where runs can write into arrays that are there already. */
  readonly host: HostMemory | undefined;
  private readonly discarded = new Set<Value>();
  runs = 0;

  /**
   * @param isRecorded true for values that pending work will read
   */
  constructor(
    readonly options: ExecutorOptions,
    private readonly isRecorded: (value: Value) => boolean,
  ) {
    this.sessions = new SessionCache(options.cacheEntries, options.cacheBytes);
    if (options.keepOnDevice && canRunNow()) this.device = new DeviceMemory(options.session);
    else if (options.onProcessor && canRunNow() && canRunInto()) this.host = new HostMemory();
  }

  /** Takes a plan over: its outputs are scheduled from now on. */
  enqueue(plan: Plan): void {
    for (const value of plan.outputs.values()) {
      value.state = "scheduled";
      value.node = undefined;
    }
    this.queue.push(plan);
  }

  /** Takes note that no tensor stands for a value any more: its memory is freed after its last run. */
  discard(value: Value): void {
    if (value.state === "pending" || (this.device === undefined && this.host === undefined)) return;
    if (this.queue.length > 0 || this.isRecorded(value)) this.discarded.add(value);
    else this.free(value);
  }

  private free(value: Value): void {
    this.device?.free(value);
    this.host?.giveBack(value);
  }

  private freeDiscarded(): void {
    if (this.queue.length > 0) return;
    for (const value of this.discarded) {
      if (this.isRecorded(value)) continue;
      if (value.references === 0) this.free(value);
      this.discarded.delete(value);
    }
  }

  /** The elements of a value that is ready, for a caller who may keep them. */
  elements(value: Value): HostArray {
    const elements = value.host ?? this.device!.download(value);
    this.host?.surrender(elements);
    return elements;
  }

  /** Runs what is queued, without blocking before the first run. */
  drain(): Promise<void> {
    this.draining ??= this.drainQueue().finally(() => {
      this.draining = undefined;
    });
    return this.draining;
  }

  private async drainQueue(): Promise<void> {
    if (canRunNow()) {
      while (this.queue.length > 0) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        const plan = this.queue.shift();
        if (plan !== undefined) this.executeNow(plan);
      }
      this.freeDiscarded();
      return;
    }
    for (let plan = this.queue.shift(); plan !== undefined; plan = this.queue.shift()) {
      try {
        const feeds = this.feeds(plan);
        let session = this.sessions.get(plan.signature);
        if (session === undefined) {
          const model = this.model(plan);
          session = await createSession(model, this.sessionOptions(plan));
          this.keep(plan, session, model);
        }
        this.store(plan, await session.run(feeds, [...plan.outputs.keys()]));
      } catch (error) {
        this.fail(plan, error);
      }
    }
  }

  /** Runs what is queued before returning; false where onnxruntime cannot. */
  drainNow(): boolean {
    if (!canRunNow()) return false;
    for (let plan = this.queue.shift(); plan !== undefined; plan = this.queue.shift()) this.executeNow(plan);
    this.freeDiscarded();
    return true;
  }

  private executeNow(plan: Plan): void {
    try {
      const feeds = this.feeds(plan);
      let session = this.sessions.get(plan.signature);
      if (session === undefined) {
        const model = this.model(plan);
        session = createSessionNow(model, this.sessionOptions(plan));
        this.keep(plan, session, model);
      }
      this.store(plan, this.results(plan, session, feeds));
    } catch (error) {
      this.fail(plan, error);
    }
  }

  /** Ends profiles and releases every session. */
  close(): void {
    if (this.options.session.enableProfiling) {
      this.sessions.forEach((session) => {
        session.endProfiling();
      });
    }
    this.device?.close();
    this.sessions.clear();
  }

  private model(plan: Plan): Uint8Array {
    let graph = planGraph(plan);
    if (this.options.onProcessor) {
      const values = valuesOf(plan);
      graph = placeTransposes(graph, (name) => values.get(name)!);
    }
    return encodeModel(this.host === undefined ? graph : withStop(graph));
  }

  private keep(plan: Plan, session: Session, model: Uint8Array): void {
    let bytes = plan.signature.length + 4 * model.byteLength;
    for (const value of plan.constants.values()) bytes += value.size * bytesPerElement(value.type);
    this.sessions.set(plan.signature, session, bytes);
  }

  private sessionOptions(plan: Plan): SessionOptions {
    if (this.device !== undefined) return this.device.sessionOptions;
    const { session, onProcessor } = this.options;
    const options = onProcessor ? { ...session, extra: { ...session.extra, ...ownTransposes } } : session;
    if (session.intraOpNumThreads !== undefined || plan.producedBytes >= smallRunBytes) return options;
    return { ...options, intraOpNumThreads: 1 };
  }

  private feeds(plan: Plan): Feeds {
    const feeds: Feeds = {};
    for (const [name, value] of plan.inputs) {
      if (value.error !== undefined) throw value.error;
      value.feeds++;
      // What is read once is gone before a copy on the device could serve again.
      const stays = this.device !== undefined && value.feeds > 1 && value.device?.location !== "gpu-buffer";
      if (stays) this.device!.upload(value);
      feeds[name] = tensorOf(value);
    }
    return feeds;
  }

  private results(plan: Plan, session: Session, feeds: Feeds): Results {
    if (this.host === undefined) return session.runNow!(feeds, [...plan.outputs.keys()]);
    const results: Record<string, DeviceTensor> = {};
    for (const [name, value] of plan.outputs) {
      results[name] = hostTensor(value.type, value.shape, this.host.take(value));
    }
    session.runInto!(feeds, results);
    this.host.countRun();
    return results;
  }

  private store(plan: Plan, results: Results): void {
    this.runs++;
    for (const [name, value] of plan.outputs) {
      value.device = results[name]!;
      if (value.device.location === "cpu") value.host = hostOf(value.device);
      else this.device!.hold(value);
      value.state = "ready";
    }
  }

  private fail(plan: Plan, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error =
      cause instanceof CsiFeedbackError && cause.code === "ONNXRUNTIME_RUN_FAILED"
        ? cause
        : new CsiFeedbackError(
            "ONNXRUNTIME_RUN_FAILED",
            `onnxruntime: a run of ${plan.nodes.length} operators must succeed, received the error: ${reason}`,
            { cause },
          );
    for (const value of plan.outputs.values()) this.failValue(value, error);
  }

  private failValue(value: Value, error: Error): void {
    value.state = "failed";
    value.error = error;
  }
}

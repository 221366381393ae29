// Runs plans one after another: finds or compiles the session, feeds it, stores
// what comes out. An error makes the values of that run fail and nothing else.
// Where a device keeps tensors, it frees those that nothing needs any more.
import { CsiFeedbackError } from "@csi-feedback/common";
import { DeviceMemory } from "./device-memory";
import { bytesPerElement, type HostArray, type Value } from "./graph";
import { encodeModel } from "./onnx-model";
import { type Plan, planGraph } from "./plan";
import {
  canRunNow,
  createSession,
  createSessionNow,
  type Feeds,
  hostOf,
  type Results,
  type Session,
  type SessionOptions,
  tensorOf,
} from "./runtime";
import { SessionCache } from "./session-cache";

/** Settings of an {@link Executor}. */
export interface ExecutorOptions {
  readonly session: SessionOptions;
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** Whether outputs stay on the device that computes them; only where sessions run synchronously. */
  readonly keepOnDevice: boolean;
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
  }

  /** Takes a plan over: its outputs are scheduled from now on. */
  enqueue(plan: Plan): void {
    for (const value of plan.outputs.values()) {
      value.state = "scheduled";
      value.node = undefined;
    }
    this.queue.push(plan);
  }

  /** Takes note that no tensor stands for a value any more: its device memory is freed after its last run. */
  discard(value: Value): void {
    if (this.device === undefined || value.state === "pending") return;
    this.discarded.add(value);
    this.freeDiscarded();
  }

  private freeDiscarded(): void {
    if (this.device === undefined || this.queue.length > 0) return;
    for (const value of this.discarded) {
      if (this.isRecorded(value)) continue;
      if (value.references === 0) this.device.free(value);
      this.discarded.delete(value);
    }
  }

  /** The elements of a value that is ready. */
  elements(value: Value): HostArray {
    return value.host ?? this.device!.download(value);
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
          const model = encodeModel(planGraph(plan));
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
        const model = encodeModel(planGraph(plan));
        session = createSessionNow(model, this.sessionOptions(plan));
        this.keep(plan, session, model);
      }
      this.store(plan, session.runNow!(feeds, [...plan.outputs.keys()]));
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

  private keep(plan: Plan, session: Session, model: Uint8Array): void {
    let bytes = plan.signature.length + 4 * model.byteLength;
    for (const value of plan.constants.values()) bytes += value.size * bytesPerElement(value.type);
    this.sessions.set(plan.signature, session, bytes);
  }

  private sessionOptions(plan: Plan): SessionOptions {
    if (this.device !== undefined) return this.device.sessionOptions;
    if (this.options.session.intraOpNumThreads !== undefined || plan.producedBytes >= smallRunBytes) {
      return this.options.session;
    }
    return { ...this.options.session, intraOpNumThreads: 1 };
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

// The queue of this machine: worker processes, as many at a time as were asked for and
// as the memory holds.
import { availableParallelism } from "node:os";
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import type { TrainingJob } from "./job";
import type { QueueRunOptions, TrainingQueue } from "./queue";
import { schedule } from "./scheduler";
import type { TrainingEstimate } from "./step-times";
import type { TaskSettings } from "./task";
import { runInProcess } from "./worker-process";

/** Options of {@link localQueue}. */
export interface LocalQueueOptions extends TaskSettings {
  /** Worker processes at most. Default 1: one training uses all processors. */
  readonly workers?: number;
  /** What a job will need, where that is known. */
  readonly estimate?: (job: TrainingJob) => TrainingEstimate | undefined;
  /** Memory for all workers together [bytes]. Default: 80 % of what is free when the queue starts. */
  readonly memory?: number;
}

/** Memory of a job that was not measured [bytes]. */
const USUAL_BYTES = 2 * 2 ** 30;
/** How often the worker process of one job may die before the job counts as failed. */
const DEATHS = 2;

/** A queue that runs jobs in worker processes of this machine. */
export function localQueue(options: LocalQueueOptions): TrainingQueue {
  const {
    runs,
    engine,
    lockWait = 0,
    workers = 1,
    estimate,
    memory = 0.8 * process.availableMemory(),
  } = options;
  const threads =
    options.threads ?? (workers > 1 ? Math.max(1, Math.floor(availableParallelism() / workers)) : undefined);
  const settings: TaskSettings = { runs, engine, lockWait, ...(threads === undefined ? {} : { threads }) };
  const bytesOf = (job: TrainingJob) => estimate?.(job)?.bytes ?? USUAL_BYTES;
  const perform = async (job: TrainingJob, { signal, on }: QueueRunOptions) => {
    on?.({ type: "started", job });
    for (let deaths = 1; ; deaths++) {
      try {
        const finished = await runInProcess(
          { kind: "train", job, settings },
          {
            ...(signal ? { signal } : {}),
            progress: (progress) => on?.({ type: "progress", job, progress }),
          },
        );
        if (finished === false) throw new CsiFeedbackError("INTERRUPTED", "the training was stopped");
        return;
      } catch (error) {
        const died = isCsiFeedbackError(error) && error.code === "WORKER_DIED";
        if (!died || deaths === DEATHS || signal?.aborted) throw error;
        on?.({ type: "retry", job, reason: error.message });
      }
    }
  };
  return {
    run: (jobs, runOptions = {}) =>
      schedule(jobs, {
        ...runOptions,
        fits: (job, running) =>
          running.length < workers && [job, ...running].reduce((sum, one) => sum + bytesOf(one), 0) <= memory,
        execute: (job) => perform(job, runOptions),
      }),
    close: async () => {},
  };
}

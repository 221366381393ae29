// Running jobs that build on each other, several at a time: which one is next, and what
// becomes of the others when one fails. How a job is run is told from outside.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { TrainingJob } from "./job";
import { failureOf, type QueueRunOptions } from "./queue";

/** What {@link schedule} needs beside the jobs. */
export interface ScheduleOptions extends QueueRunOptions {
  /** Whether a job may start beside those that run. One may always. */
  fits(job: TrainingJob, running: readonly TrainingJob[]): boolean;
  /** Runs a job to its end. */
  execute(job: TrainingJob): Promise<void>;
}

/** Runs all jobs, first come first served among those whose predecessors are finished. */
export async function schedule(jobs: readonly TrainingJob[], options: ScheduleOptions): Promise<void> {
  const { fits, execute, signal, on } = options;
  const waiting = new Map(jobs.map((job) => [job.id, job]));
  const running = new Map<string, { job: TrainingJob; done: Promise<void> }>();
  const failures: { job: TrainingJob; error: Error }[] = [];
  const fail = (job: TrainingJob, error: Error) => {
    failures.push({ job, error });
    on?.({ type: "failed", job, error });
  };
  const start = (job: TrainingJob) => {
    waiting.delete(job.id);
    const done = execute(job).then(
      () => on?.({ type: "finished", job }),
      (error: Error) => {
        if (!signal?.aborted) fail(job, error);
      },
    );
    running.set(job.id, { job, done: done.finally(() => running.delete(job.id)) });
  };
  for (;;) {
    for (const job of waiting.values()) {
      if (signal?.aborted) break;
      if (job.after.some((id) => failures.some((failure) => failure.job.id === id))) {
        waiting.delete(job.id);
        fail(job, new CsiFeedbackError("TRAINING_SKIPPED", "the training that it starts from failed"));
      } else if (!job.after.some((id) => waiting.has(id) || running.has(id))) {
        const others = [...running.values()].map((one) => one.job);
        if (others.length === 0 || fits(job, others)) start(job);
      }
    }
    if (running.size === 0) break;
    await Promise.race([...running.values()].map(({ done }) => done));
  }
  if (signal?.aborted)
    throw new CsiFeedbackError("INTERRUPTED", "the trainings were stopped; checkpoints are written");
  if (failures.length > 0) throw failureOf(failures);
}

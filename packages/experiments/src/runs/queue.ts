// The queue interface: whatever runs jobs, on this machine or on others.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { TrainingJob } from "./job";
import type { JobProgress } from "./task";

/** What becomes known about the jobs of a queue while they run, told apart by `type`. */
export type QueueEvent =
  | { readonly type: "started"; readonly job: TrainingJob }
  | { readonly type: "progress"; readonly job: TrainingJob; readonly progress: JobProgress }
  | { readonly type: "finished"; readonly job: TrainingJob }
  | { readonly type: "retry"; readonly job: TrainingJob; readonly reason: string }
  | { readonly type: "failed"; readonly job: TrainingJob; readonly error: Error };

/** Options of {@link TrainingQueue.run}. */
export interface QueueRunOptions {
  /** Ends running jobs in good order: each writes a checkpoint. */
  readonly signal?: AbortSignal;
  readonly on?: (event: QueueEvent) => void;
}

/** Runs jobs until their run folders hold finished runs. */
export interface TrainingQueue {
  /**
   * Runs jobs, each after those that it names in `after`. A job that is finished already, by the content
   * of its folder, is not run. When one fails the others go on, but for those that come after it.
   *
   * @throws CsiFeedbackError `INTERRUPTED` when the signal ended it; the error of the job when one failed,
   * `TRAININGS_FAILED` when several did.
   */
  run(jobs: readonly TrainingJob[], options?: QueueRunOptions): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** The error for jobs that failed. */
export function failureOf(failures: readonly { readonly job: TrainingJob; readonly error: Error }[]): Error {
  if (failures.length === 1) {
    const [{ job, error }] = failures;
    const { code = "TRAININGS_FAILED" } = error as { code?: string };
    return new CsiFeedbackError(code, `${job.title}: ${error.message}`, { cause: error });
  }
  const reasons = failures.map(({ job, error }) => `${job.title}: ${error.message}`);
  return new CsiFeedbackError(
    "TRAININGS_FAILED",
    `${failures.length} trainings failed: ${reasons.join("; ")}`,
  );
}

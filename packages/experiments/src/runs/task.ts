// What a worker process is asked to do, and doing it: train a job in its folder, or
// measure a few steps of a training. Runs in this process; who starts processes is elsewhere.
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import { lockFile } from "@csi-feedback/common/node";
import { type EngineChoice, startEngine } from "@csi-feedback/engines";
import type { TrainingDefinition } from "../training/definition";
import { definitionHash } from "../training/definition-hash";
import { type RunEvent, runTraining } from "../training/run";
import { isFinished } from "../training/trained-network";
import { channelCache, runFolder, type TrainingJob } from "./job";
import { measureSteps, type StepTimes } from "./step-times";

/** How tasks are run. */
export interface TaskSettings {
  /** Base folder of the runs. */
  readonly runs: string;
  readonly engine: EngineChoice;
  /** Processor threads for the task; all without. */
  readonly threads?: number;
  /** How long to wait for another process that works on the same run [ms]; 0 unless told. */
  readonly lockWait?: number;
}

/** A task for a worker process. */
export type Task =
  | { readonly kind: "train"; readonly job: TrainingJob; readonly settings: TaskSettings }
  | { readonly kind: "measure"; readonly definition: TrainingDefinition; readonly settings: TaskSettings };

/** How far a training is. */
export interface JobProgress {
  /** Estimated time to its end [s], once that is known. */
  readonly secondsLeft?: number;
  /** Stage, epoch, validation. */
  readonly text: string;
}

/** What a task reports and obeys. */
export interface TaskHooks {
  readonly signal?: AbortSignal;
  progress?(progress: JobProgress): void;
}

/**
 * Runs a training in its folder, from its last checkpoint where there is one.
 *
 * @returns false when the signal ended it before it was finished.
 * @throws CsiFeedbackError `RUN_LOCKED` while another process works on the same run, and what
 * `runTraining` throws.
 */
export async function trainJob(
  { id, definition }: TrainingJob,
  { runs, engine, threads, lockWait = 0 }: TaskSettings,
  { signal, progress }: TaskHooks = {},
): Promise<boolean> {
  const folder = runFolder(runs, id);
  const unlock = await lockRun(folder, lockWait);
  try {
    if (await isFinished(folder, definition)) return true;
    const started = await startEngine(engine, threads === undefined ? {} : { threads });
    const summary = await runTraining({
      definition,
      folder,
      engine: started,
      resume: true,
      ...(signal ? { signal } : {}),
      ...(threads === undefined ? {} : { workers: threads }),
      ...(progress ? { on: progressOf(progress) } : {}),
      // Trainings on the same channel make its samples once.
      cache: channelCache(runs),
      startFolder: async (start) => runFolder(runs, await definitionHash(start)),
    });
    return summary !== undefined;
  } finally {
    await unlock();
  }
}

/** Measures some steps of a training. */
export async function measureTask(
  definition: TrainingDefinition,
  { engine, threads }: TaskSettings,
  { signal }: TaskHooks = {},
): Promise<StepTimes> {
  await startEngine(engine, threads === undefined ? {} : { threads });
  return measureSteps(definition, signal);
}

/** The lock of a whole run, data and model included; the trainer's own covers the training alone. */
async function lockRun(folder: string, wait: number): Promise<() => Promise<void>> {
  const path = `${folder}.lock`;
  try {
    return await lockFile(path, { wait });
  } catch (cause) {
    if (!isCsiFeedbackError(cause) || cause.code !== "LOCKED") throw cause;
    const message = `trainJob: another process trains ${folder} (${cause.message}); wait for it, or remove ${path} if it is gone`;
    throw new CsiFeedbackError("RUN_LOCKED", message, { cause });
  }
}

/** A listener that boils the events of a run down to lines. */
function progressOf(report: (progress: JobProgress) => void): (event: RunEvent) => void {
  let validation = "";
  return (event) => {
    if (event.type === "data") {
      report({ text: `${event.part} data ${event.done}/${event.total}` });
    } else if (event.type === "step") {
      const { stage, epoch, secondsLeft } = event;
      report({ secondsLeft, text: `stage ${stage}, epoch ${epoch}${validation}` });
    } else if ((event.type === "epoch" || event.type === "stage") && event.validation) {
      validation = `, ${event.validation.nmse.toFixed(2)} dB`;
    }
  };
}

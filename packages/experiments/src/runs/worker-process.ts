// A worker process and how it is spoken to: one process does one task, so that whatever a
// training leaves in memory goes with it, and one that is killed takes nothing along.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CsiFeedbackError } from "@csi-feedback/common";
import type { StepTimes } from "./step-times";
import { type JobProgress, measureTask, type Task, type TaskHooks, trainJob } from "./task";

/** The program of a worker process, which builds put beside the file that this module ends up in. */
const program = fileURLToPath(new URL("./training-worker.js", import.meta.url));

/** What is sent to a worker process. */
export type ToWorker = { readonly type: "task"; readonly task: Task } | { readonly type: "stop" };

/** What a worker process sends. */
export type FromWorker =
  | { readonly type: "progress"; readonly progress: JobProgress }
  | { readonly type: "result"; readonly result: boolean | StepTimes }
  | { readonly type: "error"; readonly code: string; readonly message: string };

/** Does a task: in this process. */
export async function performTask(task: Task, hooks: TaskHooks): Promise<boolean | StepTimes> {
  return task.kind === "train"
    ? trainJob(task.job, task.settings, hooks)
    : measureTask(task.definition, task.settings, hooks);
}

/**
 * Does a task in a process of its own; in this one where the program for it was not built, as when sources
 * run as they are.
 *
 * @throws CsiFeedbackError with the code of the error in the process; `WORKER_DIED` when the process ended
 * without a word, as one that is killed or out of memory does.
 */
export async function runInProcess(task: Task, hooks: TaskHooks = {}): Promise<boolean | StepTimes> {
  if (!existsSync(program)) return performTask(task, hooks);
  const child = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const stop = () => send(child, { type: "stop" });
  hooks.signal?.addEventListener("abort", stop);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("message", (message: FromWorker) => {
        if (message.type === "progress") hooks.progress?.(message.progress);
        else if (message.type === "result") resolve(message.result);
        else reject(new CsiFeedbackError(message.code, message.message));
      });
      child.on("close", (code, signal) => {
        const how = signal ? `by ${signal}` : `with exit code ${code}`;
        reject(new CsiFeedbackError("WORKER_DIED", `the worker process was ended ${how}`));
      });
      send(child, { type: "task", task });
      if (hooks.signal?.aborted) stop();
    });
  } finally {
    hooks.signal?.removeEventListener("abort", stop);
  }
}

function send(child: ChildProcess, message: ToWorker): void {
  // A process that ended meanwhile is reported by its exit.
  if (child.connected) child.send(message, () => {});
}

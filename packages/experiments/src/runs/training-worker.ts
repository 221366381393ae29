// The program of a worker process: one task, then the end. It stops in good order, with a
// checkpoint, when it is told to or when the process that started it is gone.
import { isCsiFeedbackError } from "@csi-feedback/common";
import type { Task } from "./task";
import { type FromWorker, performTask, type ToWorker } from "./worker-process";

const controller = new AbortController();
// Ctrl-C in a terminal reaches all processes; the one that started this one decides.
process.on("SIGINT", () => {});
process.on("disconnect", () => controller.abort());
process.on("message", async (message: ToWorker) => {
  if (message.type === "stop") return controller.abort();
  await send(await answer(message.task));
  // Native threads of an engine would keep the process.
  process.exit();
});

async function answer(task: Task): Promise<FromWorker> {
  try {
    const result = await performTask(task, {
      signal: controller.signal,
      progress: (progress) => void send({ type: "progress", progress }),
    });
    return { type: "result", result };
  } catch (error) {
    const code = isCsiFeedbackError(error) ? error.code : "TRAINING_FAILED";
    return { type: "error", code, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Resolves when the message has left this process, or cannot leave it any more. */
function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

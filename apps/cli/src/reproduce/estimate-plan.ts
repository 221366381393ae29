// Measures a few steps of every kind of training in a plan that has not been measured on
// this machine.
import {
  type Estimates,
  type PlannedTraining,
  runInProcess,
  type StepTimes,
  type TaskSettings,
} from "@csi-feedback/experiments";
import { Progress } from "../progress";

/** Fills in the estimates of a plan. A training that cannot be measured has none; running it tells why. */
export async function estimatePlan(
  plan: readonly PlannedTraining[],
  estimates: Estimates,
  settings: TaskSettings,
  signal: AbortSignal,
): Promise<void> {
  const missing = plan.filter(({ state, job }) => state !== "finished" && !estimates.get(job.definition));
  const progress = new Progress("measuring steps", missing.length);
  for (const [i, { job }] of missing.entries()) {
    signal.throwIfAborted();
    progress.update(i, `, ${job.title}`);
    const { definition } = job;
    if (estimates.get(definition)) continue;
    try {
      const times = await runInProcess({ kind: "measure", definition, settings }, { signal });
      await estimates.add(definition, times as StepTimes);
    } catch (error) {
      signal.throwIfAborted();
      process.stderr.write(`no estimate of ${job.title}: ${(error as Error).message}\n`);
    }
  }
  progress.end();
}

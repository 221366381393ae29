// The learning rate over a stage (eq. 16): a linear rise from zero, then half a
// cosine down to the final rate, stepped at every iteration.
import { invalid } from "@csi-feedback/common";

/** Peak, final rate and lengths of a learning-rate schedule; lengths in iterations. */
export interface Schedule {
  /** Rate at the end of the warm-up. */
  readonly peak: number;
  /** Rate at the end of training. */
  readonly final: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * The learning rate of iteration `step` (0 is the first): linear from 0 to `peak` over the
 * warm-up, then `final + (peak - final) / 2 * (1 + cos(pi * (t - Tw) / (T - Tw)))` (eq. 16).
 * With a warm-up, the very first iteration has rate 0, as in CRNet's trainer.
 *
 * @throws CsiFeedbackError `INVALID_SCHEDULE` when the warm-up is longer than the stage.
 *
 * @example
 * ```ts
 * import { learningRate } from "@csi-feedback/training";
 *
 * const schedule = { peak: 2e-3, final: 5e-5, warmupSteps: 10, totalSteps: 100 };
 * console.log(learningRate(schedule, 5)); // 0.001
 * console.log(learningRate(schedule, 10)); // 0.002
 * console.log(learningRate(schedule, 100)); // 0.00005
 * ```
 */
export function learningRate(schedule: Schedule, step: number): number {
  const { peak, final, warmupSteps, totalSteps } = schedule;
  if (warmupSteps > totalSteps) {
    invalid("INVALID_SCHEDULE", "learningRate", `warmupSteps must be at most ${totalSteps}`, warmupSteps);
  }
  if (step < warmupSteps) return (peak * step) / warmupSteps;
  const span = totalSteps - warmupSteps;
  const done = span === 0 ? 1 : Math.min((step - warmupSteps) / span, 1);
  return final + ((peak - final) / 2) * (1 + Math.cos(Math.PI * done));
}

// What a run folder's metrics say about how the run learned, epoch by epoch.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { Evaluation } from "@csi-feedback/training";
import { readMetrics } from "@csi-feedback/training/node";

/** A validation during a training. */
export interface LearningPoint {
  readonly stage: string;
  /** Epochs since the run began, over all stages; 0 is before the first step. */
  readonly epoch: number;
  /** Optimizer steps since the run began, over all stages. */
  readonly step: number;
  /** Mean training loss of the epoch; absent where a stage begins. */
  readonly trainingLoss?: number;
  readonly validationLoss: number;
  /** Averaged over the ratios [dB]. */
  readonly nmseDb: number;
  /** One entry per number of kept elements. */
  readonly perElements: readonly Evaluation[];
}

/**
 * The validations of a run, finished or not, oldest first. Where a stage begins, its first validation stands
 * at the epoch at which the stage before it ended.
 *
 * @throws CsiFeedbackError `NOT_A_RUN` for a folder without metrics.
 */
export async function readLearningCurve(folder: string): Promise<LearningPoint[]> {
  const points: LearningPoint[] = [];
  /** Epochs of the stages before the current one, and of the current one so far. */
  let before = 0;
  let within = 0;
  for (const line of await readMetrics(folder)) {
    if (line.type === "stage") {
      before += within;
      within = 0;
    } else if (line.type === "epoch") within = line.epoch;
    if ((line.type !== "stage" && line.type !== "epoch") || line.validation === undefined) continue;
    const { loss, nmse, perElements } = line.validation;
    points.push({
      stage: line.stage,
      epoch: before + within,
      step: line.step,
      ...(line.type === "epoch" ? { trainingLoss: line.trainingLoss } : {}),
      validationLoss: loss,
      nmseDb: nmse,
      perElements,
    });
  }
  if (points.length === 0) {
    throw new CsiFeedbackError("NOT_A_RUN", `readLearningCurve: ${folder} holds no metrics of a run`);
  }
  return points;
}

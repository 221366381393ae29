// Is the run still healthy? Step by step: not a number, or a loss that explodes.
// Epoch by epoch, for a joint stage that may freeze groups: unstable or slow.
// The watch is plain data, so that a checkpoint can hold it.
import type { Validation } from "./events";

/** The running loss counts as exploded beyond this multiple of its lowest value. */
const EXPLOSION = 100;
/** Weight of the newest value in the running averages. */
const NEWEST = 0.1;
/** A joint stage is unstable when the validation loss stays above this multiple of its lowest value ... */
const RISE = 1.5;
/** ... for this many validations in a row. */
const RISES = 3;
/** Epochs after the warm-up in which a joint stage must get below the best loss of the stage before. */
const SLOW_EPOCHS = 10;

/** Running averages of the loss and of each group's gradient norm. */
export interface Watch {
  average: number | null;
  lowest: number | null;
  /** Running average of the gradient norm per group. */
  norms: Record<string, number>;
  /** The last gradient norm per group. */
  lastNorms: Record<string, number>;
  /** Validations in a row with a loss far above the lowest. */
  rises: number;
}

/** A fresh watch, at the start of a stage. */
export function newWatch(): Watch {
  return { average: null, lowest: null, norms: {}, lastNorms: {}, rises: 0 };
}

/** Why a step counts as diverged, and the group whose gradient points to it. */
export interface Divergence {
  readonly group: string;
  readonly detail: string;
}

/** Takes in a step; tells when it diverged. */
export function watchStep(
  watch: Watch,
  loss: number,
  gradientNorms: Readonly<Record<string, number>>,
): Divergence | undefined {
  const broken = Object.keys(gradientNorms).filter((group) => !Number.isFinite(gradientNorms[group]));
  if (!Number.isFinite(loss)) {
    return { group: suspect(watch, Object.keys(gradientNorms)), detail: `the loss is ${loss}` };
  }
  if (broken.length > 0) {
    const group = suspect(watch, broken);
    return { group, detail: `the gradient norm of ${group} is ${gradientNorms[group]}` };
  }
  watch.average = watch.average === null ? loss : watch.average + NEWEST * (loss - watch.average);
  watch.lowest = Math.min(watch.lowest ?? watch.average, watch.average);
  for (const [group, norm] of Object.entries(gradientNorms)) {
    const average = watch.norms[group] ?? norm;
    watch.norms[group] = average + NEWEST * (norm - average);
    watch.lastNorms[group] = norm;
  }
  if (watch.average > EXPLOSION * watch.lowest) {
    const detail = `the running loss ${watch.average.toPrecision(3)} is over ${EXPLOSION} times its lowest value ${watch.lowest.toPrecision(3)}`;
    return { group: suspect(watch, Object.keys(gradientNorms)), detail };
  }
  return undefined;
}

/** The group whose last gradient stands out most against its running average. */
export function suspect(watch: Watch, groups: readonly string[]): string {
  const growth = (group: string) => (watch.lastNorms[group] ?? 0) / (watch.norms[group] || 1);
  return groups.reduce((most, group) => (growth(group) > growth(most) ? group : most));
}

/** Where a joint stage stands after a validation. */
export interface JointProgress {
  /** Epochs done. */
  readonly epoch: number;
  readonly warmupEpochs: number;
  /** True when the stage ends here anyway. */
  readonly ending: boolean;
  readonly validation: Validation;
  readonly lowestLoss: number;
  /** Best validation loss of the stage before; null when there is none. */
  readonly previousLoss: number | null;
}

/** Takes in a validation of a joint stage; tells when the groups that may freeze should. */
export function watchJointTraining(
  watch: Watch,
  progress: JointProgress,
): { reason: "unstable" | "slow"; detail: string } | undefined {
  const { validation, lowestLoss, previousLoss, epoch, warmupEpochs, ending } = progress;
  watch.rises = validation.loss > RISE * lowestLoss ? watch.rises + 1 : 0;
  if (watch.rises >= RISES) {
    const detail = `the validation loss stayed above ${RISE} times its lowest value ${lowestLoss.toPrecision(3)} for ${RISES} validations`;
    return { reason: "unstable", detail };
  }
  const late = ending || epoch >= warmupEpochs + SLOW_EPOCHS;
  if (late && previousLoss !== null && lowestLoss > previousLoss) {
    const detail = `after ${epoch} epochs the validation loss ${lowestLoss.toPrecision(3)} is still above the ${previousLoss.toPrecision(3)} of the stage before`;
    return { reason: "slow", detail };
  }
  return undefined;
}

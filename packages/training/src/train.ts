// `train`: the loop over stages, epochs and batches. What a step, a checkpoint or
// a validation is stands in files of their own; here is only their order.

import { CsiFeedbackError } from "@csi-feedback/common";
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import { type Batch, epochOrder, readTrainingBatch } from "./batches";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type Position,
  type StageResult,
} from "./checkpoint";
import { RunClock, stopwatch } from "./clock";
import type { Place, TrainingEvent, Validation } from "./events";
import { makePlan, type Plan, rateOf, type Stage, type TrainOptions } from "./options";
import {
  disposeSnapshot,
  encodeModel,
  loadModel,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
  withSnapshot,
} from "./parameters";
import { learningRate } from "./schedule";
import { newWatch, suspect, watchJointTraining, watchStep } from "./stability";
import { Stepper } from "./step";
import { validate } from "./validation";

/** What {@link train} returns. */
export interface TrainResult {
  /** `"aborted"` when the signal ended the run before its last stage did. */
  readonly status: "completed" | "aborted";
  /** The finished stages. */
  readonly stages: readonly StageResult[];
  /** Optimizer steps made, over all stages and resumes. */
  readonly steps: number;
}

/** Name under which the state to resume from is stored. */
export const CHECKPOINT = "checkpoint";
/** Name under which the parameters of the finished run are stored. */
const MODEL = "model";

/** Name under which the best parameters of a stage are stored. */
function bestName(stage: string): string {
  return `best-${stage}`;
}

/**
 * Trains a network stage by stage. Each stage keeps the parameters with the lowest validation NMSE and
 * hands them to the next one; a completed run leaves those of its last stage in the network, an aborted
 * run the best so far of the current one.
 *
 * With `storage`, the run writes `checkpoint` at every epoch's end and every `checkpointMinutes`,
 * `best-STAGE` with every better model, and `model` at the end. `resume` continues from `checkpoint` to
 * the same numbers as a run that never stopped.
 *
 * @throws CsiFeedbackError `DIVERGED` when the loss or a gradient is not finite or the loss explodes: the
 * message names the step and the group, the last checkpoint and the best model stay as they are, and the
 * network holds that best model. `RESUME_MISMATCH` when the checkpoint belongs to another run;
 * `INVALID_...`, `UNKNOWN_GROUP`, `EMPTY_DATA` for wrong options.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const plan = makePlan(options);
  await registerGradients();
  const run = new Run(plan);
  try {
    return await run.execute();
  } finally {
    run.dispose();
  }
}

type Status = TrainResult["status"];

class Run {
  readonly #plan: Plan;
  readonly #clock = new RunClock();
  readonly #stepsPerEpoch: number;
  #position = newPosition();
  #stepper: Stepper | undefined;
  #best: Snapshot = new Map();
  #sinceCheckpoint = stopwatch();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#stepsPerEpoch = Math.ceil(plan.data.train.count / plan.batchSize);
  }

  async execute(): Promise<TrainResult> {
    const { stages, storage, resume } = this.#plan;
    const bytes = resume ? await storage?.load(CHECKPOINT) : undefined;
    if (bytes) await this.#resume(decodeCheckpoint(this.#plan, bytes));
    let status: Status = "completed";
    try {
      while (this.#position.stage < stages.length) {
        if (this.#stepper === undefined) await this.#beginStage();
        await this.#runStage();
        await this.#finishStage();
      }
    } catch (error) {
      if (error !== ABORTED) throw error;
      status = "aborted";
      if (this.#stepper) await this.#saveCheckpoint();
    } finally {
      restoreSnapshot(this.#plan.network.parameters, this.#best);
    }
    await this.#emit({ type: "end", status });
    return { status, stages: this.#position.finished, steps: this.#position.step };
  }

  async #resume(checkpoint: Checkpoint): Promise<void> {
    const { network, storage, stages } = this.#plan;
    this.#position = checkpoint.position;
    if (this.#position.stage < stages.length) {
      const name = bestName(this.#stage.name);
      const best = await storage!.load(name);
      if (best === undefined) {
        throw new CsiFeedbackError(
          "INVALID_CHECKPOINT",
          `train: the checkpoint needs ${name}, which is missing`,
        );
      }
      loadModel(network, best);
      this.#best = takeSnapshot(network.parameters);
      this.#stepper = new Stepper(this.#plan, this.#groups, this.#stage.output);
    }
    checkpoint.restore(this.#stepper);
    const { epoch, batch } = this.#position;
    const stepsPerEpoch = this.#stepsPerEpoch;
    const stepsDone = epoch * stepsPerEpoch + batch;
    await this.#emit({ type: "resume", epochs: this.#stage.epochs, stepsPerEpoch, stepsDone });
  }

  /** Validates what the stage starts from: its first best model. */
  async #beginStage(): Promise<void> {
    const { stage, step, events, finished } = this.#position;
    this.#position = { ...newPosition(), stage, step, events, finished };
    const validation = await this.#validate();
    if (!Number.isFinite(validation.loss)) {
      const message = `train: stage ${this.#stage.name} starts from parameters whose validation loss is ${validation.loss}`;
      throw new CsiFeedbackError("DIVERGED", message);
    }
    this.#stepper = new Stepper(this.#plan, this.#groups, this.#stage.output);
    this.#position.lowestLoss = validation.loss;
    await this.#keepBest(validation);
    await this.#emit({
      type: "stage",
      groups: this.#groups,
      epochs: this.#stage.epochs,
      stepsPerEpoch: this.#stepsPerEpoch,
      validation,
    });
    await this.#saveCheckpoint();
  }

  async #runStage(): Promise<void> {
    while (this.#endReason() === undefined) {
      if (await this.#runBatches()) await this.#endEpoch();
    }
  }

  /** Trains to the end of the epoch. False when the stage has to start again with groups frozen. */
  async #runBatches(): Promise<boolean> {
    const { seed, data, batchSize, checkpointMinutes } = this.#plan;
    const position = this.#position;
    const order = epochOrder(seed, position, data.train.count);
    const read = (batch: number): Promise<Batch> => {
      const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
      const coming = readTrainingBatch(data.train, indices, { ...position }, this.#plan);
      // A failed read is reported when its turn comes, not as an unhandled rejection.
      coming.catch(() => {});
      return coming;
    };
    let coming = position.batch < this.#stepsPerEpoch ? read(position.batch) : undefined;
    while (coming !== undefined) {
      this.#checkAbort();
      const waited = stopwatch();
      const batch: Batch = await coming;
      const waitSeconds = waited();
      coming = position.batch + 1 < this.#stepsPerEpoch ? read(position.batch + 1) : undefined;
      if (!(await this.#runStep(batch, waitSeconds))) return false;
      if (this.#sinceCheckpoint() > checkpointMinutes * 60) await this.#saveCheckpoint();
    }
    return true;
  }

  async #runStep(batch: Batch, waitSeconds: number): Promise<boolean> {
    const position = this.#position;
    const measured = stopwatch();
    const learningRates = this.#learningRates();
    const { loss, gradientNorms } = await this.#stepper!.run(batch, learningRates);
    const seconds = measured() + waitSeconds;
    position.step++;
    position.batch++;
    const divergence = watchStep(position.watch, loss, gradientNorms);
    if (divergence) {
      await this.#diverged(divergence.group, divergence.detail);
      return false;
    }
    position.lossSum += loss * batch.count;
    position.samples += batch.count;
    position.epochSeconds += seconds;
    this.#clock.addStep(seconds);
    await this.#emit({
      type: "step",
      loss,
      learningRates,
      gradientNorms,
      samplesPerSecond: batch.count / seconds,
      waitSeconds,
      secondsLeft: this.#secondsLeft(),
    });
    return true;
  }

  async #endEpoch(): Promise<void> {
    const position = this.#position;
    const place = this.#place();
    const due =
      (position.epoch + 1) % this.#plan.validationInterval === 0 || position.epoch + 1 === this.#stage.epochs;
    const measured = stopwatch();
    const validation = due ? await this.#validate() : undefined;
    position.epochSeconds += measured();
    if (validation && !Number.isFinite(validation.loss)) {
      const group = suspect(position.watch, this.#groups);
      return this.#diverged(group, `the validation loss is ${validation.loss}`);
    }
    const { lossSum, samples, epochSeconds } = position;
    position.epoch++;
    position.batch = 0;
    position.lossSum = 0;
    position.samples = 0;
    position.epochSeconds = 0;
    const best = validation !== undefined && validation.nmse < position.best.validation.nmse;
    if (best) await this.#keepBest(validation);
    if (validation && validation.loss < position.lowestLoss) {
      position.lowestLoss = validation.loss;
      position.lowestLossEpoch = position.epoch;
    }
    await this.#emit(
      {
        type: "epoch",
        trainingLoss: lossSum / samples,
        ...(validation ? { validation } : {}),
        best,
        seconds: epochSeconds,
        secondsLeft: this.#secondsLeft(),
      },
      place,
    );
    const trouble = validation && this.#mayFreeze ? this.#watchJoint(validation) : undefined;
    if (trouble) await this.#freeze(trouble.reason, trouble.detail);
    else await this.#saveCheckpoint();
  }

  #watchJoint(validation: Validation): ReturnType<typeof watchJointTraining> {
    const { watch, epoch, lowestLoss, finished } = this.#position;
    return watchJointTraining(watch, {
      epoch,
      warmupEpochs: this.#stage.warmupEpochs ?? 0,
      ending: this.#endReason() !== undefined,
      validation,
      lowestLoss,
      previousLoss: finished.at(-1)?.best.loss ?? null,
    });
  }

  /** Freezes groups where the stage allows it; otherwise the run ends here. */
  async #diverged(group: string, detail: string): Promise<void> {
    if (this.#mayFreeze) return this.#freeze("diverged", `${detail} (group ${group})`);
    const place = this.#place();
    await this.#emit({ type: "diverged", group, detail }, place);
    const message = `train: diverged at step ${place.step} (stage ${place.stage}, epoch ${place.epoch}, group ${group}): ${detail}`;
    throw new CsiFeedbackError("DIVERGED", message);
  }

  get #mayFreeze(): boolean {
    return this.#position.attempt === 0 && this.#stage.freezeIfUnstable !== undefined;
  }

  /** Starts the stage again from its best model, without the groups that may freeze. */
  async #freeze(reason: "diverged" | "unstable" | "slow", detail: string): Promise<void> {
    const place = this.#place();
    const { stage, step, events, finished, epoch, best } = this.#position;
    restoreSnapshot(this.#plan.network.parameters, this.#best);
    this.#position = {
      ...newPosition(),
      stage,
      step,
      events,
      finished,
      attempt: 1,
      earlierEpochs: epoch,
      best,
      lowestLoss: best.validation.loss,
    };
    this.#stepper!.dispose();
    this.#stepper = new Stepper(this.#plan, this.#groups, this.#stage.output);
    await this.#emit({ type: "freeze", groups: this.#stage.freezeIfUnstable!, reason, detail }, place);
    await this.#saveCheckpoint();
  }

  async #finishStage(): Promise<void> {
    const { network, stages } = this.#plan;
    const { epoch, earlierEpochs, attempt, best } = this.#position;
    const reason = this.#endReason()!;
    restoreSnapshot(network.parameters, this.#best);
    if (this.#position.stage === stages.length - 1) await this.#saveBest(MODEL);
    const place = this.#place();
    const result: StageResult = {
      name: this.#stage.name,
      reason,
      epochs: earlierEpochs + epoch,
      frozen: attempt === 1 ? this.#stage.freezeIfUnstable! : [],
      bestEpoch: best.epoch,
      best: best.validation,
    };
    this.#stepper!.dispose();
    this.#stepper = undefined;
    this.#position = {
      ...this.#position,
      stage: this.#position.stage + 1,
      finished: [...this.#position.finished, result],
    };
    await this.#emit({ type: "stage-end", reason, bestEpoch: best.epoch, best: best.validation }, place);
    if (this.#position.stage === stages.length) await this.#saveCheckpoint();
  }

  /** Validates the network, with the averaged parameters where averaging is on. */
  async #validate(): Promise<Validation> {
    this.#checkAbort();
    const measured = stopwatch();
    const averages = this.#stepper?.adam.averages ?? new Map();
    try {
      const validation = await withSnapshot(this.#plan.network.parameters, averages, () =>
        validate(this.#plan, this.#stage.output),
      );
      this.#clock.addValidation(measured());
      return validation;
    } catch (error) {
      this.#checkAbort();
      throw error;
    }
  }

  async #keepBest(validation: Validation): Promise<void> {
    const position = this.#position;
    disposeSnapshot(this.#best);
    this.#best = takeSnapshot(
      new Map([...this.#plan.network.parameters, ...(this.#stepper?.adam.averages ?? [])]),
    );
    position.best = { epoch: position.earlierEpochs + position.epoch, validation };
    await this.#saveBest(bestName(this.#stage.name));
  }

  async #saveBest(name: string): Promise<void> {
    const { storage, network, metadata } = this.#plan;
    if (!storage) return;
    const { epoch, validation } = this.#position.best;
    const entries = {
      ...metadata,
      stage: this.#stage.name,
      epoch: String(epoch),
      validation: JSON.stringify(validation),
    };
    await storage.save(
      name,
      await withSnapshot(network.parameters, this.#best, () => encodeModel(network, entries)),
    );
  }

  async #saveCheckpoint(): Promise<void> {
    const { storage } = this.#plan;
    if (!storage) return;
    const measured = stopwatch();
    const bytes = await encodeCheckpoint(this.#plan, this.#position, this.#stepper);
    await storage.save(CHECKPOINT, bytes);
    this.#sinceCheckpoint = stopwatch();
    await this.#emit({ type: "checkpoint", bytes: bytes.length, seconds: measured() });
  }

  get #stage(): Stage {
    return this.#plan.stages[Math.min(this.#position.stage, this.#plan.stages.length - 1)];
  }

  /** Groups trained in the current attempt. */
  get #groups(): string[] {
    const { groups, freezeIfUnstable } = this.#stage;
    return groups.filter((group) => this.#position.attempt === 0 || !freezeIfUnstable?.includes(group));
  }

  #learningRates(): Record<string, number> {
    const { learningRate: peak, finalLearningRate, epochs, warmupEpochs } = this.#stage;
    const step = this.#position.epoch * this.#stepsPerEpoch + this.#position.batch;
    const rate = (group: string) =>
      learningRate(
        {
          peak: rateOf(peak, group),
          final: rateOf(finalLearningRate ?? peak, group),
          warmupSteps: (warmupEpochs ?? 0) * this.#stepsPerEpoch,
          totalSteps: epochs * this.#stepsPerEpoch,
        },
        step,
      );
    return Object.fromEntries(this.#groups.map((group) => [group, rate(group)]));
  }

  #endReason(): "epochs" | "patience" | undefined {
    const { epoch, lowestLossEpoch } = this.#position;
    if (epoch >= this.#stage.epochs) return "epochs";
    const { patience } = this.#stage;
    return patience !== undefined && epoch - lowestLossEpoch >= patience ? "patience" : undefined;
  }

  #secondsLeft(): number {
    const { stage, epoch, batch } = this.#position;
    const epochs = this.#plan.stages.slice(stage).reduce((sum, { epochs }) => sum + epochs, -epoch);
    return this.#clock.secondsFor({
      steps: epochs * this.#stepsPerEpoch - batch,
      validations: Math.ceil(epochs / this.#plan.validationInterval),
    });
  }

  #place(): Omit<Place, "sequence"> {
    const { epoch, earlierEpochs, step } = this.#position;
    return { stage: this.#stage.name, epoch: earlierEpochs + Math.min(epoch + 1, this.#stage.epochs), step };
  }

  #checkAbort(): void {
    if (this.#plan.signal?.aborted) throw ABORTED;
  }

  async #emit(event: Unplaced, place = this.#place()): Promise<void> {
    const progress = !["resume", "checkpoint", "end"].includes(event.type);
    if (progress) this.#position.events++;
    await this.#plan.on?.({ ...event, ...place, sequence: this.#position.events } as TrainingEvent);
  }

  dispose(): void {
    this.#stepper?.dispose();
    disposeSnapshot(this.#best);
  }
}

/** An event without its place. */
type Unplaced = TrainingEvent extends infer E ? (E extends Place ? Omit<E, keyof Place> : never) : never;

/** Thrown inside a run to leave its loops when the signal is set. */
const ABORTED = Symbol("aborted");

function newPosition(): Position {
  return {
    stage: 0,
    attempt: 0,
    epoch: 0,
    batch: 0,
    step: 0,
    events: 0,
    earlierEpochs: 0,
    lossSum: 0,
    samples: 0,
    epochSeconds: 0,
    best: { epoch: 0, validation: { loss: 0, nmse: 0, perElements: [] } },
    lowestLoss: 0,
    lowestLossEpoch: 0,
    watch: newWatch(),
    finished: [],
  };
}

// What a training run tells its caller while it runs.
import type { Evaluation } from "./evaluate";

/** Where an event happened. */
export interface Place {
  /** Name of the stage. */
  readonly stage: string;
  /** Epoch within the stage, from 1. */
  readonly epoch: number;
  /** Optimizer steps since the run began, over all stages; the first is 1. */
  readonly step: number;
  /**
   * Number of events of the run so far, this one included; `resume`, `checkpoint` and `end` do not count.
   * After a `resume`, events with a larger number than its own come again.
   */
  readonly sequence: number;
}

/** Validation results of one moment. */
export interface Validation {
  /** Validation loss, averaged over the numbers of kept elements. */
  readonly loss: number;
  /** NMSE [dB]: 10 log10 of the mean ratio over all samples, then averaged over the numbers of kept elements. */
  readonly nmse: number;
  /** One entry per number of kept elements. */
  readonly perElements: readonly Evaluation[];
}

/** Everything {@link TrainOptions.on} may be called with, told apart by `type`. */
export type TrainingEvent =
  | ({
      /** The run continues from a checkpoint written at this place. */
      readonly type: "resume";
      /** Of the stage that goes on. */
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      /** Steps of these done before. */
      readonly stepsDone: number;
    } & Place)
  | ({
      readonly type: "stage";
      /** Groups trained in this stage. */
      readonly groups: readonly string[];
      readonly epochs: number;
      readonly stepsPerEpoch: number;
      /** Validation before the first step of the stage. */
      readonly validation: Validation;
    } & Place)
  | ({
      readonly type: "step";
      readonly loss: number;
      /** Learning rate per trained group. */
      readonly learningRates: Readonly<Record<string, number>>;
      /** Norm of the gradient per trained group, before clipping. */
      readonly gradientNorms: Readonly<Record<string, number>>;
      readonly samplesPerSecond: number;
      /** Time the engine stood still because the batch was not there yet [s]. */
      readonly waitSeconds: number;
      /** Estimated time to the end if no stage stops early [s]. */
      readonly secondsLeft: number;
    } & Place)
  | ({
      readonly type: "epoch";
      /** Mean loss over the epoch's samples. */
      readonly trainingLoss: number;
      /** Absent in epochs without validation. */
      readonly validation?: Validation;
      /** True when this is the best model of the stage so far. */
      readonly best: boolean;
      readonly seconds: number;
      readonly secondsLeft: number;
    } & Place)
  | ({
      readonly type: "freeze";
      /** Groups that are no longer trained. */
      readonly groups: readonly string[];
      readonly reason: "diverged" | "unstable" | "slow";
      readonly detail: string;
    } & Place)
  | ({
      readonly type: "checkpoint";
      readonly bytes: number;
      readonly seconds: number;
    } & Place)
  | ({
      readonly type: "diverged";
      /** The group whose gradient grew most before the failure. */
      readonly group: string;
      readonly detail: string;
    } & Place)
  | ({
      readonly type: "stage-end";
      readonly reason: "epochs" | "patience";
      /** Epoch of the best model; 0 is the state before the first step. */
      readonly bestEpoch: number;
      readonly best: Validation;
    } & Place)
  | ({
      readonly type: "end";
      readonly status: "completed" | "aborted";
    } & Place);

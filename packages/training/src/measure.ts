// How long a run will take, from a few steps of it. The network is given back as
// it was.
import { registerGradients } from "@csi-feedback/tfjs-gradients";
import { epochOrder, readTrainingBatch } from "./batches";
import { stopwatch } from "./clock";
import { evaluate } from "./evaluate";
import { makePlan, type Plan, type Stage, type TrainOptions } from "./options";
import { disposeSnapshot, restoreSnapshot, takeSnapshot } from "./parameters";
import { Stepper } from "./step";

/** Measured times of one stage. */
export interface StageMeasure {
  readonly stage: string;
  /** Median time of an optimizer step [s]. */
  readonly secondsPerStep: number;
  /** Time of one validation [s]. */
  readonly secondsPerValidation: number;
  readonly steps: number;
  readonly validations: number;
  /** Time of the stage if it does not stop early [s]. */
  readonly seconds: number;
}

/** What {@link measureTraining} found. */
export interface TrainingMeasure {
  readonly stages: readonly StageMeasure[];
  /** Time of all stages if none stops early [s]. */
  readonly seconds: number;
}

/**
 * Measures some steps and one validation batch of every stage and says how long {@link train} would
 * take with the same options. Nothing is written and the network's parameters stay as they are.
 *
 * @param steps - measured steps per stage, after one that is not measured. Default 3.
 */
export async function measureTraining(options: TrainOptions, steps = 3): Promise<TrainingMeasure> {
  const plan = makePlan(options);
  await registerGradients();
  const { parameters } = plan.network;
  const before = takeSnapshot(parameters);
  const stages: StageMeasure[] = [];
  try {
    for (const stage of plan.stages) stages.push(await measureStage(plan, stage, steps));
  } finally {
    restoreSnapshot(parameters, before);
    disposeSnapshot(before);
  }
  return { stages, seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0) };
}

async function measureStage(plan: Plan, stage: Stage, measured: number): Promise<StageMeasure> {
  const stepper = new Stepper(plan, stage.groups, stage.output);
  try {
    const secondsPerStep = await measureStep(plan, stage, stepper, measured);
    const secondsPerValidation = await measureValidation(plan, stage);
    const steps = stage.epochs * Math.ceil(plan.data.train.count / plan.batchSize);
    const validations = 1 + Math.ceil(stage.epochs / plan.validationInterval);
    return {
      stage: stage.name,
      secondsPerStep,
      secondsPerValidation,
      steps,
      validations,
      seconds: steps * secondsPerStep + validations * secondsPerValidation,
    };
  } finally {
    stepper.dispose();
  }
}

async function measureStep(plan: Plan, stage: Stage, stepper: Stepper, measured: number): Promise<number> {
  const { data, batchSize, seed } = plan;
  const place = { stage: 0, attempt: 0, epoch: 0 };
  const rates = Object.fromEntries(stage.groups.map((group) => [group, 0]));
  const order = epochOrder(seed, place, data.train.count).subarray(0, batchSize);
  const times: number[] = [];
  for (let step = 0; step <= measured; step++) {
    const time = stopwatch();
    await stepper.run(await readTrainingBatch(data.train, order, place, plan), rates);
    if (step > 0) times.push(time());
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

async function measureValidation(plan: Plan, stage: Stage): Promise<number> {
  const { network, data, elements, validationBatchSize, noise } = plan;
  const count = Math.min(validationBatchSize, data.validation.count);
  const pass = () =>
    evaluate({
      network,
      source: { shape: data.validation.shape, count, read: (indices) => data.validation.read(indices) },
      batchSize: count,
      output: stage.output,
      ...(elements ? { elements } : {}),
      ...(noise ? { noise } : {}),
    });
  await pass();
  const time = stopwatch();
  await pass();
  return time() * Math.ceil(data.validation.count / count);
}

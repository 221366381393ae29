// The options of `train`, their defaults and their checks.
import { invalid } from "@csi-feedback/common";
import type { NoiseSettings } from "./batches";
import type { TrainingEvent } from "./events";
import type { LossName } from "./loss";
import type { ChannelSource, TrainableNetwork } from "./network";

/** One number for every group, or one per group. */
export type RatePerGroup = number | Readonly<Record<string, number>>;

/** One stage of training: what is trained, on which output, how long and how fast. */
export interface Stage {
  /** Names the stage in events and files: lower-case letters, digits, hyphens. */
  readonly name: string;
  /** The output whose loss is minimised. */
  readonly output: "preliminary" | "final";
  /** Groups of the network that are trained; all others stay as they are. */
  readonly groups: readonly string[];
  /** Most epochs. */
  readonly epochs: number;
  /** Peak learning rate. */
  readonly learningRate: RatePerGroup;
  /** Learning rate at the last step of the last epoch. Default: the peak, that is, no decay. */
  readonly finalLearningRate?: RatePerGroup;
  /** Epochs of linear rise from 0. Default 0. */
  readonly warmupEpochs?: number;
  /** Epochs without a lower validation loss after which the stage ends. Default: never. */
  readonly patience?: number;
  /**
   * Groups to freeze when training them with the others is unstable or slow: the run then goes back
   * to the best model so far and starts the stage again without them.
   */
  readonly freezeIfUnstable?: readonly string[];
}

/** Settings of Adam. With `weightDecay` it is AdamW. */
export interface OptimizerSettings {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay of parameters with two or more dimensions. Default 0. */
  readonly weightDecay?: number;
  /** Gradients whose norm over all trained parameters is larger are scaled down to it. Default: off. */
  readonly clipNorm?: number;
  /** Decay of an exponential moving average of the parameters, which is then what is validated and kept. Default: off. */
  readonly averagingDecay?: number;
}

/** Where a run keeps its files. A run folder on Node; anything that keeps bytes by name elsewhere. */
export interface RunStorage {
  /** Stores the bytes whole or not at all, replacing what had the name. */
  save(name: string, bytes: Uint8Array): Promise<void>;
  /** What was stored under the name, if anything. */
  load(name: string): Promise<Uint8Array | undefined>;
}

/** Options of {@link train}. */
export interface TrainOptions {
  readonly network: TrainableNetwork;
  readonly data: { readonly train: ChannelSource; readonly validation: ChannelSource };
  readonly stages: readonly Stage[];
  /** Samples of one optimizer step. The last batch of an epoch may be smaller. */
  readonly batchSize: number;
  /**
   * Samples of one pass through the network; a batch of several passes adds up their gradients, which
   * are those of the whole batch for networks without batch statistics and losses that are means (the
   * geometric one is not). Default `batchSize`.
   */
  readonly microBatchSize?: number;
  /** Samples of one validation pass. Default: as `microBatchSize`. */
  readonly validationBatchSize?: number;
  /** Epochs from one validation to the next; the last epoch always has one. Default 1. */
  readonly validationInterval?: number;
  /** Names every random number of the run. */
  readonly seed: number;
  /**
   * Numbers of kept elements (M). Training draws one for each sample; validation evaluates each.
   * Leave out for networks with a fixed codeword.
   */
  readonly elements?: readonly number[];
  /** `"mse"` (default) is eq. 13, `"nmse"` the mean ratio of eq. 14, `"geometric-nmse"` its geometric mean. */
  readonly loss?: LossName;
  readonly optimizer?: OptimizerSettings;
  /** Noise on the channels that the network sees, in training and validation; the target stays clean. */
  readonly noise?: NoiseSettings;
  /** Called with every event, and awaited. */
  readonly on?: (event: TrainingEvent) => void | Promise<void>;
  /** Ends the run after the current batch, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Where checkpoints and the best models go. Default: nowhere. */
  readonly storage?: RunStorage;
  /** Goes into the metadata of model files, for example where the data came from. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Continue from the checkpoint in `storage`, if it has one. */
  readonly resume?: boolean;
  /** Time between checkpoints within an epoch [min]; every epoch ends with one. Default 10. */
  readonly checkpointMinutes?: number;
}

/** {@link TrainOptions} with every default filled in. */
export interface Plan extends TrainOptions {
  readonly microBatchSize: number;
  readonly validationBatchSize: number;
  readonly validationInterval: number;
  readonly loss: LossName;
  readonly optimizer: Required<Omit<OptimizerSettings, "clipNorm" | "averagingDecay">> &
    Pick<OptimizerSettings, "clipNorm" | "averagingDecay">;
  readonly checkpointMinutes: number;
}

/** The value of a group. */
export function rateOf(rate: RatePerGroup, group: string): number {
  return typeof rate === "number" ? rate : rate[group];
}

/** Fills in the defaults and checks every option. */
export function makePlan(options: TrainOptions): Plan {
  const microBatchSize = options.microBatchSize ?? options.batchSize;
  const plan: Plan = {
    ...options,
    microBatchSize,
    validationBatchSize: options.validationBatchSize ?? microBatchSize,
    validationInterval: options.validationInterval ?? 1,
    loss: options.loss ?? "mse",
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, ...options.optimizer },
    checkpointMinutes: options.checkpointMinutes ?? 10,
  };
  for (const key of ["batchSize", "microBatchSize", "validationBatchSize", "validationInterval"] as const) {
    positiveInteger(key, plan[key]);
  }
  if (!Number.isSafeInteger(plan.seed) || plan.seed < 0) {
    invalid("INVALID_SEED", "train", "seed must be a non-negative safe integer", plan.seed);
  }
  checkData(plan);
  checkElements(plan);
  checkOptimizer(plan);
  if (plan.stages.length === 0) invalid("INVALID_STAGE", "train", "stages must not be empty", plan.stages);
  const names = new Set<string>();
  for (const stage of plan.stages) {
    if (names.has(stage.name)) invalid("INVALID_STAGE", "train", "stage names must differ", stage.name);
    names.add(stage.name);
    checkStage(stage, plan.network);
  }
  return plan;
}

function positiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    invalid("INVALID_ARGUMENT", "train", `${name} must be a positive integer`, value);
  }
}

function checkData({ data }: Plan): void {
  for (const [name, source] of Object.entries(data)) {
    if (source.count < 1) invalid("EMPTY_DATA", "train", `data.${name} must hold samples`, source.count);
  }
  if (data.train.shape.join() !== data.validation.shape.join()) {
    const expected = `[${data.train.shape.join(", ")}]`;
    invalid(
      "INVALID_SHAPE",
      "train",
      `data.validation must have the shape ${expected}`,
      data.validation.shape,
    );
  }
}

function checkElements({ elements, data }: Plan): void {
  if (elements === undefined) return;
  const most = data.train.shape[0] * data.train.shape[1] * data.train.shape[2];
  if (elements.length === 0) invalid("INVALID_ELEMENTS", "train", "elements must not be empty", elements);
  for (const count of elements) {
    if (!Number.isSafeInteger(count) || count < 1 || count > most) {
      invalid("INVALID_ELEMENTS", "train", `elements must be integers from 1 to ${most}`, count);
    }
  }
}

function checkOptimizer({ optimizer }: Plan): void {
  for (const key of ["beta1", "beta2", "averagingDecay"] as const) {
    const value = optimizer[key];
    if (value !== undefined && !(value >= 0 && value < 1)) {
      invalid("INVALID_ARGUMENT", "train", `optimizer.${key} must be in [0, 1)`, value);
    }
  }
  for (const key of ["epsilon", "clipNorm"] as const) {
    const value = optimizer[key];
    if (value !== undefined && !(value > 0)) {
      invalid("INVALID_ARGUMENT", "train", `optimizer.${key} must be positive`, value);
    }
  }
  if (!(optimizer.weightDecay >= 0)) {
    invalid("INVALID_ARGUMENT", "train", "optimizer.weightDecay must not be negative", optimizer.weightDecay);
  }
}

function checkStage(stage: Stage, network: TrainableNetwork): void {
  const where = `stage ${stage.name}`;
  if (!/^[a-z0-9-]+$/.test(stage.name)) {
    invalid("INVALID_STAGE", "train", "a stage name has lower-case letters, digits, hyphens", stage.name);
  }
  positiveInteger(`${where}: epochs`, stage.epochs);
  const known = Object.keys(network.groups);
  for (const group of [...stage.groups, ...(stage.freezeIfUnstable ?? [])]) {
    if (!known.includes(group)) {
      invalid(
        "UNKNOWN_GROUP",
        "train",
        `${where}: ${network.name} has the groups ${known.join(", ")}`,
        group,
      );
    }
  }
  const lasting = stage.groups.filter((group) => !stage.freezeIfUnstable?.includes(group));
  if (lasting.length === 0) {
    invalid("INVALID_STAGE", "train", `${where}: groups must hold one that is never frozen`, stage.groups);
  }
  for (const group of stage.groups) {
    for (const rate of [stage.learningRate, stage.finalLearningRate ?? 0]) {
      if (!(rateOf(rate, group) >= 0)) {
        invalid(
          "INVALID_SCHEDULE",
          "train",
          `${where}: group ${group} needs a learning rate`,
          rateOf(rate, group),
        );
      }
    }
  }
  const warmup = stage.warmupEpochs ?? 0;
  if (!(warmup >= 0 && warmup <= stage.epochs)) {
    invalid("INVALID_SCHEDULE", "train", `${where}: warmupEpochs must be from 0 to ${stage.epochs}`, warmup);
  }
  if (stage.patience !== undefined) positiveInteger(`${where}: patience`, stage.patience);
}

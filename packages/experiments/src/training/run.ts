// Running a training: network and data from the definition, Algorithm 1 in a run
// folder, quantizers, and a summary as the last thing, which marks the run as finished.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ScalarQuantizer } from "@csi-feedback/codec";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import type { ChannelSource } from "@csi-feedback/datasets";
import type { StartedEngine } from "@csi-feedback/engines";
import { type FeedbackNetwork, keepElements } from "@csi-feedback/networks";
import {
  countParameters,
  type Evaluation,
  type StageResult,
  type TrainingEvent,
  type TrainOptions,
} from "@csi-feedback/training";
import { readMetrics, trainInFolder } from "@csi-feedback/training/node";
import { type OpenedData, openData } from "./channel-data";
import { checkDefinition, hasFixedCodeword, type TrainingDefinition } from "./definition";
import { definitionHash, sealDefinition } from "./definition-hash";
import { modelFiles, runFiles } from "./folder";
import { currentCommit, describeHardware } from "./machine";
import { createNetwork, trainableOf } from "./network";
import { quantizedLink } from "./quantized-link";
import { designQuantizers } from "./quantizers";
import { elementsAt } from "./ratio";

/** What {@link RunOptions.on} may be called with, told apart by `type`. */
export type RunEvent =
  | TrainingEvent
  | {
      /** Channels are being generated. */
      readonly type: "data";
      readonly part: "training" | "validation";
      readonly done: number;
      readonly total: number;
    }
  | {
      /** Another training has to come first; its events follow, up to the next of these. */
      readonly type: "training";
      readonly definition: TrainingDefinition;
      readonly folder: string;
    };

/** Options of {@link runTraining}. */
export interface RunOptions {
  readonly definition: TrainingDefinition;
  /** The run folder; made when missing. */
  readonly folder: string;
  /** The engine that was started; its name goes into the summary. */
  readonly engine: StartedEngine;
  /** Continue a run of the same definition in the folder, if there is one. */
  readonly resume?: boolean;
  /** Ends the run in good order: after the current batch, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly on?: (event: RunEvent) => void | Promise<void>;
  /** Worker threads that generate data; one per processor without. */
  readonly workers?: number;
  /** Folder in which generated channels are kept for the next training; they are not kept without. */
  readonly cache?: string;
  /**
   * The run folder of a finished training that `startFrom.training` names. Without it, that training is
   * run first, in the folder `start` of this run's.
   */
  readonly startFolder?: (definition: TrainingDefinition) => Promise<string>;
}

/** What is known about a finished training. */
export interface TrainingSummary {
  /** {@link definitionHash} of its definition. */
  readonly hash: string;
  readonly network: string;
  /** Parameters of each group. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly trainingSamples: number;
  readonly validationSamples: number;
  /** Epochs trained, over all stages. */
  readonly epochs: number;
  readonly steps: number;
  /** Time of all epochs with their validations, over all resumes [s]. */
  readonly seconds: number;
  /** Median over all steps. */
  readonly samplesPerSecond: number;
  /** Time of all steps that the engine stood still for want of data [s]; absent in runs of older versions. */
  readonly waitSeconds?: number;
  /** NMSE on the validation data of the weights that were kept, averaged over the ratios [dB]. */
  readonly bestNmseDb: number;
  /** The same weights on the validation data, one entry per ratio. */
  readonly validation: readonly Evaluation[];
  readonly stages: readonly StageResult[];
  readonly engine: string;
  readonly hardware: string;
  readonly commit: string;
  /** When it was finished, ISO 8601. */
  readonly finished: string;
}

/**
 * Trains by a definition. The folder then holds what `trainInFolder` writes, `definition.json`, a model
 * folder with weights and quantizers, and `summary.json`. A finished run of the same definition is left
 * as it is.
 *
 * @returns the summary, or nothing when the signal ended the run before it was finished.
 * @throws CsiFeedbackError `INVALID_DEFINITION`, `RUN_EXISTS` when the folder holds a run and `resume` is
 * not set, `RUN_MISMATCH` when it holds a run of another definition, `FILE_CHANGED`, and what
 * `trainInFolder`, the network and the data throw.
 */
export async function runTraining(options: RunOptions): Promise<TrainingSummary | undefined> {
  const { folder, resume, signal } = options;
  checkDefinition(options.definition, "runTraining");
  const definition = await sealDefinition(options.definition);
  const hash = await definitionHash(definition);
  await claimFolder(folder, definition, hash);
  const finished = await readSummary(folder);
  if (finished && resume) return finished;
  const start = await provideStart(options, definition);
  if (start.interrupted) return undefined;
  let prepared: PreparedTraining | undefined;
  try {
    prepared = await prepareTraining(definition, { ...options, startFolder: start.folder });
    const { train } = prepared;
    const commit = currentCommit();
    const about = { definition, hash, engine: options.engine, commit };
    const result = await trainInFolder({
      ...train,
      directory: folder,
      about,
      metadata: { definition: hash },
      resume: resume === true,
      ...(signal ? { signal } : {}),
      on: async (event) => options.on?.(event),
    });
    if (result.status === "aborted") return undefined;
    await writeModel(join(folder, runFiles.model), prepared, definition, hash);
    const summary = await summarize(options, prepared, result, { hash, commit });
    await writeFileAtomic(join(folder, runFiles.summary), `${JSON.stringify(summary, undefined, 2)}\n`);
    return summary;
  } catch (error) {
    if (signal?.aborted && (error as Error).name === "AbortError") return undefined;
    throw error;
  } finally {
    prepared?.dispose();
  }
}

/** Writes the definition into the folder, unless another one is there. */
async function claimFolder(folder: string, definition: TrainingDefinition, hash: string): Promise<void> {
  const path = join(folder, runFiles.definition);
  const there = await readDefinitionFile(folder);
  if (there === undefined) {
    // A run without a definition is one of another program: the trainer refuses or resumes it.
    await writeFileAtomic(path, `${JSON.stringify({ hash, definition }, undefined, 2)}\n`);
  } else if (there.hash !== hash) {
    const message = `runTraining: ${folder} holds a run of another definition (${runFiles.definition}); name another folder`;
    throw new CsiFeedbackError("RUN_MISMATCH", message);
  }
}

/** The definition of a run folder, if it has one. */
export async function readDefinitionFile(
  folder: string,
): Promise<{ readonly hash: string; readonly definition: TrainingDefinition } | undefined> {
  return readJson(join(folder, runFiles.definition));
}

/** The summary of a run folder, if the run is finished. */
export async function readSummary(folder: string): Promise<TrainingSummary | undefined> {
  return readJson(join(folder, runFiles.summary));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new CsiFeedbackError("FILE_CORRUPT", `${path}: the file must be JSON`, { cause });
  }
}

/** Makes sure that the training that comes first is finished. */
async function provideStart(
  options: RunOptions,
  { startFrom }: TrainingDefinition,
): Promise<{ folder?: string; interrupted?: true }> {
  if (startFrom === undefined || "model" in startFrom) return {};
  const { training } = startFrom;
  if (options.startFolder) return { folder: await options.startFolder(training) };
  const folder = join(options.folder, "start");
  await options.on?.({ type: "training", definition: training, folder });
  const summary = await runTraining({ ...options, definition: training, folder, resume: true });
  if (summary === undefined) return { interrupted: true };
  await options.on?.({ type: "training", definition: options.definition, folder: options.folder });
  return { folder };
}

/** A training that could begin: network, data, and the options of `train`. */
export interface PreparedTraining {
  readonly network: FeedbackNetwork;
  readonly train: TrainOptions;
  dispose(): void;
}

/** Options of {@link prepareTraining}. */
export interface PrepareOptions extends Pick<RunOptions, "signal" | "on" | "workers" | "cache"> {
  /** The run folder of `startFrom.training`. */
  readonly startFolder?: string | undefined;
}

/**
 * Builds the network and opens the data.
 *
 * @throws what {@link runTraining} throws about them.
 */
export async function prepareTraining(
  definition: TrainingDefinition,
  { signal, on, workers, cache, startFolder }: PrepareOptions = {},
): Promise<PreparedTraining> {
  const network = await createNetwork(definition, startFolder);
  const opened: OpenedData[] = [];
  const dispose = () => {
    network.dispose();
    for (const data of opened) data.close();
  };
  const open = async (part: "training" | "validation") => {
    const data = await openData(definition.data[part === "training" ? "train" : part], {
      ...(signal ? { signal } : {}),
      ...(workers ? { workers } : {}),
      ...(cache ? { cache } : {}),
      progress: (done, total) => void on?.({ type: "data", part, done, total }),
    });
    opened.push(data);
    return data.source;
  };
  try {
    const { batchSize, microBatchSize, seed, stages, ratios, noise, loss, optimizer } = definition;
    const data = { train: await open("training"), validation: await open("validation") };
    const train: TrainOptions = {
      network: trainableOf(network, definition, await linkOf(network, definition, data.train)),
      data,
      stages,
      batchSize,
      seed,
      ...(microBatchSize ? { microBatchSize } : {}),
      ...(hasFixedCodeword(network.name) ? {} : { elements: ratios.map(elementsAt) }),
      ...(noise ? { noise } : {}),
      ...(loss ? { loss } : {}),
      ...(optimizer ? { optimizer } : {}),
    };
    return { network, train, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The quantizer that values pass through while training, where the definition has it. */
async function linkOf(network: FeedbackNetwork, definition: TrainingDefinition, source: ChannelSource) {
  if (definition.quantizedValues === undefined) return undefined;
  const designs = await designQuantizers(network, source, definition);
  return quantizedLink(new ScalarQuantizer(designs[definition.ratios[0]]));
}

/** Weights, and quantizers designed on training codewords. */
async function writeModel(
  folder: string,
  { network, train }: PreparedTraining,
  definition: TrainingDefinition,
  hash: string,
): Promise<void> {
  await writeFileAtomic(join(folder, modelFiles.weights), await network.save({ definition: hash }));
  const [, delays, antennas] = network.shape;
  const source = train.data.train;
  const quantizers = {
    network: await designQuantizers(network, source, definition),
    ...(hasFixedCodeword(network.name)
      ? {}
      : {
          largest: await designQuantizers(
            keepElements({ rule: "largest", delays, antennas }),
            source,
            definition,
          ),
        }),
  };
  await writeFileAtomic(join(folder, modelFiles.quantizers), `${JSON.stringify(quantizers)}\n`);
}

async function summarize(
  { folder, engine }: RunOptions,
  { network, train }: PreparedTraining,
  { stages, steps }: { stages: readonly StageResult[]; steps: number },
  { hash, commit }: { hash: string; commit: string },
): Promise<TrainingSummary> {
  let seconds = 0;
  let waitSeconds = 0;
  const speeds: number[] = [];
  for (const line of await readMetrics(folder)) {
    if (line.type === "epoch") seconds += line.seconds;
    if (line.type !== "step") continue;
    speeds.push(line.samplesPerSecond);
    waitSeconds += line.waitSeconds;
  }
  const { best } = stages[stages.length - 1];
  return {
    hash,
    network: network.name,
    parameters: countParameters(train.network),
    trainingSamples: train.data.train.count,
    validationSamples: train.data.validation.count,
    epochs: stages.reduce((sum, { epochs }) => sum + epochs, 0),
    steps,
    seconds,
    samplesPerSecond: speeds.sort((a, b) => a - b)[Math.floor(speeds.length / 2)],
    waitSeconds,
    bestNmseDb: best.nmse,
    validation: best.perElements,
    stages,
    engine: engine.description,
    hardware: describeHardware(),
    commit,
    finished: new Date().toISOString(),
  };
}

// Training an estimator in a folder of its own, or loading it from there when that has
// been done before. The trainer, its checkpoints and its logs are packages/training's.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import {
  loadGpt2Layers,
  loadLlama2cLayers,
  loadLlamaLayers,
  type TransformerLayers,
} from "@csi-feedback/gpt2-layers";
import {
  type ChannelEstimatorNetwork,
  channelEstimators,
  createLlm4Xce,
  loadChannelEstimator,
} from "@csi-feedback/networks";
import type { TrainingEvent, TrainOptions } from "@csi-feedback/training";
import { trainInFolder } from "@csi-feedback/training/node";
import { layersPath } from "../training/pretrained";
import type { Estimator } from "./classical";
import { type Backbone, definitionDigest, type EstimatorDefinition } from "./definition";
import { ANTENNAS, type Channels, channelSource, fromPlanes, RECEIVER_NOISE, toPlanes } from "./scenario";

/** Positions of GPT-2 small, all of which the paper counts as tuned. */
const GPT2_POSITIONS = 1024;

/** Pretrained layers with their final normalisation, and positions where the model has learned ones. */
export async function loadBackbone({ source, layers }: Backbone): Promise<TransformerLayers> {
  const path = layersPath(source);
  if (path.endsWith(".bin")) return loadLlama2cLayers({ source: path, layers, finalNorm: true });
  try {
    return await loadGpt2Layers({ source: path, layers, positions: GPT2_POSITIONS, finalNorm: true });
  } catch (error) {
    if (!isCsiFeedbackError(error) || error.code !== "MISSING_LAYERS") throw error;
    return loadLlamaLayers({ source: path, layers, finalNorm: true });
  }
}

/** The network of a definition with its initial weights. */
export async function createEstimator(definition: EstimatorDefinition): Promise<ChannelEstimatorNetwork> {
  const { network, backbone, seed } = definition;
  const { name, ...configuration } = network;
  if (backbone === undefined) return channelEstimators[name](configuration, seed);
  return createLlm4Xce(configuration, { seed, layers: await loadBackbone(backbone) });
}

/** Seeds of the parts of the data, so that no two share samples. */
export const dataSeed = {
  train: (seed: number) => 10 * seed + 1,
  validation: (seed: number) => 10 * seed + 2,
  test: (seed: number) => 10 * seed + 3,
  interference: (seed: number) => 10 * seed + 4,
  trainingInterference: (seed: number) => 10 * seed + 5,
  validationInterference: (seed: number) => 10 * seed + 6,
} as const;

/** What the trainer is told about a definition. */
export function trainOptionsOf(
  definition: EstimatorDefinition,
  network: ChannelEstimatorNetwork,
): TrainOptions {
  const { scenario, snr, samples, epochs, batchSize, learningRate, finalLearningRate, loss, seed } =
    definition;
  const { contamination: powers } = definition;
  const source = (part: "train" | "validation", interference: number) =>
    channelSource(scenario, dataSeed[part](seed), samples[part], powers && { seed: interference, powers });
  return {
    network,
    data: {
      train: source("train", dataSeed.trainingInterference(seed)),
      validation: source("validation", dataSeed.validationInterference(seed)),
    },
    stages: [
      {
        name: "estimation",
        output: "final",
        groups: Object.keys(network.groups),
        epochs,
        learningRate,
        finalLearningRate,
        warmupEpochs: epochs / 20,
      },
    ],
    batchSize,
    validationBatchSize: Math.max(batchSize, 32),
    seed,
    loss,
    optimizer: { clipNorm: 1 },
    noise: { snr, ...RECEIVER_NOISE },
  };
}

/** Options of {@link trainedEstimator}. */
export interface TrainedEstimatorOptions {
  /** Folder of all runs; each has a folder of its own in it. */
  readonly runs: string;
  readonly on?: (event: TrainingEvent) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Goes into the run's `config.json`: engine, commit. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** The folder of a definition's run. */
export function runFolder(definition: EstimatorDefinition, runs: string): string {
  return join(runs, `${definition.network.name}-${definitionDigest(definition)}`);
}

/** Whether the training of a definition is finished. */
export function isTrained(definition: EstimatorDefinition, runs: string): boolean {
  return existsSync(join(runFolder(definition, runs), "model.safetensors"));
}

/**
 * The trained network of a definition: from its run folder when it is finished, else trained now, going on from where
 * an earlier process stopped.
 *
 * @throws CsiFeedbackError `INTERRUPTED` when the signal ended the training, and what the trainer throws.
 */
export async function trainedEstimator(
  definition: EstimatorDefinition,
  { runs, on, signal, about }: TrainedEstimatorOptions,
): Promise<ChannelEstimatorNetwork> {
  const directory = runFolder(definition, runs);
  if (!isTrained(definition, runs)) {
    const network = await createEstimator(definition);
    try {
      const { status } = await trainInFolder({
        ...trainOptionsOf(definition, network),
        directory,
        resume: true,
        about: { definition, ...about },
        ...(on ? { on } : {}),
        ...(signal ? { signal } : {}),
      });
      if (status === "aborted") {
        throw new CsiFeedbackError(
          "INTERRUPTED",
          `stopped; the same command goes on with ${definition.label} from ${directory}`,
        );
      }
    } finally {
      network.dispose();
    }
  }
  return loadChannelEstimator(await readFile(join(directory, "model.safetensors")));
}

/** Samples of one pass. */
const BATCH = 32;

/** A trained network as an estimator. It is not told the SNR. */
export function networkEstimator(
  { label, epochs }: Pick<EstimatorDefinition, "label" | "epochs">,
  network: ChannelEstimatorNetwork,
): Estimator {
  return {
    name: label,
    epochs,
    async estimate(observed: Channels) {
      const planes = toPlanes(observed);
      const result = new Float32Array(planes.length);
      for (let first = 0; first < observed.samples; first += BATCH) {
        const batch = Math.min(BATCH, observed.samples - first);
        const [start, end] = [2 * ANTENNAS * first, 2 * ANTENNAS * (first + batch)];
        result.set(await network.estimate(planes.subarray(start, end), { batch }), start);
      }
      return fromPlanes(result);
    },
  };
}

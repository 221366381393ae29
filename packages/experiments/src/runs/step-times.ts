// How long a training takes, from a few measured steps: what was measured, and what it
// comes to for a whole training.

import { measureTraining } from "@csi-feedback/training";
import type { DataPart, TrainingDefinition } from "../training/definition";
import { prepareTraining } from "../training/run";

/** Measured times. */
export interface StepTimes {
  /** One sample of data, made or read [s]. */
  readonly secondsPerSample: number;
  readonly stages: readonly {
    readonly secondsPerStep: number;
    /** One sample of one validation, at all ratios [s]. */
    readonly secondsPerValidationSample: number;
    readonly validations: number;
  }[];
  /** Most memory that the measuring process had [bytes]. */
  readonly peakBytes: number;
}

/** What a training will need. */
export interface TrainingEstimate {
  readonly seconds: number;
  readonly bytes: number;
}

const VALIDATION_SAMPLES = 64;

/** Measures some steps of every stage of a training, on a small part of its data. */
export async function measureSteps(definition: TrainingDefinition, signal?: AbortSignal): Promise<StepTimes> {
  const start = performance.now();
  const small = smallVersion(definition);
  const { train, dispose } = await prepareTraining(small, signal ? { signal } : {});
  const samples = train.data.train.count + train.data.validation.count;
  const secondsPerSample = (performance.now() - start) / 1000 / samples;
  try {
    const { stages } = await measureTraining(train);
    return {
      secondsPerSample,
      stages: stages.map(({ secondsPerStep, secondsPerValidation, validations }) => ({
        secondsPerStep,
        secondsPerValidationSample: secondsPerValidation / train.data.validation.count,
        validations,
      })),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    dispose();
  }
}

/** The same steps on little data, from initial weights. */
function smallVersion(definition: TrainingDefinition): TrainingDefinition {
  const { startFrom, ...rest } = definition;
  const source = startFrom && "training" in startFrom ? smallVersion(startFrom.training) : undefined;
  const { train, validation } = definition.data;
  const cut = (parts: readonly DataPart[], samples: number): DataPart[] =>
    parts.map((part) => ({
      ...part,
      samples: Math.min(part.samples ?? samples, Math.ceil(samples / parts.length)),
    }));
  return {
    ...rest,
    ...(source
      ? { network: source.network, ...(source.layers ? { layers: source.layers } : {}) }
      : startFrom
        ? { startFrom }
        : {}),
    data: { train: cut(train, definition.batchSize), validation: cut(validation, VALIDATION_SAMPLES) },
  };
}

/** What a training needs by measured times, if no stage ends early. */
export function estimateOf(definition: TrainingDefinition, times: StepTimes): TrainingEstimate {
  const { data, batchSize, stages } = definition;
  const count = (parts: readonly DataPart[]) => parts.reduce((sum, { samples = 0 }) => sum + samples, 0);
  const [train, validation] = [count(data.train), count(data.validation)];
  const seconds = times.stages.reduce(
    (sum, { secondsPerStep, secondsPerValidationSample, validations }, i) =>
      sum +
      (stages[i]?.epochs ?? 0) * Math.ceil(train / batchSize) * secondsPerStep +
      validations * validation * secondsPerValidationSample,
    (train + validation) * times.secondsPerSample,
  );
  // A sample is 2 x 32 x 32 numbers of 4 bytes; generating, scaling and joining parts hold it up to three times.
  return { seconds, bytes: times.peakBytes + 3 * 8192 * (train + validation) };
}

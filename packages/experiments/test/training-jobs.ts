// Jobs for tests, and a training that takes a second.
import type { TrainingJob } from "../src/runs/job";
import type { TrainingDefinition } from "../src/training/definition";
import { baselineDefinition } from "../src/training/definitions";

/** A small training: CsiNet on few samples for two epochs. */
export function tinyDefinition(seed: number): TrainingDefinition {
  const profile = {
    name: "smoke",
    samples: { train: 24, validation: 8, test: 8 },
    epochs: [1, 1],
    batchSize: 8,
  } as const;
  return baselineDefinition("csinet", { channel: "cost2100-indoor", ratio: "1/64", profile, seed });
}

/** A job that is only looked at. */
export function trainingJob(id: string, after: readonly string[] = []): TrainingJob {
  return { id, kind: "train", definition: tinyDefinition(1), after, title: `job ${id}` };
}

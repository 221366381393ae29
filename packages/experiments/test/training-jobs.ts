// Jobs for tests, and trainings that take a second or some.
import type { TrainingJob } from "../src/runs/job";
import type { TrainingDefinition } from "../src/training/definition";
import { baselineDefinition, transferDefinition } from "../src/training/definitions";

/** CsiNet on few samples; with `from`, fine-tuned from the one with that seed. */
export function tinyTraining({
  seed,
  epochs = 1,
  from,
}: {
  readonly seed: number;
  readonly epochs?: number;
  readonly from?: number;
}): TrainingDefinition {
  const profile = {
    name: "smoke",
    samples: { train: 24, validation: 8, test: 8 },
    epochs: [epochs, epochs],
    batchSize: 8,
  } as const;
  const channel = "cost2100-indoor";
  if (from === undefined) return baselineDefinition("csinet", { channel, ratio: "1/64", profile, seed });
  return transferDefinition(tinyTraining({ seed: from, epochs }), { channel, profile, seed });
}

/** A job that is only looked at. */
export function trainingJob(id: string, after: readonly string[] = []): TrainingJob {
  return { id, kind: "train", definition: tinyTraining({ seed: 1 }), after, title: `job ${id}` };
}

// The plan: which trainings some experiments need, each once, and which of them are
// finished. What is planned is decided by the content of definitions alone.
import { existsSync } from "node:fs";
import type { Experiment, Profile } from "../experiment";
import { isFinished } from "../training/trained-network";
import { jobsOf, runFolder, type TrainingJob } from "./job";

/** A training of a plan. */
export interface PlannedTraining {
  readonly job: TrainingJob;
  readonly folder: string;
  /** `"started"` is one that has a folder but no result yet; it will be resumed. */
  readonly state: "finished" | "started" | "new";
  /** Ids of the experiments that it is for. */
  readonly neededBy: readonly string[];
}

/** What {@link planTrainings} plans. */
export interface PlanOptions {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  readonly seed: number;
  /** Base folder of the runs. */
  readonly runs: string;
}

/**
 * Lists the trainings that experiments need at a profile, in an order in which they can run. A training
 * that several experiments share is there once; so is one that other trainings start from.
 *
 * @throws CsiFeedbackError of `definitionHash` for missing or changed files.
 */
export async function planTrainings(options: PlanOptions): Promise<PlannedTraining[]> {
  const { experiments, profile, seed, runs } = options;
  const jobs = new Map<string, { job: TrainingJob; neededBy: Set<string> }>();
  for (const experiment of experiments) {
    for (const definition of experiment.trainings(profile, seed)) {
      for (const job of await jobsOf(definition)) {
        const planned = jobs.get(job.id) ?? { job, neededBy: new Set() };
        jobs.set(job.id, planned);
        planned.neededBy.add(experiment.id);
      }
    }
  }
  const plan: PlannedTraining[] = [];
  for (const { job, neededBy } of jobs.values()) {
    const folder = runFolder(runs, job.id);
    const finished = await isFinished(folder, job.definition);
    const state = finished ? "finished" : existsSync(folder) ? "started" : "new";
    plan.push({ job, folder, state, neededBy: [...neededBy] });
  }
  return plan;
}

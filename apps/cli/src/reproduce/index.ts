// `csi-feedback reproduce`: the plan, and printing it or running it.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { parseEngine } from "@csi-feedback/engines";
import {
  Estimates,
  experiments,
  findExperiment,
  type Profile,
  planTrainings,
  profiles,
  readResults,
} from "@csi-feedback/experiments";
import { interruptSignal } from "../interrupt";
import { estimatePlan } from "./estimate-plan";
import { printPlan } from "./print-plan";
import { runPlan } from "./run-plan";

/** The options of `csi-feedback reproduce`, as the command line gives them. */
export interface ReproduceOptions {
  readonly profile: string;
  readonly plan?: boolean;
  readonly runs: string;
  readonly results: string;
  readonly seed: number;
  readonly workers: number;
  readonly redis?: string;
  readonly engine: string;
  readonly json?: boolean;
}

export async function reproduce(ids: readonly string[], options: ReproduceOptions): Promise<void> {
  const chosen = ids.includes("all") ? experiments : [...new Set(ids)].map(findExperiment);
  const profile = parseProfile(options.profile);
  const engine = parseEngine(options.engine);
  const { runs, results, seed, json } = options;
  // A results file that cannot be read is found before anything is trained.
  await readResults(results);
  const signal = interruptSignal("stopping: running trainings write a checkpoint");
  try {
    const plan = await planTrainings({ experiments: chosen, profile, seed, runs });
    const estimates = await Estimates.open(runs);
    // Measuring takes as long as a smoke training itself.
    if (options.plan || profile.name !== "smoke")
      await estimatePlan(plan, estimates, { runs, engine }, signal);
    const context = { experiments: chosen, profile, seed, plan, estimates };
    if (options.plan) {
      printPlan(context, json === true);
    } else {
      const rows = await runPlan(context, options, engine, signal);
      if (json) {
        process.stdout.write(`${JSON.stringify({ profile: profile.name, seed, rows }, undefined, 2)}\n`);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CsiFeedbackError("INTERRUPTED", "stopped; the same command goes on from here", {
      cause: error,
    });
  }
}

function parseProfile(name: string): Profile {
  const names = Object.keys(profiles) as (keyof typeof profiles)[];
  const found = names.find((known) => known === name);
  if (found === undefined)
    invalid("UNKNOWN_PROFILE", "--profile", `must be one of ${names.join(", ")}`, name);
  return profiles[found];
}

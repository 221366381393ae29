// `csi-feedback reproduce --plan`: the trainings, for people and for machines.
import { duration } from "../progress";
import { printTable } from "../text-table";
import type { PlanContext } from "./plan-context";

/** Prints the plan on stdout. */
export function printPlan({ experiments, profile, seed, plan, estimates }: PlanContext, json: boolean): void {
  const trainings = plan.map(({ job, folder, state, neededBy }) => ({
    id: job.id,
    title: job.title,
    folder,
    state,
    neededBy,
    seconds: state === "finished" ? 0 : (estimates.get(job.definition)?.seconds ?? null),
  }));
  const known = trainings.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  if (json) {
    const ids = experiments.map(({ id }) => id);
    const output = { profile: profile.name, seed, experiments: ids, trainings, seconds: known };
    process.stdout.write(`${JSON.stringify(output, undefined, 2)}\n`);
    return;
  }
  const missing = trainings.filter(({ state }) => state !== "finished");
  process.stdout.write(
    `Trainings of ${experiments.length} experiments, ${profile.name} profile, seed ${seed}\n\n`,
  );
  printTable(
    ["training", "for", "folder", "state", "time"],
    trainings.map(({ title, neededBy, folder, state, seconds }) => [
      title,
      neededBy.join(" "),
      folder,
      state,
      state === "finished" ? "-" : duration(seconds ?? Number.NaN),
    ]),
  );
  process.stdout.write(
    `\n${trainings.length} trainings, ${missing.length} to run, about ${duration(known)} one after the other\n`,
  );
}

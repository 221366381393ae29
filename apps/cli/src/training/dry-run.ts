// `csi-feedback train --dry-run`: what a training is and costs, without running it.
import { measureCost, type TrainingDefinition } from "@csi-feedback/experiments";
import { duration } from "../progress";
import { printTable } from "../text-table";

/** Measures the cost and prints it after the definition, or both as JSON. */
export async function dryRun(
  definition: TrainingDefinition,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const cost = await measureCost(definition, signal);
  if (json) {
    process.stdout.write(`${JSON.stringify({ definition, ...cost }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`${JSON.stringify(definition, undefined, 2)}\n\nhash ${cost.hash}\n\n`);
  printTable(
    ["group", "parameters"],
    Object.entries(cost.parameters).map(([group, count]) => [group, count.toLocaleString("en")]),
  );
  process.stdout.write("\n");
  printTable(
    ["stage", "epochs", "steps per epoch", "GFLOPs per epoch", "s per step", "trained"],
    cost.stages.map((stage) => [
      stage.stage,
      String(stage.epochs),
      String(stage.stepsPerEpoch),
      (stage.flopsPerEpoch / 1e9).toFixed(1),
      stage.secondsPerStep.toFixed(3),
      stage.groups.join(", "),
    ]),
  );
  const memory = Math.ceil(cost.bytes / 2 ** 20);
  process.stdout.write(
    `\nat most ${duration(cost.seconds)} and about ${memory} MiB, by a few steps measured here and now\n`,
  );
}

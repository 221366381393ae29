// The options that `csi-feedback table` and `csi-feedback figure` share.
import { Command } from "commander";
import { seedNumber } from "../options";
import type { ShowOptions } from "../tables";

/** The command without its description. */
export function showCommand(kind: "table" | "figure"): Command {
  return new Command(kind)
    .argument("<number>", "as in the paper, or the name of an experiment beyond it")
    .option("--profile <name>", "smoke, laptop or paper; the largest that there are results of without")
    .option("--seed <number>", "of data, weights and batches", seedNumber("--seed"), 1)
    .option("--results <folder>", "where numbers are looked for", "results")
    .option("--runs <folder>", "where trainings are looked for when there are no numbers", "runs")
    .option("--out <folder>", "write CSV, JSON and figures (SVG and PNG) there")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--json", "print one JSON object on stdout")
    .action(async (number: string, options: ShowOptions) => {
      const { show } = await import("../tables");
      await show(kind, number, options);
    });
}

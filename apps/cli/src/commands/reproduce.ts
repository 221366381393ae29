// `csi-feedback reproduce`: what the options are. The work is in ../reproduce.
import { Command } from "commander";
import { positiveInteger, seedNumber } from "../options";

export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description(
      "Train what tables and figures need, measure them, keep the numbers. Goes on where it was stopped or killed.",
    )
    .argument("[experiments...]", "such as table-3 and figure-5; all without", ["all"])
    .option("--profile <name>", "smoke: seconds; laptop: hours on two cores; paper: days on a GPU", "smoke")
    .option("--plan", "print what would be trained, with time estimates, and stop")
    .option("--runs <folder>", "where trainings are kept, shared by all experiments", "runs")
    .option("--results <folder>", "where numbers and figures are kept", "results")
    .option("--seed <number>", "of data, weights and batches", seedNumber("--seed"), 1)
    .option("--workers <number>", "trainings at a time, within memory", positiveInteger("--workers"), 1)
    .option("--redis <url>", "train on the workers of this Redis server (see `csi-feedback worker`)")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--json", "print the plan, or the measured rows, as one JSON object on stdout")
    .addHelpText(
      "after",
      `
Trainings are found again by their content: none runs twice, and nothing stale is used.

Examples:
  csi-feedback reproduce table-3 figure-5 --profile laptop --plan
  csi-feedback reproduce all --profile laptop
  csi-feedback reproduce table-3 --profile paper --redis redis://queue.example:6379`,
    )
    .action(async (ids: string[], options) => {
      const { reproduce } = await import("../reproduce");
      await reproduce(ids, options);
    });
}

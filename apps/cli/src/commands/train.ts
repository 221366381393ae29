// `csi-feedback train`: what the options are. The work is in ../training.
import { Command } from "commander";

export function trainCommand(): Command {
  return new Command("train")
    .description(
      "Train a network by a configuration file: data, stages, seeds. Ctrl-C writes a checkpoint and stops.",
    )
    .argument("<configuration>", "JSON file; models/*/training.json in this package are examples")
    .requiredOption("--out <folder>", "run folder: checkpoints, metrics.jsonl, TensorBoard events, model")
    .option("--resume", "go on from the checkpoint in the run folder")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--json", "print the summary of the finished run as JSON")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback train training.json --out runs/first
  csi-feedback train training.json --out runs/first --resume`,
    )
    .action(async (configuration: string, options) => {
      const { trainFromFile } = await import("../training");
      await trainFromFile(configuration, options);
    });
}

// `csi-feedback train`: what the options are. The work is in ../training.
import { invalid } from "@csi-feedback/common";
import { Command, Help, Option } from "commander";
import { positiveInteger } from "../options";

export function trainCommand(): Command {
  return new Command("train")
    .description(
      "Train a network by a definition file: network, data, stages, seeds. Ctrl-C writes a checkpoint and stops.",
    )
    .argument("<definition>", "JSON file; definitions/*.json in this package are examples")
    .option("--out <folder>", "run folder: checkpoints, metrics.jsonl, TensorBoard events, model")
    .option("--resume", "go on from the checkpoint in the run folder")
    .option("--dry-run", "print the definition, parameters, operations and time, and stop")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--json", "print the summary of the finished run, or the dry run, as JSON")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback train definitions/crnet-indoor.json --dry-run
  csi-feedback train definitions/crnet-indoor.json --out runs/crnet
  csi-feedback train definitions/crnet-indoor.json --out runs/crnet --resume
  csi-feedback train plot runs/crnet`,
    )
    .action(async (definition: string, options) => {
      if (options.out === undefined && !options.dryRun) {
        invalid("INVALID_OPTION", "train", "needs --out or --dry-run", "neither");
      }
      const { trainFromFile } = await import("../training");
      await trainFromFile(definition, options);
    })
    .addCommand(plotCommand());
}

function plotCommand(): Command {
  const command = new Command("plot");
  // Without the options of `train`, of which it shares two by name only.
  command.createHelp = () => Object.assign(new Help(), command.configureHelp(), { showGlobalOptions: false });
  return command
    .description("Draw the learning curves of run folders, finished or not, as SVG and PNG.")
    .argument("<runs...>", "run folders, laid over each other")
    .option("--out <name>", "name of the figure's files; learning-curve in the first run folder without")
    .addOption(new Option("--metric <name>", "what is drawn").choices(["nmse", "loss"]).default("nmse"))
    .option("--overlay <file>", "CSV file of other curves: columns curve, epoch (or step), nmse_db (or loss)")
    .addOption(
      new Option("--over <axis>", "epochs differ in their number of steps between data sets")
        .choices(["epochs", "steps"])
        .default("epochs"),
    )
    .option("--until <number>", "last epoch or step that is drawn", positiveInteger("--until"))
    .option("--json", "print the points as JSON")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback train plot runs/crnet
  csi-feedback train plot runs/crnet runs/idasnet --out figures/learning
  csi-feedback train plot runs/crnet --overlay definitions/crnet-published.csv --over steps --until 10000`,
    )
    .action(async (runs: string[]) => {
      const { plotRuns } = await import("../training/plot");
      // The options that `train` has too arrive there.
      await plotRuns(runs, command.optsWithGlobals());
    });
}

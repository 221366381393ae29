// `csi-feedback worker`: what the options are. The work is in ../worker.
import { Command } from "commander";
import { positiveInteger } from "../options";

export function workerCommand(): Command {
  return new Command("worker")
    .description(
      "Train what `csi-feedback reproduce --redis` asks for, until it is stopped. Start it on as many machines as there are.",
    )
    .requiredOption("--redis <url>", "the Redis or Valkey server that holds the list of trainings")
    .option("--runs <folder>", "where trainings are kept on this machine; may be a shared folder", "runs")
    .option(
      "--takeover <seconds>",
      "a training whose worker is silent for so long goes to another one",
      positiveInteger("--takeover"),
      30,
    )
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .addHelpText(
      "after",
      `
Finished trainings travel through Redis, so no folder has to be shared. Ctrl-C gives the running
training back, with a checkpoint in the folder of the runs.

Examples:
  redis-server --port 6379
  csi-feedback worker --redis redis://localhost:6379
  csi-feedback worker --redis redis://queue.example:6379 --runs /scratch/runs --engine onnxruntime-cuda`,
    )
    .action(async (options) => {
      const { work } = await import("../worker");
      await work(options);
    });
}

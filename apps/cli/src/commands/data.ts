// `csi-feedback data`: what the options are. The work is in ../data.
import { Command } from "commander";
import { positiveInteger, seedNumber } from "../options";

export function dataCommand(): Command {
  const data = new Command("data").description("Make channel data sets and look at them.");
  data
    .command("generate")
    .description("Generate samples of a channel model. The same command continues an interrupted one.")
    .requiredOption("--channel <name>", "a channel model; an unknown name lists them")
    .requiredOption("--samples <count>", "how many", positiveInteger("--samples"))
    .requiredOption("--out <file>", "HDF5 file to write")
    .option("--seed <seed>", "the same seed gives the same bytes", seedNumber("--seed"), 0)
    .option("--workers <count>", "worker threads; default: one per core", positiveInteger("--workers"))
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback data generate --channel cost2100-indoor --samples 20000 --seed 1 --out indoor.h5
  csi-feedback data generate --channel cost2100-semi-urban-nlos --samples 1000 --seed 2 --out test.h5`,
    )
    .action(async (options) => {
      const { generateFile } = await import("../data/generate");
      await generateFile(options);
    });
  data
    .command("info")
    .description("Say what a file of channels holds: shape, scaling, metadata.")
    .argument("<file>", "any file that the readers know: our HDF5, CsiNet .mat, .npy")
    .option("--json", "print one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n  csi-feedback data info indoor.h5\n  csi-feedback data info DATA_Htestin.mat --json",
    )
    .action(async (file: string, options) => {
      const { describeFile } = await import("../data/info");
      await describeFile(file, options);
    });
  return data;
}

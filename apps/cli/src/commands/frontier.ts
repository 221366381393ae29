// `csi-feedback frontier`: what the options are. The work is in ../frontier.
import { invalid } from "@csi-feedback/common";
import { Command } from "commander";
import { frontierChannels } from "../frontier/names";
import { positiveInteger, seedNumber } from "../options";

export function frontierCommand(): Command {
  return new Command("frontier")
    .description("Compare ways of sending CSI at equal real bits: error, similarity, rate, time.")
    .option(
      "--channel <names>",
      `${frontierChannels.join(", ")}, several with commas, or all`,
      "indoor,outdoor",
    )
    .option("--method <names>", "methods, several with commas, or all", "all")
    .option("--bits <budgets>", "most bits of a report, several with commas", "128,256,512,1024,2048,4096")
    .option("--samples <count>", "test samples of each channel", positiveInteger("--samples"), 100)
    .option("--seed <seed>", "of the samples and the noise", seedNumber("--seed"), 0)
    .option("--snr <dB>", "of the user's channel estimate, per tone and antenna; without: perfect", decibels)
    .option("--runs <folder>", "where `csi-feedback reproduce` keeps the trained CRNet and CsiNet", "runs")
    .option("--no-bounds", "leave out the bounds beside the curves")
    .option("--results <folder>", "keep every number there as well, in frontier-CHANNEL.csv")
    .option("--measured", "measure nothing: print and draw what --results holds")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--out <folder>", "where the figures go", "out")
    .option("--json", "print { rows, bounds } as JSON on stdout and nothing else there")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback frontier
  csi-feedback frontier --channel outdoor --bits 512,2048 --samples 50 --snr 20
  csi-feedback frontier --channel all --method m-largest,sparse-paths --json > rows.json
  csi-feedback frontier --channel all --measured --results results --out figures

CRNet and CsiNet need trainings: csi-feedback reproduce table-3 --profile laptop`,
    )
    .action(async (options) => {
      const { frontier } = await import("../frontier");
      await frontier(options);
    });
}

function decibels(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= -40 && value <= 100)) {
    invalid("INVALID_OPTION", "--snr", "must be from -40 to 100 [dB]", text);
  }
  return value;
}

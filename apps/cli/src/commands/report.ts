// `csi-feedback report`: what the options are. The work is in ../report.
import { Command } from "commander";

export function reportCommand(): Command {
  return new Command("report")
    .description("Write what was measured as one HTML page that needs nothing beside it, or into a README.")
    .option("--results <folder>", "where the numbers are", "results")
    .option("--runs <folder>", "where trainings are kept: learning curves, example channels", "runs")
    .option("--out <file>", "the page; report.html without --readme")
    .option("--readme <file>", "replaces the results between the two comments of this file")
    .option("--engine <name>", "for the example channels, see `csi-feedback doctor`", "auto")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback report --out report.html
  csi-feedback report --readme README.md`,
    )
    .action(async (options) => {
      const { report } = await import("../report");
      await report(options);
    });
}

// `csi-feedback table`: what the options are. The work is in ../tables.
import { Command } from "commander";

export function tableCommand(): Command {
  return new Command("table")
    .description("Print a table of the paper, counted or measured here, beside the paper's numbers.")
    .argument("<number>", "2 bits of a report, 4 parameters, 5 multiply-accumulates")
    .option("--json", "print one JSON object on stdout")
    .addHelpText("after", "\nExamples:\n  csi-feedback table 4\n  csi-feedback table 2 --json")
    .action(async (number: string, options) => {
      const { showTable } = await import("../tables");
      await showTable(number, options);
    });
}

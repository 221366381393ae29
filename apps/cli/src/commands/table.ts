// `csi-feedback table`: what it says about itself. Options in ./show, work in ../tables.
import type { Command } from "commander";
import { showCommand } from "./show";

export function tableCommand(): Command {
  return showCommand("table")
    .description("Print a table of the paper, counted or measured here, beside the paper's numbers.")
    .addHelpText(
      "after",
      `
2 bits of a report, 3 SGCS, 4 parameters, 5 multiply-accumulates, 6 quantised codewords. Tables 2, 4 and 5
are counted at once; the others come from the results folder, or from finished trainings.

Examples:
  csi-feedback table 4
  csi-feedback table 2 --json
  csi-feedback table 3 --profile laptop --out out`,
    );
}

// `csi-feedback figure`: what it says about itself. Options in ./show, work in ../tables.
import type { Command } from "commander";
import { showCommand } from "./show";

export function figureCommand(): Command {
  return showCommand("figure")
    .description("Print the numbers of a figure of the paper beside ours, and draw it with --out.")
    .addHelpText(
      "after",
      `
5 NMSE, 6 latency, 7 noisy channels, 8 one model for all ratios, 9 moving users, 10 ablation, 11 transfer,
12 achievable rate. Beyond the paper: rate-distortion, backbone, generalisation, seeds, latency-int8.

Examples:
  csi-feedback figure 6
  csi-feedback figure 5 --profile laptop --out out
  csi-feedback figure rate-distortion --json`,
    );
}

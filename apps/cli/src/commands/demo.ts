// `csi-feedback demo`: what the options are. The work is in ../demo.
import { Command } from "commander";
import { referenceChannels } from "../channels";
import { positiveInteger, seedNumber } from "../options";
import { paperRatios } from "../ratio";

export function demoCommand(): Command {
  return new Command("demo")
    .description("Send real channels through the link, as bytes, and compare what the base station rebuilds.")
    .option("--channel <name>", `${referenceChannels.join(", ")} or all`, "all")
    .option("--data <file>", "channels from a file of your own instead")
    .option("--ratio <ratio>", `${paperRatios.join(", ")} or all`, "all")
    .option("--samples <count>", "samples of each channel", positiveInteger("--samples"), 200)
    .option("--seed <seed>", "picks the samples, when the file holds more", seedNumber("--seed"), 0)
    .option("--model <folder>", "a trained model of your own instead of the one that comes along")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--out <folder>", "where the figure goes", "out")
    .option("--json", "print { rows } as JSON on stdout and nothing else there")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback demo
  csi-feedback demo --channel cost2100-outdoor --ratio 1/16 --samples 50
  csi-feedback demo --json > rows.json`,
    )
    .action(async (options) => {
      const { demo } = await import("../demo");
      await demo(options);
    });
}

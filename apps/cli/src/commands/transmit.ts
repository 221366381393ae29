// `csi-feedback encode` and `decode`: what the options are. The work is in ../encode and ../decode.
import { Command } from "commander";
import { positiveInteger } from "../options";
import { paperRatios } from "../ratio";

const ratios = paperRatios.join(", ");

export function encodeCommand(): Command {
  return new Command("encode")
    .description("User side: turn channels from a file into the bytes that go on air.")
    .argument("<channels>", "any file of channels that the readers know")
    .requiredOption("--out <file>", "where the frame goes")
    .requiredOption("--ratio <ratio>", ratios)
    .option("--samples <count>", "how many samples, from the first on", positiveInteger("--samples"), 1)
    .option("--model <folder>", "a trained model of your own instead of the one that comes along")
    .addHelpText(
      "after",
      `
The user's side needs no engine: the bytes are the same everywhere.

Example:
  csi-feedback encode channels.h5 --ratio 1/16 --out report.csi`,
    )
    .action(async (channels: string, options) => {
      const { encodeFile } = await import("../encode");
      await encodeFile(channels, options);
    });
}

export function decodeCommand(): Command {
  return new Command("decode")
    .description("Base station: rebuild the channels from the bytes alone.")
    .argument("<frame>", "a file that `csi-feedback encode` wrote")
    .requiredOption("--out <file>", "HDF5 file for the channels")
    .requiredOption("--ratio <ratio>", `${ratios}: as the frame was encoded`)
    .option(
      "--model <folder>",
      "the model that the frame was encoded with, when it is not the one that comes along",
    )
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .addHelpText("after", "\nExample:\n  csi-feedback decode report.csi --ratio 1/16 --out rebuilt.h5")
    .action(async (frame: string, options) => {
      const { decodeFile } = await import("../decode");
      await decodeFile(frame, options);
    });
}

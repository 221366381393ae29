// `csi-feedback data`: what the options are. The work is in ../data.
import { invalid } from "@csi-feedback/common";
import { Command } from "commander";
import { positiveInteger, seedNumber } from "../options";

const anyFile = "any file of channels that the readers know: our HDF5, CsiNet .mat, .npy, .npz";

export function dataCommand(): Command {
  const data = new Command("data")
    .description("Make channel data sets, look at them, convert them.")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback data generate --channel cost2100-indoor --samples 20000 --seed 1 --out indoor.h5
  csi-feedback data stats indoor.h5
  csi-feedback data convert indoor.h5 indoor.mat`,
    );
  data.addCommand(generateCommand());
  data.addCommand(infoCommand());
  data.addCommand(statsCommand());
  data.addCommand(plotCommand());
  data.addCommand(convertCommand());
  return data;
}

function generateCommand(): Command {
  return new Command("generate")
    .description(
      "Generate samples of a channel model, or the data sets of a profile. The same command continues an interrupted one.",
    )
    .option(
      "--channel <name>",
      "a channel model (an unknown name lists them); with --profile: this channel only",
    )
    .option("--samples <count>", "how many", positiveInteger("--samples"))
    .option(
      "--profile <name>",
      "train, validation and test sets of the four channels of Table I: paper (20,000/10,000/10,000 samples each, 1.3 GB in all), laptop (4,000/1,000/1,000) or smoke (64/32/32)",
    )
    .requiredOption("--out <path>", "HDF5 file to write; with --profile: the folder for CHANNEL-SPLIT.h5")
    .option("--seed <seed>", "the same seed gives the same bytes", seedNumber("--seed"), 0)
    .option(
      "--first <index>",
      "first sample: another range of the same seed's samples",
      seedNumber("--first"),
    )
    .option(
      "--snr <dB>",
      "add estimation noise at this SNR per subcarrier and antenna [dB]; write negative ones as --snr=-5",
      decibels,
    )
    .option("--antennas <count>", "elements of the linear array, default 32", positiveInteger("--antennas"))
    .option("--subcarriers <count>", "tones of the band, default 1024", positiveInteger("--subcarriers"))
    .option("--delays <count>", "delay taps kept, default 32", positiveInteger("--delays"))
    .option("--workers <count>", "worker threads; default: one per core", positiveInteger("--workers"))
    .option("--force", "replace a file that is there already")
    .addHelpText(
      "after",
      `
A file that holds the same samples already is left as it is; any other file is replaced with --force only.
Ctrl-C and a full disk leave FILE.partial, from which the same command goes on. The splits of a profile are
ranges of one seed's samples, so that no sample is in two of them.

Examples:
  csi-feedback data generate --channel cost2100-indoor --samples 20000 --seed 1 --out indoor.h5
  csi-feedback data generate --channel uma-nlos --samples 1000 --snr 20 --antennas 64 --out noisy.h5
  csi-feedback data generate --profile paper --seed 1 --out data/`,
    )
    .action(async (options) => {
      const { generate } = await import("../data/generate");
      await generate(options);
    });
}

function infoCommand(): Command {
  return new Command("info")
    .description("Say what a file of channels holds: shape, scaling, metadata.")
    .argument("<file>", anyFile)
    .option("--json", "print one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n  csi-feedback data info indoor.h5\n  csi-feedback data info DATA_Htestin.mat --json",
    )
    .action(async (file: string, options) => {
      const { describeFile } = await import("../data/info");
      await describeFile(file, options);
    });
}

function statsCommand(): Command {
  return new Command("stats")
    .description(
      "Measure the channels of a file: delay and angle spread, what the generator put on record (K factor, energy kept by truncation), energy in the largest elements, power per delay tap and per beam.",
    )
    .argument("<file>", anyFile)
    .option("--json", "print one JSON object on stdout")
    .addHelpText(
      "after",
      `
Spreads over delay and angle are measured on the kept taps of each sample; those "of the paths" come from
the generator. A beam is a bin of the DFT over the antennas. NMSE is that of keeping the largest elements alone.

Examples:
  csi-feedback data stats indoor.h5
  csi-feedback data stats DATA_Htestin.mat --json`,
    )
    .action(async (file: string, options) => {
      const { printStatistics } = await import("../data/stats");
      await printStatistics(file, options);
    });
}

function plotCommand(): Command {
  return new Command("plot")
    .description(
      "Draw the channels of a file: mean angle-delay picture, power-delay profile, distributions of spreads, sorted-energy curve.",
    )
    .argument("<file>", anyFile)
    .requiredOption("--out <name>", "writes NAME.svg and NAME.png, replacing those that are there")
    .addHelpText("after", "\nExample:\n  csi-feedback data plot indoor.h5 --out figures/indoor")
    .action(async (file: string, options) => {
      const { plotFile } = await import("../data/plot");
      await plotFile(file, options);
    });
}

function convertCommand(): Command {
  return new Command("convert")
    .description("Write the channels of a file in another format.")
    .argument("<in>", anyFile)
    .argument("<out>", "file to write")
    .option(
      "--to <format>",
      "csinet (HT of a MAT file, as public code reads it), hdf5 (ours) or npy ([N, 2, delays, antennas] in [0, 1]); default: by the extension of OUT, .mat, .h5, .npy",
    )
    .option("--force", "replace a file that is there already")
    .option("--variable <name>", "the array to read, of a file in no known layout")
    .option(
      "--axes <list>",
      "what each dimension of that array counts: sample, subcarrier, antenna, delay, angle, single",
    )
    .option(
      "--delays <count>",
      "delay taps kept of a file in the frequency domain",
      positiveInteger("--delays"),
    )
    .option(
      "--antennas <count>",
      "antennas of a CsiNet file that is not 32 x 32",
      positiveInteger("--antennas"),
    )
    .option(
      "--base-station <number>",
      "base station of a DeepMIMO_dataset, from 1; default 1",
      positiveInteger("--base-station"),
    )
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback data convert indoor.h5 indoor.mat
  csi-feedback data convert DATA_Htestin.mat test.h5
  csi-feedback data convert measured.mat out.h5 --variable H --axes sample,subcarrier,single,antenna`,
    )
    .action(async (from: string, to: string, options) => {
      const { convertFile } = await import("../data/convert");
      await convertFile(from, to, options);
    });
}

/** A number of decibels, as `--snr` takes it. */
function decibels(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    invalid("INVALID_OPTION", "--snr", "must be a number [dB]", text);
  }
  return value;
}

// `csi-feedback xl`: channel estimation for extremely large arrays. What the options are;
// the work is in ../xl and in @csi-feedback/experiments/extremely-large.
import { invalid } from "@csi-feedback/common";
import { Command } from "commander";
import { positiveInteger, seedNumber } from "../options";

/** The experiments and what each shows; their names are those of the results files without `xl-`. */
const experiments = {
  snr: "NMSE against SNR from -5 to 20 dB, for 3 and 6 paths, far, near and hybrid field.",
  "far-paths": "NMSE against the number of far-field paths, L0.",
  generalisation: "Networks on channels they were not trained for: L0, L, distances, SNRs.",
  ablation: "LLM4XCE without its parts: attention branches, language model, pretraining, residual.",
  backbones: "Depth and kind of the language model, pretrained or random, frozen or tuned.",
  latency: "Latency, multiply-accumulates and parameters of one estimate.",
  arrays: "Linear, planar and irregular arrays of 256 elements.",
  contamination: "Two users with the same pilots.",
} as const;

export function xlCommand(): Command {
  const xl = new Command("xl")
    .description("Estimate channels of extremely large arrays: LLM4XCE, its baselines, its experiments.")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback xl estimate --snr 10 --far 1 --near 5
  csi-feedback xl networks
  csi-feedback xl snr --profile smoke
  csi-feedback xl ablation --profile laptop --threads 1 --out figures/ablation`,
    );
  xl.addCommand(dataCommand());
  xl.addCommand(estimateCommand());
  xl.addCommand(networksCommand());
  xl.addCommand(linkCommand());
  for (const [name, description] of Object.entries(experiments)) {
    xl.addCommand(experimentCommand(name, description));
  }
  return xl;
}

/** A number of paths, 0 included. */
function paths(name: string): (text: string) => number {
  return seedNumber(name);
}

/** Numbers separated by commas. */
function numbers(name: string): (text: string) => number[] {
  return (text) =>
    text.split(",").map((part) => {
      const value = Number(part);
      if (part.trim() === "" || !Number.isFinite(value)) {
        invalid("INVALID_OPTION", name, "must be numbers separated by commas", text);
      }
      return value;
    });
}

function addScenario(command: Command): Command {
  return command
    .option("--far <count>", "far-field paths, L0", paths("--far"), 1)
    .option("--near <count>", "near-field paths, L - L0", paths("--near"), 5)
    .option("--distances <from,to>", "of the near-field sources [m]", numbers("--distances"), [10, 80])
    .option("--array <form>", "linear, planar or irregular; 256 elements", "linear")
    .option("--seed <number>", "of the channels and the noise", seedNumber("--seed"), 1);
}

function dataCommand(): Command {
  return addScenario(
    new Command("data")
      .description("Write hybrid-field channels, or their least-squares estimates, to an HDF5 file.")
      .requiredOption("--out <file>", "HDF5 file to write, [samples, 2, 1, 256]")
      .requiredOption("--samples <count>", "how many", positiveInteger("--samples"))
      .option(
        "--snr <dB>",
        "write least-squares estimates at this SNR per antenna in place of the channels",
        Number,
      ),
  )
    .option("--json", "print what was written as one JSON object on stdout")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback xl data --samples 1000 --out hybrid.h5
  csi-feedback xl data --samples 1000 --far 6 --near 0 --snr=-5 --out far-noisy.h5`,
    )
    .action(async (options) => {
      const { writeData } = await import("../xl/data");
      await writeData(options);
    });
}

function estimateCommand(): Command {
  return addScenario(
    new Command("estimate")
      .description("Estimate channels by every classical method, and by trained networks; print the NMSE.")
      .option("--snr <list>", "SNRs per antenna [dB], as --snr=-5,10,20", numbers("--snr"), [0, 10, 20])
      .option("--samples <count>", "channels", positiveInteger("--samples"), 50)
      .option("--model <files...>", "trained estimators (model.safetensors of a run folder)"),
  )
    .option("--engine <name>", "for networks; see `csi-feedback doctor`", "auto")
    .option("--json", "print rows as one JSON object on stdout")
    .addHelpText(
      "after",
      `
Examples:
  csi-feedback xl estimate --snr=-5,10 --far 6 --near 0
  csi-feedback xl estimate --array planar --model runs/xl/llm4xce-*/model.safetensors --json`,
    )
    .action(async (options) => {
      const { estimate } = await import("../xl/estimate");
      await estimate(options);
    });
}

function networksCommand(): Command {
  return new Command("networks")
    .description(
      "Parameters of the estimators: trained, frozen, statistics; LLM4XCE's split as its paper counts it.",
    )
    .option("--json", "print one JSON object on stdout")
    .addHelpText("after", "\nExamples:\n  csi-feedback xl networks\n  csi-feedback xl networks --json")
    .action(async (options) => {
      const { showEstimators } = await import("../xl/networks");
      await showEstimators(options);
    });
}

function linkCommand(): Command {
  return new Command("link")
    .description(
      "Estimate channels, feed the estimates back as bytes, and measure what estimation error costs in rate.",
    )
    .requiredOption("--model <file>", "a trained estimator (model.safetensors of a run folder)")
    .option("--samples <count>", "channels; a multiple of the users", positiveInteger("--samples"), 64)
    .option("--users <count>", "users of a drop", positiveInteger("--users"), 4)
    .option("--snr <list>", "SNRs per antenna of the pilots [dB]", numbers("--snr"), [0, 10, 20])
    .option("--seed <number>", "of the channels and the noise", seedNumber("--seed"), 1)
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option("--json", "print rows as one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n  csi-feedback xl link --model runs/xl/llm4xce-0123456789ab/model.safetensors --snr=0,10",
    )
    .action(async (options) => {
      const { measureLink } = await import("../xl/link");
      await measureLink(options);
    });
}

function experimentCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "--profile <name>",
      "smoke: seconds; laptop: minutes for each training; paper: days on a GPU",
      "smoke",
    )
    .option("--seed <number>", "of data, weights and batches", seedNumber("--seed"), 1)
    .option("--samples <count>", "test channels; the profile's without", positiveInteger("--samples"))
    .option(
      "--backbone <source>",
      "pretrained layers in place of the profile's: a file, folder, URL or hub repository of GPT-2 or LLaMA, or a llama2.c file",
    )
    .option(
      "--layers <count>",
      "of the backbone, from its first; with --backbone",
      positiveInteger("--layers"),
    )
    .option("--plan", "print which trainings are needed and stop")
    .option("--trained", "train nothing: leave out networks that are not trained yet")
    .option("--measured", "train and measure nothing: print and draw what --results holds")
    .option("--runs <folder>", "where trainings are kept, shared by all experiments", "runs/xl")
    .option("--results <folder>", "where numbers and figures are kept; nowhere without")
    .option("--out <name>", "write the figures as NAME.svg and NAME.png, numbered when there are several")
    .option("--engine <name>", "see `csi-feedback doctor`", "auto")
    .option(
      "--threads <count>",
      "processor threads of the engine; 1 on a busy machine",
      positiveInteger("--threads"),
    )
    .option("--json", "print the rows, or the plan, as one JSON object on stdout")
    .addHelpText(
      "after",
      `
Trainings are found again by their content and go on where they were stopped.

Examples:
  csi-feedback xl ${name} --profile smoke --json
  csi-feedback xl ${name} --profile laptop --results results --out figures/${name}
  csi-feedback xl ${name} --profile paper --backbone gpt2/model.safetensors --layers 12 --plan`,
    )
    .action(async (options) => {
      const { runExperiment } = await import("../xl/experiment");
      await runExperiment(name, options);
    });
}

// `csi-feedback train`: data, network, run folder, and at the end a model folder that
// the other commands load: weights, and quantizers designed on training codewords.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { keepElements } from "@csi-feedback/networks";
import type { TrainingEvent } from "@csi-feedback/training";
import { trainInFolder } from "@csi-feedback/training/node";
import { interruptSignal } from "../interrupt";
import { type ModelQuantizers, modelFiles } from "../models";
import { duration, Progress } from "../progress";
import { elementsAt } from "../ratio";
import { readConfiguration } from "./configuration";
import { generateSource } from "./data";
import { createNetwork } from "./network";
import { designQuantizers } from "./quantizers";

/** The options of `csi-feedback train`, as the command line gives them. */
export interface TrainCommandOptions {
  readonly out: string;
  readonly resume?: boolean;
  readonly engine: string;
}

export async function trainFromFile(path: string, options: TrainCommandOptions): Promise<void> {
  const configuration = await readConfiguration(path);
  const engine = await startEngine(parseEngine(options.engine));
  const signal = interruptSignal("finishing the batch and writing a checkpoint");
  const network = await createNetwork(configuration);
  const train = await generateSource("training data", configuration.data.train, signal);
  const validation = await generateSource("validation data", configuration.data.validation, signal);
  const { batchSize, seed, stages, loss, optimizer } = configuration;
  const { status } = await trainInFolder({
    directory: options.out,
    about: { configuration, engine, commit: currentCommit() },
    network,
    data: { train, validation },
    batchSize,
    seed,
    stages,
    elements: configuration.ratios.map(elementsAt),
    ...(loss ? { loss } : {}),
    ...(optimizer ? { optimizer } : {}),
    resume: options.resume === true,
    signal,
    on: reporter(),
  });
  if (status === "aborted") {
    throw new CsiFeedbackError(
      "INTERRUPTED",
      `stopped; go on with: csi-feedback train ${path} --out ${options.out} --resume`,
    );
  }
  const model = join(options.out, "model");
  await writeFileAtomic(join(model, modelFiles.weights), await network.save());
  const [, delays, antennas] = network.shape;
  const quantizers: ModelQuantizers = {
    network: await designQuantizers(network, train, configuration),
    largest: await designQuantizers(
      keepElements({ rule: "largest", delays, antennas }),
      train,
      configuration,
    ),
  };
  await writeFileAtomic(join(model, modelFiles.quantizers), `${JSON.stringify(quantizers)}\n`);
  process.stderr.write(`model: ${model}\n`);
}

function currentCommit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

/** Prints progress and validation results on stderr. */
function reporter(): (event: TrainingEvent) => void {
  let progress: Progress | undefined;
  let stepsPerEpoch = 0;
  let before = 0;
  const decibels = (perElements: readonly { elements?: number; nmse: number }[]) =>
    perElements
      .map(({ elements, nmse }) => `${elements === undefined ? "" : `M ${elements}: `}${nmse.toFixed(2)} dB`)
      .join(", ");
  return (event) => {
    if (event.type === "stage") {
      stepsPerEpoch = event.stepsPerEpoch;
      before = event.step;
      process.stderr.write(
        `stage ${event.stage}: ${event.groups.join(", ")}; start ${decibels(event.validation.perElements)}\n`,
      );
      progress = new Progress(`stage ${event.stage}`, event.epochs * stepsPerEpoch);
    } else if (event.type === "step") {
      const detail = `, loss ${event.loss.toPrecision(4)}, ${event.samplesPerSecond.toFixed(0)} samples/s`;
      progress?.update(event.step - before, detail);
    } else if (event.type === "epoch" && event.validation) {
      progress?.end();
      const mark = event.best ? " (best)" : "";
      const left = duration(event.secondsLeft);
      process.stderr.write(
        `stage ${event.stage}, epoch ${event.epoch}: loss ${event.trainingLoss.toPrecision(4)}, validation ${decibels(event.validation.perElements)}${mark}, ${left} left\n`,
      );
    } else if (event.type === "freeze") {
      process.stderr.write(`froze ${event.groups.join(", ")}: ${event.detail}\n`);
    }
  };
}

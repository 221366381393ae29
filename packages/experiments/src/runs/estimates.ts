// Time estimates of trainings, measured once for each kind of step on each machine and
// kept in the folder of the runs.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFile, writeFileAtomic } from "@csi-feedback/common/node";
import type { TrainingDefinition } from "../training/definition";
import { describeHardware } from "../training/machine";
import { estimateOf, type StepTimes, type TrainingEstimate } from "./step-times";

const FILE = "estimates.json";
const VERSION = 1;
const WAIT = 10_000;

interface EstimatesFile {
  readonly version: number;
  readonly times: Readonly<Record<string, StepTimes>>;
}

/** Estimates of trainings; what was measured before is not measured again. */
export class Estimates {
  readonly #path: string;
  readonly #times: Map<string, StepTimes>;

  private constructor(path: string, times: Map<string, StepTimes>) {
    this.#path = path;
    this.#times = times;
  }

  /** The estimates of a base folder of runs. A file that is damaged or of another version counts as none. */
  static async open(runs: string): Promise<Estimates> {
    const path = join(runs, FILE);
    return new Estimates(path, new Map(Object.entries((await readTimes(path)) ?? {})));
  }

  /** The estimate of a training, where its steps were measured. */
  get(definition: TrainingDefinition): TrainingEstimate | undefined {
    const times = this.#times.get(keyOf(definition));
    return times && estimateOf(definition, times);
  }

  /** Corrects the times of a training's steps by how long it really took [s], all its epochs together. */
  async correct(definition: TrainingDefinition, seconds: number): Promise<void> {
    const times = this.#times.get(keyOf(definition));
    if (times === undefined) return;
    const { secondsPerSample, peakBytes, stages } = times;
    const estimated = estimateOf(definition, { ...times, secondsPerSample: 0 }).seconds;
    const factor = seconds / estimated;
    if (!(factor > 0 && Number.isFinite(factor))) return;
    await this.add(definition, {
      secondsPerSample,
      peakBytes,
      stages: stages.map(({ secondsPerStep, secondsPerValidationSample, validations }) => ({
        secondsPerStep: factor * secondsPerStep,
        secondsPerValidationSample: factor * secondsPerValidationSample,
        validations,
      })),
    });
  }

  /** Keeps measured times. */
  async add(definition: TrainingDefinition, times: StepTimes): Promise<void> {
    this.#times.set(keyOf(definition), times);
    const unlock = await lockFile(`${this.#path}.lock`, { wait: WAIT });
    try {
      const file: EstimatesFile = {
        version: VERSION,
        times: { ...(await readTimes(this.#path)), ...Object.fromEntries(this.#times) },
      };
      await writeFileAtomic(this.#path, `${JSON.stringify(file, undefined, 2)}\n`);
    } finally {
      await unlock();
    }
  }
}

async function readTimes(path: string): Promise<EstimatesFile["times"] | undefined> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    const file = JSON.parse(text) as Partial<EstimatesFile>;
    return file.version === VERSION ? file.times : undefined;
  } catch {
    return undefined;
  }
}

/** Names what the time of a step depends on: not the seeds, the amount of data or which ratios. */
function keyOf({
  network,
  layers,
  startFrom,
  data,
  noise,
  ratios,
  batchSize,
  ...rest
}: TrainingDefinition): string {
  const start = startFrom && "training" in startFrom ? keyOf(startFrom.training) : startFrom;
  const meaning = {
    hardware: describeHardware(),
    network,
    layers,
    start,
    channels: [...new Set(data.train.map((part) => ("file" in part ? part.file : part.channel)))],
    noise,
    ratios: ratios.length,
    batchSize,
    microBatchSize: rest.microBatchSize,
    loss: rest.loss,
    stages: rest.stages.map(({ groups, output }) => ({ groups, output })),
  };
  return createHash("sha256").update(JSON.stringify(meaning)).digest("hex").slice(0, 16);
}

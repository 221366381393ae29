// Training with a folder: configuration, checkpoints, models, metrics and
// TensorBoard events of one run, written by one process at a time.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import * as tf from "@tensorflow/tfjs-core";
import type { TrainingEvent } from "../events";
import type { ChannelSource } from "../network";
import type { RunStorage, TrainOptions } from "../options";
import { countParameters } from "../parameters";
import { CHECKPOINT, type TrainResult, train } from "../train";
import { lockFolder } from "./lock";
import { appendMetrics, truncateMetrics } from "./metrics-log";
import { EventFile } from "./tensorboard";

/** Options of {@link trainInFolder}. */
export interface FolderOptions extends Omit<TrainOptions, "storage"> {
  /** The run folder; made when missing. */
  readonly directory: string;
  /** Goes into `config.json` as it is: commit of the code, engine, command line, data set, ... */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** The files of a run folder as a {@link RunStorage}: `NAME.safetensors`, each written whole or not at all. */
export function folderStorage(directory: string): RunStorage {
  const path = (name: string) => join(directory, `${name}.safetensors`);
  return {
    save: (name, bytes) => writeFileAtomic(path(name), bytes),
    async load(name) {
      try {
        return await readFile(path(name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}

/**
 * {@link train} with a run folder. It holds `config.json` (every option, parameters per group, hardware,
 * SHA-256 of the data), `checkpoint.safetensors`, `best-STAGE.safetensors`, `model.safetensors`,
 * `metrics.jsonl` (every event) and TensorBoard event files.
 *
 * @throws CsiFeedbackError `RUN_LOCKED` while another run writes the folder, `RUN_EXISTS` when it holds
 * a run and `resume` is not set, `DATA_CHANGED` when a run is resumed on other samples; and what
 * {@link train} throws.
 */
export async function trainInFolder(options: FolderOptions): Promise<TrainResult> {
  const { directory, about, ...rest } = options;
  await mkdir(directory, { recursive: true });
  const unlock = await lockFolder(directory);
  try {
    await removeLeftovers(directory);
    const storage = folderStorage(directory);
    const resuming = (await storage.load(CHECKPOINT)) !== undefined;
    if (resuming && !options.resume) {
      const message = `trainInFolder: ${directory} holds a run; resume it or name another folder`;
      throw new CsiFeedbackError("RUN_EXISTS", message);
    }
    await writeConfiguration(options, resuming);
    if (!resuming) await truncateMetrics(directory, -1);
    const events = new EventFile(directory);
    await events.append({ wallTime: Date.now() / 1000, step: 0, fileVersion: "brain.Event:2" });
    return await train({
      ...rest,
      storage,
      async on(event) {
        if (event.type === "resume") await truncateMetrics(directory, event.sequence);
        await appendMetrics(directory, event);
        await appendToTensorBoard(events, event);
        await options.on?.(event);
      },
    });
  } finally {
    await unlock();
  }
}

/** Temporary files of a process that was killed. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.endsWith(".tmp")) await rm(join(directory, name), { force: true });
  }
}

/** SHA-256 over all samples of a source, in order, as hexadecimal digits. */
export async function checksum(source: ChannelSource): Promise<string> {
  const hash = createHash("sha256");
  const step = 256;
  for (let first = 0; first < source.count; first += step) {
    const count = Math.min(step, source.count - first);
    const samples = await source.read(Int32Array.from({ length: count }, (_, i) => first + i));
    hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }
  return hash.digest("hex");
}

/** What is written into `config.json` about each process that worked on the run. */
interface Session {
  readonly started: string;
  readonly backend: string;
  readonly node: string;
  readonly platform: string;
  readonly processors: readonly string[];
  readonly memoryBytes: number;
  readonly about: Readonly<Record<string, unknown>>;
}

async function writeConfiguration(options: FolderOptions, resuming: boolean): Promise<void> {
  const { directory, about, network, data, on, signal, resume, ...settings } = options;
  const describe = async (source: ChannelSource) => ({
    samples: source.count,
    shape: source.shape,
    sha256: await checksum(source),
  });
  const described = { train: await describe(data.train), validation: await describe(data.validation) };
  const path = join(directory, "config.json");
  const earlier = resuming ? JSON.parse(await readFile(path, "utf8")) : undefined;
  if (earlier && JSON.stringify(earlier.data) !== JSON.stringify(described)) {
    const message = `trainInFolder: ${path} names other training or validation data than were given`;
    throw new CsiFeedbackError("DATA_CHANGED", message);
  }
  const session: Session = {
    started: new Date().toISOString(),
    backend: tf.getBackend(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processors: cpus().map(({ model }) => model),
    memoryBytes: totalmem(),
    about: about ?? {},
  };
  const configuration = {
    network: network.name,
    parameters: countParameters(network),
    ...settings,
    data: described,
    sessions: [...(earlier?.sessions ?? []), session],
  };
  await writeFileAtomic(path, `${JSON.stringify(configuration, undefined, 2)}\n`);
}

async function appendToTensorBoard(file: EventFile, event: TrainingEvent): Promise<void> {
  const wallTime = Date.now() / 1000;
  if (event.type === "resume") {
    await file.append({ wallTime, step: event.step + 1, sessionStart: true });
    return;
  }
  const scalars = scalarsOf(event);
  if (Object.keys(scalars).length > 0) await file.append({ wallTime, step: event.step, scalars });
}

function scalarsOf(event: TrainingEvent): Record<string, number> {
  const perGroup = (name: string, values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([group, value]) => [`${name}/${group}`, value]));
  if (event.type === "step") {
    return {
      "loss/step": event.loss,
      ...perGroup("learning_rate", event.learningRates),
      ...perGroup("gradient_norm", event.gradientNorms),
      "speed/samples_per_second": event.samplesPerSecond,
      "speed/wait_seconds": event.waitSeconds,
    };
  }
  if ((event.type !== "epoch" && event.type !== "stage") || !event.validation) return {};
  const { loss, nmse, perElements } = event.validation;
  return {
    ...(event.type === "epoch" ? { "loss/epoch": event.trainingLoss } : {}),
    "loss/validation": loss,
    "nmse_db/mean": nmse,
    ...Object.fromEntries(perElements.map((one) => [`nmse_db/${one.elements ?? "all"}`, one.nmse])),
    ...Object.fromEntries(perElements.map((one) => [`sgcs/${one.elements ?? "all"}`, one.sgcs])),
  };
}

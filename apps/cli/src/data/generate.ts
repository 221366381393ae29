// `csi-feedback data generate`: worker threads make samples, a writer that survives
// interruption stores them. One file, or all files of a profile.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { normalize } from "@csi-feedback/channel-dft";
import { type AngleDelayOptions, type ChannelModelName, channelModels } from "@csi-feedback/channel-models";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { type ChannelFileHeader, createChannelWriter, openHdf5Channels } from "@csi-feedback/datasets/node";
import { type GenerationJob, generateInParallel, makeSamples } from "@csi-feedback/experiments";
import { interruptSignal } from "../interrupt";
import { Progress } from "../progress";
import { version } from "../version";
import { refuseExisting } from "./existing";
import { profileParts } from "./profiles";

/** The options of `csi-feedback data generate`, as the command line gives them. */
export interface GenerateOptions {
  readonly channel?: string;
  readonly samples?: number;
  readonly profile?: string;
  readonly first?: number;
  readonly seed: number;
  readonly out: string;
  readonly workers?: number;
  readonly snr?: number;
  readonly antennas?: number;
  readonly subcarriers?: number;
  readonly delays?: number;
  readonly force?: boolean;
}

/** What one file holds: a range of the samples of a job. */
interface FileJob {
  readonly path: string;
  readonly job: GenerationJob & { readonly model: ChannelModelName };
  readonly first: number;
  readonly samples: number;
}

/** Makes the file or the files that the options ask for, one after another. */
export async function generate(options: GenerateOptions): Promise<void> {
  const files = filesOf(options);
  const signal = interruptSignal("finishing the samples under way");
  for (const file of files) await generateFile(file, options, signal);
}

function filesOf(options: GenerateOptions): FileJob[] {
  const { channel, samples, profile, first, out } = options;
  if (profile !== undefined) {
    if (samples !== undefined || first !== undefined) {
      invalid("INVALID_OPTION", "--profile", "it sets --samples and --first itself", profile);
    }
    return profileParts(profile, channel).map((part) => ({
      path: join(out, part.file),
      job: jobOf(part.channel, options),
      first: part.first,
      samples: part.samples,
    }));
  }
  if (channel === undefined || samples === undefined) {
    return invalid(
      "INVALID_OPTION",
      "data generate",
      "needs --channel and --samples, or --profile",
      "neither",
    );
  }
  return [{ path: out, job: jobOf(channel, options), first: first ?? 0, samples }];
}

function jobOf(channel: string, options: GenerateOptions): FileJob["job"] {
  if (!Object.hasOwn(channelModels, channel)) {
    const names = Object.keys(channelModels).join(", ");
    invalid("UNKNOWN_CHANNEL", "--channel", `must be one of ${names}`, channel);
  }
  const model = channel as ChannelModelName;
  const { seed, snr, antennas, subcarriers, delays } = options;
  const defaults: AngleDelayOptions = channelModels[model].defaults;
  const line = defaults.array.kind === "ula" ? defaults.array : { kind: "ula" as const };
  const synthesis: Partial<AngleDelayOptions> = {
    ...(antennas === undefined ? {} : { array: { ...line, elements: antennas } }),
    ...(subcarriers === undefined ? {} : { subcarriers }),
    ...(delays === undefined ? {} : { delays }),
  };
  const grid = { ...defaults, ...synthesis };
  if (grid.delays > grid.subcarriers) {
    const rule = `at most as many as the ${grid.subcarriers} subcarriers`;
    invalid("INVALID_OPTION", "--delays", rule, grid.delays);
  }
  return { model, seed, synthesis, ...(snr === undefined ? {} : { snr }) };
}

async function generateFile(file: FileJob, options: GenerateOptions, signal: AbortSignal): Promise<void> {
  const { path, job, first, samples } = file;
  const header = headerOf(file);
  if (!options.force && existsSync(path)) {
    if (await holds(path, header, samples)) {
      process.stderr.write(`${path} holds these ${samples} samples already\n`);
      return;
    }
    refuseExisting(path, options.force);
  }
  const writer = await guarded(path, 0, samples, () => createChannelWriter(path, header));
  const progress = new Progress(`${path}: ${job.model}, seed ${job.seed}`, samples);
  try {
    signal.throwIfAborted();
    if (writer.count > samples) {
      const rule = `${path}.partial holds ${writer.count} samples, more than asked for; remove it to start over`;
      throw new CsiFeedbackError("PARTIAL_MISMATCH", rule);
    }
    const range = { first: first + writer.count, count: samples - writer.count };
    const { workers } = options;
    for await (const { block } of generateInParallel(job, range, { signal, ...(workers && { workers }) })) {
      const { data, scale } = normalize({ data: block.data, shape: block.shape });
      const perSample = Object.fromEntries(
        Object.entries(block.metadata).map(([name, values]) => [name, Float32Array.from(values)]),
      );
      await guarded(path, writer.count, samples, () => writer.append({ data, scale, perSample }));
      progress.update(writer.count);
      signal.throwIfAborted();
    }
    await guarded(path, writer.count, samples, () => writer.finish());
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
    const message = `${path}: stopped after ${writer.count} of ${samples} samples; the same command goes on from there`;
    throw new CsiFeedbackError("INTERRUPTED", message, { cause: error });
  } finally {
    progress.end();
    writer.close();
  }
  process.stderr.write(`${samples} samples in ${path}\n`);
}

/** Runs a step that writes; a disk without room becomes a line that says how to go on. */
async function guarded<T>(
  path: string,
  done: number,
  samples: number,
  write: () => T | Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code !== "ENOSPC" && code !== "EDQUOT" && code !== "EFBIG") throw cause;
    const message = `${path}: no room for it (${code}) after ${done} of ${samples} samples; make room, and the same command goes on from there`;
    throw new CsiFeedbackError("DISK_FULL", message, { cause });
  }
}

/** True when the file at `path` is what the header and the number of samples describe. */
async function holds(path: string, header: ChannelFileHeader, samples: number): Promise<boolean> {
  const text = ({ perSample, metadata, ...rest }: ChannelFileHeader) => {
    const sorted = (entries: object) => Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([rest.shape, rest.angleOrder, rest.scaled, sorted(perSample), sorted(metadata)]);
  };
  try {
    const file = await openHdf5Channels(path);
    file.close();
    return file.count === samples && text(file.header) === text(header);
  } catch {
    return false;
  }
}

/** The header of a file, taken from the model's defaults, the options and a first sample. */
function headerOf({ job, first }: FileJob): ChannelFileHeader {
  const { shape, metadata } = makeSamples(job, first, 1);
  const { model, seed, snr, synthesis } = job;
  const { defaults, description } = channelModels[model];
  const grid: AngleDelayOptions = { ...defaults, ...synthesis };
  return {
    shape: [shape[1], shape[2], shape[3]],
    angleOrder: grid.angleOrder ?? "fft",
    scaled: true,
    perSample: Object.fromEntries(Object.keys(metadata).map((name) => [name, 1])),
    metadata: {
      generator: `csi-feedback ${version}`,
      channel: model,
      description,
      seed,
      first_sample: first,
      bandwidth: grid.bandwidth,
      carrierFrequency: grid.carrierFrequency,
      subcarriers: grid.subcarriers,
      array: JSON.stringify(grid.array),
      ...(snr === undefined ? {} : { snr }),
    },
  };
}

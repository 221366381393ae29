// The channels of a definition, ready for a network: generated ones in memory, files
// read by index, all scaled to [0, 1] with the angles centered.
import { normalize } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { type ChannelSource, concatenate, sourceOf, split, subset } from "@csi-feedback/datasets";
import { openChannels, readChannels } from "@csi-feedback/datasets/node";
import type { DataPart, FileData, GeneratedData } from "./definition";
import { generateInParallel } from "./generation/pool";

/** Options of {@link openData}. */
export interface OpenDataOptions {
  readonly signal?: AbortSignal;
  /** Called with the samples that are there and all samples. */
  readonly progress?: (done: number, total: number) => void;
  /** Worker threads that generate; one per processor without. */
  readonly workers?: number;
}

/** Channels that were opened, and what to do when they are no longer needed. */
export interface OpenedData {
  readonly source: ChannelSource;
  close(): void;
}

/**
 * Generates or opens every part and joins them.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE` when the parts' samples differ in shape, `EMPTY_DATA` for a
 * part with fewer samples than it is asked for; what the generator and the readers throw; the signal's
 * reason when it ends the generation.
 *
 * @example
 * ```ts
 * import { openData } from "@csi-feedback/experiments";
 *
 * const { source } = await openData([{ channel: "cost2100-indoor", samples: 3, seed: 1, first: 7 }]);
 * console.log(source.count, source.shape); // 3 [ 2, 32, 32 ]
 * ```
 */
export async function openData(
  parts: readonly DataPart[],
  options: OpenDataOptions = {},
): Promise<OpenedData> {
  const total = parts.reduce((sum, part) => sum + ("file" in part ? 0 : part.samples), 0);
  const opened: OpenedData[] = [];
  const close = () => {
    for (const one of opened) one.close();
  };
  let done = 0;
  try {
    for (const part of parts) {
      if ("file" in part) {
        opened.push(await openFile(part));
      } else {
        const report = (samples: number) => options.progress?.(done + samples, total);
        opened.push({ source: await generate(part, options, report), close: () => {} });
        done += part.samples;
      }
    }
    const sources = opened.map(({ source }) => source);
    return { source: sources.length === 1 ? sources[0] : concatenate(sources), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function generate(
  { channel, samples, seed, first = 0, snr, speedKmh }: GeneratedData,
  { signal, workers }: OpenDataOptions,
  report: (samples: number) => void,
): Promise<ChannelSource> {
  const job = {
    model: channel,
    seed,
    ...(snr === undefined ? {} : { snr }),
    ...(speedKmh === undefined ? {} : { speedKmh }),
  };
  let data = new Float32Array(0);
  let shape: readonly [2, number, number] = [2, 1, 1];
  const scale = new Float32Array(samples);
  let done = 0;
  const limits = { ...(signal ? { signal } : {}), ...(workers ? { workers } : {}) };
  for await (const { block } of generateInParallel(job, { first, count: samples }, limits)) {
    const scaled = normalize({ data: block.data, shape: block.shape });
    const [count, ...sampleShape] = block.shape;
    const size = scaled.data.length / count;
    if (done === 0) {
      data = new Float32Array(samples * size);
      shape = sampleShape;
    }
    data.set(scaled.data, done * size);
    scale.set(scaled.scale, done);
    done += count;
    report(done);
  }
  return sourceOf({
    data,
    shape: [samples, ...shape],
    scale,
    angleOrder: "centered",
    perSample: {},
    metadata: {},
  });
}

async function openFile({ file, samples, split: dealt }: FileData): Promise<OpenedData> {
  const whole = await openCentered(file);
  try {
    const { take, shares, seed } = dealt ?? {};
    const part =
      take === undefined ? whole.source : split(whole.source, shares ?? {}, { seed: seed ?? 0 })[take];
    const count = samples ?? part.count;
    if (count < 1 || count > part.count) {
      invalid("EMPTY_DATA", "openData", `${file} must hold ${Math.max(1, count)} samples`, part.count);
    }
    const first = Int32Array.from({ length: count }, (_, i) => i);
    return { source: count === part.count ? part : subset(part, first), close: () => whole.close() };
  } catch (error) {
    whole.close();
    throw error;
  }
}

/** Streams what can be streamed; a file whose angles are in another order is read whole and turned. */
async function openCentered(file: string): Promise<OpenedData> {
  const opened = await openChannels(file);
  if (opened.header.angleOrder === "centered") {
    return { source: opened, close: () => opened.close() };
  }
  opened.close();
  return { source: sourceOf(await readChannels(file)), close: () => {} };
}

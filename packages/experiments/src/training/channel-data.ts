// The channels of a definition, ready for a network: generated ones in memory, files
// read by index, all scaled to [0, 1] with the angles centered.
import { normalize } from "@csi-feedback/channel-dft";
import { elementCount, invalid } from "@csi-feedback/common";
import { type ChannelSource, concatenate, sourceOf, split, subset } from "@csi-feedback/datasets";
import { openChannels, readChannels } from "@csi-feedback/datasets/node";
import type { DataPart, FileData, GeneratedData } from "./definition";
import { cachedSamples, GenerationCache, type ScaledSamples } from "./generation/cache";
import { makeSamples } from "./generation/make-samples";
import { generateInParallel } from "./generation/pool";

/** Options of {@link openData}. */
export interface OpenDataOptions {
  readonly signal?: AbortSignal;
  /** Called with the samples that are there and all samples. */
  readonly progress?: (done: number, total: number) => void;
  /** Worker threads that generate; one per processor without. */
  readonly workers?: number;
  /** Folder in which generated channels are kept for the next time; they are not kept without. */
  readonly cache?: string;
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
  { signal, workers, cache: folder }: OpenDataOptions,
  report: (samples: number) => void,
): Promise<ChannelSource> {
  const job = {
    model: channel,
    seed,
    ...(snr === undefined ? {} : { snr }),
    ...(speedKmh === undefined ? {} : { speedKmh }),
  };
  const [, ...shape] = makeSamples(job, 0, 0).shape;
  const size = elementCount(shape);
  const data = new Float32Array(samples * size);
  const scale = new Float32Array(samples);
  let done = 0;
  const put = (made: ScaledSamples) => {
    data.set(made.data, done * size);
    scale.set(made.scale, done);
    done += made.scale.length;
    report(done);
  };
  const limits = { ...(signal ? { signal } : {}), ...(workers ? { workers } : {}) };
  const make = async (count: number) => {
    for await (const { block } of generateInParallel(job, { first: first + done, count }, limits))
      put(normalize(block));
  };
  const cache = folder === undefined ? undefined : new GenerationCache(folder, job);
  while (done < samples) {
    const begin = done;
    const known = cache && (await knownBlocks(cache, first + done, first + samples, size));
    if (known?.found) put(known.found);
    else await make(known?.missing ?? samples);
    if (!cache || known?.found) continue;
    for (let at = roundUp(first + begin); at + cachedSamples <= first + done; at += cachedSamples) {
      const from = at - first;
      await cache.write(at, {
        data: data.subarray(from * size, (from + cachedSamples) * size),
        scale: scale.subarray(from, from + cachedSamples),
      });
    }
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

/** The first sample at or after `sample` that a block on disk may begin with. */
const roundUp = (sample: number) => Math.ceil(sample / cachedSamples) * cachedSamples;

/** The block on disk that begins at `first`, or how many samples have to be made before the next one that is there. */
async function knownBlocks(
  cache: GenerationCache,
  first: number,
  end: number,
  size: number,
): Promise<{ readonly found?: ScaledSamples; readonly missing: number }> {
  for (let at = roundUp(first); at < end; at += cachedSamples) {
    const block = await cache.read(at, size);
    if (!block) continue;
    if (at > first) return { missing: at - first };
    const count = Math.min(cachedSamples, end - at);
    return {
      found: { data: block.data.subarray(0, count * size), scale: block.scale.subarray(0, count) },
      missing: 0,
    };
  }
  return { missing: end - first };
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

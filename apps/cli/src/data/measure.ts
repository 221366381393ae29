// One pass over a file of channels: statistics of its samples and what it knows of each.
import { elementsForRatio } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";
import { openChannels } from "@csi-feedback/datasets/node";
import { ChannelStatistics } from "@csi-feedback/eval";
import { Progress } from "../progress";
import { paperRatios } from "../ratio";

/** Samples that are in memory at once. */
const batchSize = 500;

/** What a file holds and what was measured on it. */
export interface MeasuredFile {
  readonly count: number;
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  readonly statistics: ChannelStatistics;
  /** The numbers of elements that `statistics` has shares for: M of Table II at each ratio. */
  readonly elements: readonly { readonly ratio: string; readonly count: number }[];
  /** The values of each per-sample entry that is one number a sample. */
  readonly perSample: ReadonlyMap<string, Float32Array>;
  /** Of the channel [Hz]; absent when the file does not say. */
  readonly bandwidth?: number;
  /** Channel model and seed, or the format, for titles. */
  readonly origin: string;
}

/**
 * Reads a file of channels once, from its first sample to its last.
 *
 * @throws CsiFeedbackError `EMPTY_DATA`; what the readers and {@link ChannelStatistics} throw.
 */
export async function measureFile(path: string): Promise<MeasuredFile> {
  const file = await openChannels(path);
  try {
    const { count, shape, header } = file;
    if (count === 0) invalid("EMPTY_DATA", path, "the file must hold samples", count);
    const elements = paperRatios.map((ratio) => ({
      ratio,
      count: elementsForRatio(1 / Number(ratio.slice(2)), { rule: "paper", shape }),
    }));
    const statistics = new ChannelStatistics({
      shape,
      center: 0.5,
      elements: elements.map((one) => one.count),
    });
    const progress = new Progress(path, count);
    for (let first = 0; first < count; first += batchSize) {
      const length = Math.min(batchSize, count - first);
      statistics.add(await file.read(Int32Array.from({ length }, (_, i) => first + i)));
      progress.update(first + length);
    }
    progress.end();
    const perSample = new Map<string, Float32Array>();
    for (const [name, width] of Object.entries(header.perSample)) {
      if (width === 1) perSample.set(name, await file.perSample(name));
    }
    const { bandwidth, channel, seed, format } = header.metadata;
    return {
      count,
      shape,
      statistics,
      elements,
      perSample,
      ...(typeof bandwidth === "number" && bandwidth > 0 ? { bandwidth } : {}),
      origin: channel === undefined ? String(format ?? "") : `${channel}, seed ${seed}`,
    };
  } finally {
    file.close();
  }
}

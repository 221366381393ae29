// One pass over a file of channels: statistics of its samples and what it knows of each.
import { toFrequency } from "@csi-feedback/channel-dft";
import { elementsForRatio } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";
import { openChannels } from "@csi-feedback/datasets/node";
import { ChannelStatistics, ricianKFactor } from "@csi-feedback/eval";
import { Progress } from "../progress";
import { paperRatios } from "../ratio";

/** Samples that are in memory at once. */
const batchSize = 500;

/** What a file holds and what was measured on it. */
export interface MeasuredFile {
  readonly count: number;
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  readonly statistics: ChannelStatistics;
  /** Rician K-factor of each sample [dB], from its power over frequencies and antennas. */
  readonly kFactors: Float64Array;
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
    const kFactors = new Float64Array(count);
    const progress = new Progress(path, count);
    for (let first = 0; first < count; first += batchSize) {
      const length = Math.min(batchSize, count - first);
      const batch = await file.read(Int32Array.from({ length }, (_, i) => first + i));
      statistics.add(batch);
      kFactors.set(kFactorsOf(batch, shape), first);
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
      kFactors,
      elements,
      perSample,
      ...(typeof bandwidth === "number" && bandwidth > 0 ? { bandwidth } : {}),
      origin: channel === undefined ? String(format ?? "") : `${channel}, seed ${seed}`,
    };
  } finally {
    file.close();
  }
}

/** K-factors of samples in [0, 1], over the band that the kept taps describe and all antennas. */
function kFactorsOf(batch: Float32Array, shape: MeasuredFile["shape"]): Float64Array {
  const [planes, delays, antennas] = shape;
  const count = batch.length / (planes * delays * antennas);
  const data = batch.map((value) => value - 0.5);
  const subcarriers = 2 ** Math.ceil(Math.log2(2 * delays));
  const { re, im } = toFrequency({ data, shape: [count, planes, delays, antennas] }, { subcarriers });
  const size = subcarriers * antennas;
  return Float64Array.from({ length: count }, (_, sample) =>
    ricianKFactor(
      Float64Array.from({ length: size }, (_, i) => {
        const at = sample * size + i;
        return re[at] * re[at] + im[at] * im[at];
      }),
    ),
  );
}

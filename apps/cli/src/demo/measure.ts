// One method at one ratio on one set of channels: bits, quality and time.
import {
  type AngleDelayChannels,
  denormalize,
  type FrequencyChannels,
  naturalAngles,
  toFrequency,
} from "@csi-feedback/channel-dft";
import { measureLatency, NmseAccumulator, SgcsAccumulator } from "@csi-feedback/eval";
import type { NamedChannels } from "../channels";
import { decodeFrames, encodeFrames } from "../link";
import { elementsAt, type Ratio } from "../ratio";
import type { DemoMethod } from "./methods";

/** Subcarriers of the whole band, as in Table I. */
const subcarriers = 1024;
/** Samples that pass at once; bounds memory. */
const batchSize = 50;
/** Samples whose encoding and decoding is timed one by one, and calls before the clock starts. */
const timing = { runs: 20, warmUp: 3 };

/** One row of the demo's table. */
export interface DemoRow {
  readonly channel: string;
  readonly method: string;
  readonly ratio: Ratio;
  /** Bits on air per sample, mean. */
  readonly bits: number;
  /** NMSE [dB] over the whole band. */
  readonly nmseDb: number;
  readonly sgcs: number;
  /** Median time of one sample at the user [ms]: channel to bytes. */
  readonly encodeMs: number;
  /** Median time of one sample at the base station [ms]: bytes to channel. */
  readonly decodeMs: number;
}

/** Sends every sample through the link and compares both ends in the frequency domain. */
export async function measure(set: NamedChannels, ratio: Ratio, method: DemoMethod): Promise<DemoRow> {
  const elements = elementsAt(ratio);
  const configuration = method.frames(ratio);
  const encode = (batch: NamedChannels) =>
    encodeFrames(method.coder, configuration, batch.data, batch.scales, elements);
  const decode = (frames: readonly Uint8Array[]) =>
    decodeFrames(method.coder, configuration, frames, method.output);

  const nmse = new NmseAccumulator();
  const sgcs = new SgcsAccumulator();
  const allFrames: Uint8Array[] = [];
  for (let first = 0; first < set.shape[0]; first += batchSize) {
    const batch = slice(set, first, Math.min(first + batchSize, set.shape[0]));
    const frames = await encode(batch);
    const { channels, scales } = await decode(frames);
    const sent = wholeBand(denormalize(batch.data, batch.scales, batch.shape));
    const rebuilt = wholeBand(denormalize(channels, scales, batch.shape));
    nmse.add(sent, rebuilt, sent.shape);
    sgcs.add(sent, rebuilt, sent.shape);
    allFrames.push(...frames);
  }

  const single = Array.from({ length: Math.min(timing.runs, set.shape[0]) }, (_, i) => slice(set, i, i + 1));
  const encoding = await measureLatency((call) => encode(single[call % single.length]), timing);
  const decoding = await measureLatency((call) => decode([allFrames[call % single.length]]), timing);
  return {
    channel: set.name,
    method: method.id,
    ratio,
    bits: (8 * allFrames.reduce((sum, frame) => sum + frame.length, 0)) / allFrames.length,
    nmseDb: nmse.db,
    sgcs: sgcs.value,
    encodeMs: encoding.medianMs,
    decodeMs: decoding.medianMs,
  };
}

/** Samples `from` to `to - 1`. */
export function slice(set: NamedChannels, from: number, to: number): NamedChannels {
  const size = set.data.length / set.shape[0];
  const [, ...sampleShape] = set.shape;
  return {
    name: set.name,
    data: set.data.slice(from * size, to * size),
    shape: [to - from, ...sampleShape],
    scales: set.scales.slice(from, to),
  };
}

function wholeBand(channels: AngleDelayChannels): FrequencyChannels {
  return toFrequency(naturalAngles(channels), { subcarriers });
}

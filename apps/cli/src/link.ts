// The two ends of the link: a network (or the control without one) turns channels
// into reports and reports into channels; the codec turns reports into bytes and back.
import { decodeReport, encodeReport, type FrameConfiguration, type Report } from "@csi-feedback/codec";
import type { FeedbackMethod } from "@csi-feedback/networks";

/** User side: one report per sample of `[batch, 2, delays, antennas]` in [0, 1]; `scales` are sent along. */
async function reportsOf(
  method: FeedbackMethod,
  channels: Float32Array,
  scales: ArrayLike<number>,
  elements: number,
): Promise<Report[]> {
  const codewords = await method.encode(channels, { batch: scales.length, elements });
  return codewords.map((codeword, sample) => ({ ...codeword, scale: scales[sample] }));
}

/** What the base station rebuilds from reports. */
export interface RebuiltChannels {
  /** `[reports, 2, delays, antennas]`, 0.5 = zero. */
  readonly channels: Float32Array;
  /** Physical scale of each sample, as it was sent. */
  readonly scales: Float32Array;
}

/** Base station: the channels in a batch of reports. */
export async function decodeReportsOf(
  method: FeedbackMethod,
  reports: readonly Report[],
  output: "preliminary" | "final" = "final",
): Promise<RebuiltChannels> {
  return {
    channels: await method.decode(reports, { output }),
    scales: Float32Array.from(reports, ({ scale }) => scale as number),
  };
}

/** User side, down to bytes: one frame per sample. */
export async function encodeFrames(
  method: FeedbackMethod,
  configuration: FrameConfiguration,
  channels: Float32Array,
  scales: ArrayLike<number>,
  elements: number,
): Promise<Uint8Array[]> {
  const reports = await reportsOf(method, channels, scales, elements);
  return reports.map((report) => encodeReport(report, configuration));
}

/** Base station, from bytes alone. */
export async function decodeFrames(
  method: FeedbackMethod,
  configuration: FrameConfiguration,
  frames: readonly Uint8Array[],
  output: "preliminary" | "final" = "final",
): Promise<RebuiltChannels & { readonly reports: readonly Report[] }> {
  const reports = frames.map((frame) => decodeReport(frame, configuration));
  return { ...(await decodeReportsOf(method, reports, output)), reports };
}

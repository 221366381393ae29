// The two ends of the link, joined by bytes: a network (or the control without one)
// together with the quantizer and the frame that both ends agree on.
import { decodeReport, encodeReport, type FrameConfiguration } from "@csi-feedback/codec";
import type { Codeword } from "@csi-feedback/networks";

/** What turns channels into codewords and back; every network of `@csi-feedback/networks` is one. */
export interface CodewordCoder {
  encode(channels: Float32Array, options: { batch: number; elements?: number }): Promise<Codeword[]>;
  decode(
    codewords: readonly Codeword[],
    options?: { output?: "preliminary" | "final" },
  ): Promise<Float32Array>;
}

/** User side: one frame per sample of `[batch, 2, delays, antennas]` in [0, 1]. `scales` are sent along. */
export async function encodeFrames(
  coder: CodewordCoder,
  configuration: FrameConfiguration,
  channels: Float32Array,
  scales: ArrayLike<number>,
  elements: number,
): Promise<Uint8Array[]> {
  const codewords = await coder.encode(channels, { batch: scales.length, elements });
  return codewords.map((codeword, sample) =>
    encodeReport({ ...codeword, scale: scales[sample] }, configuration),
  );
}

/** What the base station rebuilds from frames alone. */
export interface DecodedFrames {
  /** `[frames, 2, delays, antennas]`, 0.5 = zero. */
  readonly channels: Float32Array;
  /** Physical scale of each sample, as it was sent. */
  readonly scales: Float32Array;
  /** The codewords that stood in the frames. */
  readonly codewords: readonly Codeword[];
}

/** Base station: the channels in a batch of frames. */
export async function decodeFrames(
  coder: CodewordCoder,
  configuration: FrameConfiguration,
  frames: readonly Uint8Array[],
  output: "preliminary" | "final" = "final",
): Promise<DecodedFrames> {
  const reports = frames.map((frame) => decodeReport(frame, configuration));
  return {
    channels: await coder.decode(reports, { output }),
    scales: Float32Array.from(reports, ({ scale }) => scale as number),
    codewords: reports,
  };
}

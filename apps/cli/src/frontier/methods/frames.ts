// What methods built on the codec's frames share.
import { decodeReport, encodeReport, type FrameConfiguration, type Report } from "@csi-feedback/codec";
import type { FrontierReport } from "../method";

/** Bits of the check, which a frame must have and which is charged to no method. */
export const CHECK_BITS = 8 as const;
/** Bits of a sample's physical scale. */
export const SCALE_BITS = 10;

/** Bits of a frame without its error check, whole bytes. */
function messageBits(frame: Uint8Array, crcBits: number): number {
  return 8 * frame.length - crcBits;
}

/** The first samples of a set, each its own array. */
export function samplesOf(data: Float32Array, size: number, count: number): Float32Array[] {
  return Array.from({ length: Math.min(count, data.length / size) }, (_, i) =>
    data.slice(i * size, (i + 1) * size),
  );
}

/** A report of the codec on its way: its bits, and the base station's side once the bytes are there. */
export function sendFrame(
  report: Report,
  configuration: FrameConfiguration,
  decode: (report: Report) => Float32Array | Promise<Float32Array>,
): FrontierReport {
  const bytes = encodeReport(report, configuration);
  return {
    bits: messageBits(bytes, CHECK_BITS),
    reconstruct: async () => await decode(decodeReport(bytes, configuration)),
  };
}

/** A sample of a network's [0, 1], brought back to physical units. */
export function unscale(values: Float32Array, scale: number): Float32Array {
  return values.map((value) => (value - 0.5) * scale);
}

/** Share of the energy that a rebuilt sample misses. */
export function missedShare(truth: Float32Array, rebuilt: Float32Array): number {
  let energy = 0;
  let error = 0;
  for (const [i, value] of truth.entries()) {
    energy += value * value;
    error += (value - rebuilt[i]) ** 2;
  }
  return error / energy;
}

// The order of the angle axis: natural DFT order ("fft"), or with direction zero in
// the middle ("centered"), as CsiNet's files have it. Works on channels of any scale.
import { assertShape, invalid } from "@csi-feedback/common";
import type { AngleDelayChannels } from "./channels";

/** Order of the angle axis: natural DFT order, or fftshifted. */
export type AngleOrder = "fft" | "centered";

/**
 * Reorders the angle axis from natural DFT order to the centered order: angle bin
 * `i` moves to `(i + floor(antennas / 2)) mod antennas`.
 *
 * @param channels - `[batch, 2, delays, antennas]`, physical or scaled to [0, 1].
 * @throws CsiFeedbackError `INVALID_SHAPE`.
 *
 * @example
 * ```ts
 * import { centerAngles, naturalAngles } from "@csi-feedback/channel-dft";
 *
 * const channels = { data: Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13), shape: [1, 2, 1, 4] as const };
 * const centered = centerAngles(channels);
 * console.log(centered.data.join()); // 2,3,0,1,12,13,10,11
 * console.log(naturalAngles(centered).data.join()); // 0,1,2,3,10,11,12,13
 * ```
 */
export function centerAngles(channels: AngleDelayChannels): AngleDelayChannels {
  return rotate("centerAngles", channels, Math.floor(channels.shape[3] / 2));
}

/**
 * Undoes {@link centerAngles}.
 *
 * @param channels - `[batch, 2, delays, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`.
 */
export function naturalAngles(channels: AngleDelayChannels): AngleDelayChannels {
  return rotate("naturalAngles", channels, Math.ceil(channels.shape[3] / 2));
}

function rotate(functionName: string, channels: AngleDelayChannels, by: number): AngleDelayChannels {
  const { data, shape } = channels;
  if (shape.length !== 4 || shape[1] !== 2) {
    invalid("INVALID_SHAPE", functionName, "shape must be [batch, 2, delays, antennas]", shape);
  }
  assertShape(functionName, data, shape);
  const antennas = shape[3];
  const rotated = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += antennas) {
    rotated.set(data.subarray(row, row + antennas - by), row + by);
    rotated.set(data.subarray(row + antennas - by, row + antennas), row);
  }
  return { data: rotated, shape };
}

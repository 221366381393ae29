// Channels of 256 antennas as images of 32 x 32 that LLMCsiNet takes: their angle domain in
// the first rows, zeros in the others, and back.
import { centerAngles, naturalAngles, toAngleDelay, toFrequency } from "@csi-feedback/channel-dft";
import { ANTENNAS, type Channels } from "@csi-feedback/experiments/extremely-large";

const SIDE = 32;

/** Images `[samples, 2, 32, 32]` in [0, 1], and the scale of each: a value is `(image - 0.5) * scale`. */
export interface AngleImages {
  readonly image: Float32Array;
  readonly scales: Float32Array;
}

/** Antennas to angles: one subcarrier is one delay tap, so that this is a DFT over the antennas. */
export function anglesOf({ re, im, samples }: Channels): AngleImages {
  const { data } = centerAngles(toAngleDelay({ re, im, shape: [samples, 1, ANTENNAS] }, { delays: 1 }));
  const size = SIDE * SIDE;
  const image = new Float32Array(samples * 2 * size).fill(0.5);
  const scales = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    const sample = data.subarray(2 * i * ANTENNAS, 2 * (i + 1) * ANTENNAS);
    scales[i] = 2 * sample.reduce((peak, value) => Math.max(peak, Math.abs(value)), 1e-12);
    for (let plane = 0; plane < 2; plane++) {
      for (let n = 0; n < ANTENNAS; n++) {
        image[(2 * i + plane) * size + n] = 0.5 + sample[plane * ANTENNAS + n] / scales[i];
      }
    }
  }
  return { image, scales };
}

/** Angles back to antennas. */
export function antennasOf(image: Float32Array, scales: Float32Array): Channels {
  const samples = scales.length;
  const size = SIDE * SIDE;
  const data = new Float32Array(samples * 2 * ANTENNAS);
  for (let row = 0; row < 2 * samples; row++) {
    for (let n = 0; n < ANTENNAS; n++) {
      data[row * ANTENNAS + n] = (image[row * size + n] - 0.5) * scales[row >> 1];
    }
  }
  const angles = naturalAngles({ data, shape: [samples, 2, 1, ANTENNAS] });
  const { re, im } = toFrequency(angles, { subcarriers: 1 });
  return { re: Float32Array.from(re), im: Float32Array.from(im), samples };
}

// What is estimated: hybrid-field channels of 256 antennas at 30 GHz, of some paths, on some
// array, and what the array observes of them. Samples are made when they are read.
import type { AntennaPlaces } from "@csi-feedback/channel-estimation";
import {
  type ExtremelyLargeArray,
  elementOffsets,
  generateHybridField,
  SPEED_OF_LIGHT,
} from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import type { ChannelSource } from "@csi-feedback/training";

/** M. */
export const ANTENNAS = 256;
/** Side of the square that a sample is laid out in. */
export const SIDE = 16;
/** [Hz] */
export const CARRIER_FREQUENCY = 30e9;
/** [m] */
export const WAVELENGTH = SPEED_OF_LIGHT / CARRIER_FREQUENCY;

/** Forms of the array. */
export type ArrayName = "linear" | "planar" | "irregular";

/** The distribution that channels are drawn from. */
export interface Scenario {
  readonly array: ArrayName;
  /** L0. */
  readonly farPaths: number;
  /** L - L0. */
  readonly nearPaths: number;
  /** Distances of the near-field sources [m]. */
  readonly distances: readonly [nearest: number, farthest: number];
}

/** The paper's: distances of 10 to 80 m, one far-field path of six. */
export const hybrid: Scenario = { array: "linear", farPaths: 1, nearPaths: 5, distances: [10, 80] };

/** A scenario in words, as results files name it. */
export function describeScenario({ array, farPaths, nearPaths, distances }: Scenario): string {
  const field = nearPaths === 0 ? "far field" : farPaths === 0 ? "near field" : "hybrid field";
  const where = nearPaths === 0 ? "" : `, ${distances.join(" to ")} m`;
  const paths = farPaths > 0 && nearPaths > 0 ? `, L0 = ${farPaths}` : "";
  return `${field}, L = ${farPaths + nearPaths}${paths}${where}, ${array} array`;
}

/** How far elements of the irregular array stand from their places in the linear one, at most [wavelengths]. */
const SCATTER = 0.2;

/** The array of that name; 256 elements, half a wavelength apart or, when irregular, about that. */
function arrayOf(name: ArrayName): ExtremelyLargeArray {
  if (name === "linear") return { kind: "ula", elements: ANTENNAS };
  if (name === "planar") return { kind: "upa", rows: SIDE, columns: SIDE };
  const stream = randomStream(0);
  const across = Array.from({ length: ANTENNAS }, (_, n) => n / 2 + SCATTER * (2 * stream.uniform() - 1));
  return { kind: "irregular", across };
}

/** Places of the antennas, for estimators that know the array. */
export function placesOf(name: ArrayName): AntennaPlaces {
  return elementOffsets(arrayOf(name));
}

/** Channels of several samples, `[samples, antennas]`. */
export interface Channels {
  readonly re: Float32Array;
  readonly im: Float32Array;
  readonly samples: number;
}

/** Samples `first` to `first + samples - 1` of a seed, of unit power per antenna. */
export function channelsOf(scenario: Scenario, seed: number, samples: number, first = 0): Channels {
  const { array, farPaths, nearPaths, distances } = scenario;
  const { re, im } = generateHybridField({
    samples,
    seed,
    firstSample: first,
    array: arrayOf(array),
    carrierFrequency: CARRIER_FREQUENCY,
    farPaths,
    nearPaths,
    distances,
  });
  return { re, im, samples };
}

/** Planes as networks see them, `[samples, 2, 16, 16]` about 0.5, antennas in row-major order. */
export function toPlanes({ re, im, samples }: Channels): Float32Array {
  const planes = new Float32Array(2 * re.length);
  for (let i = 0; i < samples; i++) {
    for (let n = 0; n < ANTENNAS; n++) {
      planes[2 * i * ANTENNAS + n] = 0.5 + re[i * ANTENNAS + n];
      planes[(2 * i + 1) * ANTENNAS + n] = 0.5 + im[i * ANTENNAS + n];
    }
  }
  return planes;
}

/** The inverse of {@link toPlanes}. */
export function fromPlanes(planes: Float32Array): Channels {
  const samples = planes.length / (2 * ANTENNAS);
  const re = new Float32Array(samples * ANTENNAS);
  const im = new Float32Array(samples * ANTENNAS);
  for (let i = 0; i < samples; i++) {
    for (let n = 0; n < ANTENNAS; n++) {
      re[i * ANTENNAS + n] = planes[2 * i * ANTENNAS + n] - 0.5;
      im[i * ANTENNAS + n] = planes[(2 * i + 1) * ANTENNAS + n] - 0.5;
    }
  }
  return { re, im, samples };
}

/** A second user who sends the same pilots as the one whose channel is trained on. */
export interface TrainingInterference {
  /** Seed of the second user's channels. */
  readonly seed: number;
  /** Range of its power over the first one's [dB], from which each sample draws uniformly. */
  readonly powers: readonly [lowest: number, highest: number];
}

/**
 * A source of training channels that makes each sample when it is read: as many as wanted, no memory. Training adds
 * the noise ({@link RECEIVER_NOISE}), anew in every epoch.
 */
export function channelSource(
  scenario: Scenario,
  seed: number,
  count: number,
  interference?: TrainingInterference,
): ChannelSource {
  const size = 2 * ANTENNAS;
  const read = async (indices: Int32Array) => {
    const batch = new Float32Array(indices.length * size);
    for (const [i, index] of indices.entries()) {
      batch.set(toPlanes(channelsOf(scenario, seed, 1, index)), i * size);
    }
    return batch;
  };
  const source: ChannelSource = { count, shape: [2, SIDE, SIDE], read };
  if (interference === undefined) return source;
  const [lowest, highest] = interference.powers;
  return {
    ...source,
    async observe(indices) {
      const batch = await read(indices);
      for (const [i, index] of indices.entries()) {
        const power = lowest + (highest - lowest) * randomStream(interference.seed, index, 1).uniform();
        const amplitude = 10 ** (power / 20);
        const other = toPlanes(channelsOf(scenario, interference.seed, 1, index));
        for (let n = 0; n < size; n++) batch[i * size + n] += amplitude * (other[n] - 0.5);
      }
      return batch;
    },
  };
}

/** Mean square of the real values of channels of unit power: what a receiver's noise is measured against. */
export const RECEIVER_NOISE = { power: 0.5 } as const;

/** Noise variance of the complex values at an SNR per antenna [dB]. */
export function noiseVarianceOf(snr: number): number {
  return 10 ** (-snr / 10);
}

/** A second user who sends the same pilots. */
export interface Contamination {
  readonly channels: Channels;
  /** Power over that of the first user [dB]. */
  readonly power: number;
}

/**
 * The least-squares estimates of channels at an SNR [dB]: with orthogonal pilots, the channels and complex Gaussian
 * noise, and whatever another user with the same pilots adds. Noise belongs to seed, SNR and sample.
 */
export function leastSquaresOf(
  channels: Channels,
  snr: number,
  seed: number,
  contamination?: Contamination,
): Channels {
  const deviation = Math.sqrt(noiseVarianceOf(snr) / 2);
  const re = Float32Array.from(channels.re);
  const im = Float32Array.from(channels.im);
  const amplitude = contamination ? 10 ** (contamination.power / 20) : 0;
  for (let i = 0; i < channels.samples; i++) {
    const stream = randomStream(seed, Math.round(10 * (snr + 1000)), i);
    for (let n = i * ANTENNAS; n < (i + 1) * ANTENNAS; n++) {
      re[n] += deviation * stream.normal() + amplitude * (contamination?.channels.re[n] ?? 0);
      im[n] += deviation * stream.normal() + amplitude * (contamination?.channels.im[n] ?? 0);
    }
  }
  return { re, im, samples: channels.samples };
}

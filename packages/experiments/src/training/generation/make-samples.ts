// Samples of a channel model as a channel estimate sees them: generated, of moving
// users or noisy where that is asked for.
import {
  type AngleDelayOptions,
  addEstimationNoise,
  type ChannelModelName,
  channelModels,
  type GeneratedChannels,
  generateChannels,
  generateSequences,
} from "@csi-feedback/channel-models";
import { invalid, randomStream } from "@csi-feedback/common";

/** What is generated. */
export interface GenerationJob {
  /** Name of a channel model. */
  readonly model: string;
  readonly seed: number;
  /** Replaces parts of the model's own array and grid. */
  readonly synthesis?: Partial<AngleDelayOptions>;
  /** Estimation noise: signal-to-noise ratio per subcarrier and antenna [dB]; none without. */
  readonly snr?: number;
  /** Users move this fast [km/h], each in a direction of its own; they stand still without. */
  readonly speedKmh?: number;
}

/** Name the noise and the moment among the random streams of a sample. */
const noiseStream = 1;
const momentStream = 2;

/** Moving users are seen at a moment drawn from the first so many seconds of their movement. */
const longestMovement = 0.1;

/**
 * Samples `firstSample` to `firstSample + samples - 1` of a job.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for noise on moving users, and what the model throws.
 */
export function makeSamples(job: GenerationJob, firstSample: number, samples: number): GeneratedChannels {
  const { seed, synthesis, snr, speedKmh } = job;
  const model = job.model as ChannelModelName;
  if (speedKmh !== undefined) {
    if (snr !== undefined) {
      invalid("INVALID_ARGUMENT", "makeSamples", "snr is for users that stand still", snr);
    }
    return makeMoving(job, speedKmh, firstSample, samples);
  }
  const clean = generateChannels({ model, seed, firstSample, samples, ...(synthesis ? { synthesis } : {}) });
  if (snr === undefined) return clean;
  const { subcarriers } = { ...channelModels[model].defaults, ...synthesis };
  const [, , delays, antennas] = clean.shape;
  const size = 2 * delays * antennas;
  const data = new Float32Array(clean.data.length);
  for (let i = 0; i < samples; i++) {
    const sample = clean.data.subarray(i * size, (i + 1) * size);
    const kept = sample.reduce((sum, value) => sum + value * value, 0);
    // The transform is unitary: noise of one power everywhere in the band has that power in every tap.
    const power = kept / clean.metadata.energyKept[i] / (subcarriers * antennas);
    const random = randomStream(seed, firstSample + i, noiseStream);
    data.set(addEstimationNoise(sample, random, { snr, power }), i * size);
  }
  return { ...clean, data };
}

/** The same users as without movement, each some moments later: every path has its own Doppler phase by then. */
function makeMoving(
  { model, seed, synthesis }: GenerationJob,
  speedKmh: number,
  firstSample: number,
  samples: number,
): GeneratedChannels {
  const moments = Float64Array.from(
    { length: samples },
    (_, i) => longestMovement * randomStream(seed, firstSample + i, momentStream).uniform(),
  );
  const options = { model: model as ChannelModelName, seed, ...(synthesis ? { synthesis } : {}) };
  const [, , delays, antennas] = generateChannels({ ...options, samples: 0 }).shape;
  const size = 2 * delays * antennas;
  const data = new Float32Array(samples * size);
  for (const [i, interval] of moments.entries()) {
    const sequence = generateSequences({
      ...options,
      firstSample: firstSample + i,
      samples: 1,
      speed: speedKmh / 3.6,
      instants: 2,
      interval,
    });
    data.set(sequence.data.subarray(size), i * size);
  }
  return { data, shape: [samples, 2, delays, antennas], metadata: { moment: moments } };
}

// Samples of a channel model as a channel estimate sees them: generated, and noisy
// where that is asked for.
import {
  addEstimationNoise,
  type ChannelModelName,
  channelModels,
  type GeneratedChannels,
  generateChannels,
} from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import type { GenerationJob } from "./pool";

/** Names the noise among the random streams of a sample. */
const noiseStream = 1;

/** Samples `firstSample` to `firstSample + samples - 1` of a job. */
export function makeSamples(job: GenerationJob, firstSample: number, samples: number): GeneratedChannels {
  const { seed, synthesis, snr } = job;
  const model = job.model as ChannelModelName;
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

// Batches: which samples, how many elements each keeps, and the noise on them.
// Every random number is named by the run's seed and the place in the run, so a
// resumed run draws the same ones without any state being kept.
import { assertShape, invalid, type RandomStream, randomStream } from "@csi-feedback/common";
import type { ChannelSource } from "./network";

/** Complex Gaussian noise on the channels, given by its signal-to-noise ratio. */
export interface NoiseSettings {
  /** SNR [dB] against the energy of each sample; a pair is a range that each sample draws from uniformly. */
  readonly snr: number | readonly [lowest: number, highest: number];
  /**
   * Mean square of a value of the channels, about 0.5, that the SNR is against in place of each sample's own: the
   * noise is then as strong on a weak sample as on a strong one, as a receiver's is.
   */
  readonly power?: number;
}

/** One batch on its way to the network. */
export interface Batch {
  readonly count: number;
  /** What the network sees, `[count, 2, delays, antennas]`. The same array as `target` when nothing is added to it. */
  readonly input: Float32Array;
  readonly target: Float32Array;
  /** Elements kept per sample. */
  readonly elements?: Int32Array;
}

/** Which epoch of a run: stage and attempt (a stage starts again when groups freeze) are indices. */
export interface EpochPlace {
  readonly stage: number;
  readonly attempt: number;
  readonly epoch: number;
}

/** The settings that batches depend on. */
interface BatchOptions {
  readonly seed: number;
  readonly elements?: readonly number[] | undefined;
  readonly noise?: NoiseSettings | undefined;
}

const ORDER = 1;
const ELEMENTS = 2;
const NOISE = 3;
const VALIDATION_NOISE = 4;

/** The order in which an epoch visits the samples. */
export function epochOrder(seed: number, { stage, attempt, epoch }: EpochPlace, count: number): Int32Array {
  return randomStream(seed, ORDER, stage, attempt, epoch).permutation(count);
}

/** Reads the training batch of the given samples; elements and noise are drawn per epoch and sample. */
export async function readTrainingBatch(
  source: ChannelSource,
  indices: Int32Array,
  { stage, attempt, epoch }: EpochPlace,
  { seed, elements, noise }: BatchOptions,
): Promise<Batch> {
  const target = await readSamples(source, indices);
  const drawElements = (sample: number) =>
    elements![randomStream(seed, ELEMENTS, stage, attempt, epoch, sample).integer(elements!.length)];
  const observed = await readObserved(source, indices, target);
  const input = noise
    ? withNoise(observed, indices, noise, (sample) =>
        randomStream(seed, NOISE, stage, attempt, epoch, sample),
      )
    : observed;
  return {
    count: indices.length,
    target,
    input,
    ...(elements ? { elements: indices.map(drawElements) } : {}),
  };
}

/** Reads samples `first` to `first + count - 1` in order, with noise that depends on the sample alone. */
export async function readOrderedBatch(
  source: ChannelSource,
  first: number,
  count: number,
  { seed, noise }: BatchOptions,
): Promise<Batch> {
  const indices = Int32Array.from({ length: count }, (_, i) => first + i);
  const target = await readSamples(source, indices);
  const observed = await readObserved(source, indices, target);
  const input = noise
    ? withNoise(observed, indices, noise, (sample) => randomStream(seed, VALIDATION_NOISE, sample))
    : observed;
  return { count, target, input };
}

async function readSamples(source: ChannelSource, indices: Int32Array): Promise<Float32Array> {
  const samples = await source.read(indices);
  assertShape("ChannelSource.read", samples, [indices.length, ...source.shape]);
  return samples;
}

async function readObserved(
  source: ChannelSource,
  indices: Int32Array,
  target: Float32Array,
): Promise<Float32Array> {
  if (source.observe === undefined) return target;
  const observed = await source.observe(indices);
  assertShape("ChannelSource.observe", observed, [indices.length, ...source.shape]);
  return observed;
}

function withNoise(
  clean: Float32Array,
  indices: Int32Array,
  { snr, power }: NoiseSettings,
  streamOf: (sample: number) => RandomStream,
): Float32Array {
  const size = clean.length / indices.length;
  const noisy = new Float32Array(clean.length);
  if (power !== undefined && !(power > 0 && Number.isFinite(power))) {
    invalid("INVALID_ARGUMENT", "train", "noise.power must be positive and finite", power);
  }
  for (const [position, sample] of indices.entries()) {
    const stream = streamOf(sample);
    const ratio = typeof snr === "number" ? snr : snr[0] + (snr[1] - snr[0]) * stream.uniform();
    if (!Number.isFinite(ratio)) invalid("INVALID_ARGUMENT", "train", "noise.snr must be finite", ratio);
    const start = position * size;
    const deviation = Math.sqrt((power ?? meanSquare(clean, start, size)) / 10 ** (ratio / 10));
    for (let i = start; i < start + size; i++) noisy[i] = clean[i] + deviation * stream.normal();
  }
  return noisy;
}

/** Mean square of the values about 0.5. */
function meanSquare(values: Float32Array, start: number, size: number): number {
  let energy = 0;
  for (let i = start; i < start + size; i++) energy += (values[i] - 0.5) ** 2;
  return energy / size;
}

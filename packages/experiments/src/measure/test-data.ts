// Channels to test on: a split that no training sees, generated once a process, and for
// COST 2100 the samples of its authors' own code where the caller has them.
import { normalize } from "@csi-feedback/channel-dft";
import { type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import { invalid } from "@csi-feedback/common";
import type { ExperimentContext } from "../experiment";
import { modelOf } from "../training/channels";

/** Seed of every test split, whatever the seed of the training. */
const TEST_SEED = 0x7e57;

/** Samples that one turn of the event loop makes. */
const BLOCK = 50;

/** Channels with their origin. */
export interface TestData {
  readonly channel: string;
  /** What a row's `data` says. */
  readonly label: string;
  /** `[count, 2, delays, antennas]` in [0, 1], 0.5 = zero. */
  readonly values: Float32Array;
  readonly shape: readonly [count: number, planes: 2, delays: number, antennas: number];
}

const generated = new Map<string, Promise<TestData>>();

/** Label of {@link generatedTest}'s rows. */
export const GENERATED = "generated test split";
/** Label of {@link referenceTest}'s rows. */
export const REFERENCE = "reference implementation";

/**
 * The first samples of the test split of a channel. The same channel and count are
 * generated once a process.
 */
export function generatedTest(channel: string, count: number, signal?: AbortSignal): Promise<TestData> {
  const key = `${channel} ${count}`;
  let data = generated.get(key);
  if (data === undefined) {
    data = generate(channel, count, signal);
    generated.set(key, data);
    data.catch(() => generated.delete(key));
  }
  return data;
}

async function generate(channel: string, count: number, signal?: AbortSignal): Promise<TestData> {
  const model: ChannelModelName = modelOf(channel);
  let values: Float32Array | undefined;
  let shape: TestData["shape"] | undefined;
  for (let first = 0; first < count; first += BLOCK) {
    signal?.throwIfAborted();
    const samples = Math.min(BLOCK, count - first);
    const block = generateChannels({ model, samples, firstSample: first, seed: TEST_SEED });
    const { data } = normalize({ data: block.data, shape: block.shape });
    const [, planes, delays, antennas] = block.shape;
    const size = planes * delays * antennas;
    values ??= new Float32Array(count * size);
    shape ??= [count, planes, delays, antennas];
    values.set(data, first * size);
    // Lets progress be printed and interrupts arrive.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (values === undefined || shape === undefined) {
    return invalid("EMPTY_DATA", "generatedTest", "count must be at least 1", count);
  }
  return { channel, label: GENERATED, values, shape };
}

/** Channels of another implementation of the same model, or nothing where the caller has none. */
export async function referenceTest(
  context: ExperimentContext,
  channel: string,
): Promise<TestData | undefined> {
  const set = await context.reference?.(channel);
  return set && { channel, label: REFERENCE, values: set.data, shape: set.shape };
}

/** The generated split of a channel, and the reference samples where there are some. */
export async function testData(context: ExperimentContext, channel: string): Promise<TestData[]> {
  const own = await generatedTest(channel, context.profile.samples.test, context.signal);
  const reference = await referenceTest(context, channel);
  return reference === undefined ? [own] : [own, reference];
}

/** The first samples of a set. */
export function firstSamples(data: TestData, count: number): TestData {
  const [available, planes, delays, antennas] = data.shape;
  if (count >= available) return data;
  const size = planes * delays * antennas;
  return { ...data, values: data.values.subarray(0, count * size), shape: [count, planes, delays, antennas] };
}

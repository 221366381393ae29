// Channels to measure on: the test and training splits of a channel, made once a process,
// and for COST 2100 the samples of its authors' own code where the caller has them.

import type { ExperimentContext } from "../experiment";
import { openData } from "../training/channel-data";
import type { GeneratedData } from "../training/definition";
import { channelParts } from "../training/definitions";

/** Channels with their origin. */
export interface TestData {
  readonly channel: string;
  /** What a row's `data` says. */
  readonly label: string;
  /** What a row's `condition` says of the data; empty for the generated split. */
  readonly condition: string;
  /** `[count, 2, delays, antennas]` in [0, 1], 0.5 = zero. */
  readonly values: Float32Array;
  readonly shape: readonly [count: number, planes: 2, delays: number, antennas: number];
}

const made = new Map<string, Promise<TestData>>();

/** A split of a channel, all of it in memory. The same parts are generated once a process. */
function splitOf(
  context: ExperimentContext,
  channel: string,
  label: string,
  parts: readonly GeneratedData[],
): Promise<TestData> {
  const key = JSON.stringify(parts);
  let data = made.get(key);
  if (data === undefined) {
    data = generate(context, channel, label, parts);
    made.set(key, data);
    data.catch(() => made.delete(key));
  }
  return data;
}

async function generate(
  { signal, progress, cache }: ExperimentContext,
  channel: string,
  label: string,
  parts: readonly GeneratedData[],
): Promise<TestData> {
  const { source, close } = await openData(parts, {
    ...(signal ? { signal } : {}),
    ...(cache === undefined ? {} : { cache }),
    progress: (done, total) => progress(`${channel}, ${label}: ${done} of ${total} samples`, 0),
  });
  const all = Int32Array.from({ length: source.count }, (_, i) => i);
  const values = await source.read(all);
  close();
  return { channel, label, condition: "", values, shape: [source.count, ...source.shape] };
}

/** The test split of a channel; of moving users where a speed [km/h] is given. */
export function generatedTest(
  context: ExperimentContext,
  channel: string,
  kind: Pick<GeneratedData, "speedKmh"> = {},
): Promise<TestData> {
  const { test } = channelParts(channel, context.profile, context.seed, kind);
  return splitOf(context, channel, "generated test split", test);
}

/** The training split of a channel, for what is fitted without a training: PCA, quantizers, code tables. */
export function trainingSplit(context: ExperimentContext, channel: string): Promise<TestData> {
  const { train } = channelParts(channel, context.profile, context.seed);
  return splitOf(context, channel, "generated training split", train);
}

/** The generated test split of a channel, and the samples of another implementation where there are some. */
export async function testData(context: ExperimentContext, channel: string): Promise<TestData[]> {
  const own = await generatedTest(context, channel);
  const set = await context.reference?.(channel);
  if (set === undefined) return [own];
  const reference = {
    channel,
    label: "samples of the reference implementation",
    condition: "reference samples",
    values: set.data,
    shape: set.shape,
  };
  return [own, reference];
}

/** The first samples of a set. */
export function firstSamples(data: TestData, count: number): TestData {
  const [available, planes, delays, antennas] = data.shape;
  if (count >= available) return data;
  const size = planes * delays * antennas;
  return { ...data, values: data.values.subarray(0, count * size), shape: [count, planes, delays, antennas] };
}

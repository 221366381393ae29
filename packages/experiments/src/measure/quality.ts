// How well a method brings channels over: NMSE and SGCS of every sample, through the two
// ends of the link that would be deployed, with or without a quantizer between them.
import type { ValueQuantizer } from "@csi-feedback/codec";
import { type Interval, NmseAccumulator, SgcsAccumulator } from "@csi-feedback/eval";
import type { Codeword, FeedbackMethod } from "@csi-feedback/networks";
import type { TestData } from "./test-data";

/** Samples that pass at once; bounds memory, and keeps one graph for all. */
const BATCH = 50;

/** What {@link measureQuality} finds; intervals are over test samples, 95 %. */
export interface Quality {
  /** [dB] */
  readonly nmse: Interval;
  readonly sgcs: Interval;
}

/** Options of {@link measureQuality}. */
export interface QualityOptions {
  /** Elements kept (M); coefficients for a method that sends some of many. */
  readonly elements?: number;
  readonly output?: "preliminary" | "final";
  /** What the user measures, when it is not the channel itself: the same samples with noise. */
  readonly measured?: Float32Array;
  /** What the values of a codeword pass through. */
  readonly quantizer?: ValueQuantizer;
  readonly signal?: AbortSignal;
}

/** The user's side for all samples, batch by batch. */
export async function encodeAll(
  method: FeedbackMethod,
  values: Float32Array,
  shape: TestData["shape"],
  { elements, signal }: Pick<QualityOptions, "elements" | "signal">,
): Promise<Codeword[]> {
  const [count, planes, delays, antennas] = shape;
  const size = planes * delays * antennas;
  const codewords: Codeword[] = [];
  for (let first = 0; first < count; first += BATCH) {
    signal?.throwIfAborted();
    const batch = Math.min(BATCH, count - first);
    const sent = values.subarray(first * size, (first + batch) * size);
    codewords.push(
      ...(await method.encode(sent, { batch, ...(elements === undefined ? {} : { elements }) })),
    );
  }
  return codewords;
}

/** The base station's side, batch by batch: `[codewords, 2, delays, antennas]` in [0, 1]. */
export async function decodeAll(
  method: FeedbackMethod,
  codewords: readonly Codeword[],
  { output = "final", quantizer, signal }: Pick<QualityOptions, "output" | "quantizer" | "signal"> = {},
): Promise<Float32Array> {
  const size = method.shape.reduce((product, length) => product * length, 1);
  const rebuilt = new Float32Array(codewords.length * size);
  for (let first = 0; first < codewords.length; first += BATCH) {
    signal?.throwIfAborted();
    const sent = codewords.slice(first, first + BATCH);
    const received = quantizer === undefined ? sent : sent.map((one) => quantized(one, quantizer));
    rebuilt.set(await method.decode(received, { output }), first * size);
  }
  return rebuilt;
}

/**
 * Sends every sample through a method.
 *
 * @returns the channels that the base station has, `[count, 2, delays, antennas]` in [0, 1].
 */
export async function reconstruct(
  method: FeedbackMethod,
  data: TestData,
  options: QualityOptions = {},
): Promise<Float32Array> {
  const codewords = await encodeAll(method, options.measured ?? data.values, data.shape, options);
  return decodeAll(method, codewords, options);
}

function quantized(codeword: Codeword, quantizer: ValueQuantizer): Codeword {
  return { ...codeword, values: quantizer.decode(quantizer.encode(codeword.values)) };
}

/** NMSE and SGCS of reconstructions, around the zero of 0.5. */
export function compare(data: TestData, rebuilt: Float32Array): Quality {
  const nmse = new NmseAccumulator();
  const sgcs = new SgcsAccumulator();
  nmse.add(data.values, rebuilt, data.shape, { center: 0.5 });
  sgcs.add(data.values, rebuilt, data.shape, { center: 0.5 });
  return { nmse: nmse.intervalDb(), sgcs: sgcs.interval() };
}

const known = new WeakMap<FeedbackMethod, Map<Float32Array, Map<string, Promise<Quality>>>>();

/**
 * NMSE and SGCS of a method over test data. Without noise and quantizer the result is
 * remembered as long as the method lives, so that tables share what they have in common.
 */
export function measureQuality(
  method: FeedbackMethod,
  data: TestData,
  options: QualityOptions = {},
): Promise<Quality> {
  const measure = async () => compare(data, await reconstruct(method, data, options));
  if (options.measured !== undefined || options.quantizer !== undefined) return measure();
  const results = known.get(method) ?? new Map<Float32Array, Map<string, Promise<Quality>>>();
  known.set(method, results);
  const ofData = results.get(data.values) ?? new Map<string, Promise<Quality>>();
  results.set(data.values, ofData);
  const key = `${options.elements} ${options.output ?? "final"}`;
  let result = ofData.get(key);
  if (result === undefined) {
    result = measure();
    ofData.set(key, result);
    result.catch(() => ofData.delete(key));
  }
  return result;
}

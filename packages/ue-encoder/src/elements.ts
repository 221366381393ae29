// Sparse codewords over typed arrays: which elements are fed back, exactly M of them.
// Where they go at the base station stands in @csi-feedback/networks.
import { assertFinite, assertShape, invalid, randomStream } from "@csi-feedback/common";
import { selectLargest } from "@csi-feedback/self-information";
import type { SortKey } from "./configuration";

/** What one channel sends: values, where they stand, and the mean that fills the other places. */
export interface SparseCodeword {
  readonly values: Float32Array;
  /** Ascending indices into `[2, delays, antennas]`, one per value. */
  readonly positions: Int32Array;
  /** Mean of the channel. */
  readonly mean: number;
}

/** Mean over both planes of one sample, as a 32-bit float. */
export function meanOf(sample: Float32Array): number {
  let sum = 0;
  for (const value of sample) sum += value;
  return Math.fround(sum / sample.length);
}

/**
 * What the elements of one self-information image are ranked by.
 *
 * @param image - `[2, delays, antennas]`.
 * @param information - `[delays, antennas]` [bit].
 */
export function rankingKeys(
  image: Float32Array,
  mean: number,
  information: Float32Array,
  sortKey: SortKey,
): Float32Array {
  switch (sortKey) {
    case "value":
      return image;
    case "magnitude":
      return image.map(Math.abs);
    case "deviation":
      return deviations(image, mean);
    case "self-information":
      return image.map((_, i) => information[i % information.length]);
  }
}

function deviations(image: Float32Array, mean: number): Float32Array {
  const keys = new Float32Array(image.length);
  for (let i = 0; i < keys.length; i++) keys[i] = Math.abs(image[i] - mean);
  return keys;
}

/** The codeword of the `elements` highest-ranked elements. */
export function selectElements(
  image: Float32Array,
  keys: Float32Array,
  mean: number,
  elements: number,
): SparseCodeword {
  const positions = selectLargest(keys, elements);
  const values = new Float32Array(elements);
  for (let i = 0; i < elements; i++) values[i] = image[positions[i]];
  return { values, positions, mean };
}

/** Keys that rank elements at random, always the same way: what is left without the encoder. */
export function randomKeys(size: number): Float32Array {
  return Float32Array.from(randomStream(0).permutation(size));
}

/** Checks `elements` against the size of a sample. */
export function assertElements(functionName: string, elements: number | undefined, size: number): number {
  if (elements === undefined || !Number.isInteger(elements) || elements < 1 || elements > size) {
    invalid("INVALID_COUNT", functionName, `elements must be an integer from 1 to ${size}`, elements);
  }
  return elements;
}

/** Checks a batch of channels: its shape, at least one sample, finite values. */
export function assertBatch(
  functionName: string,
  channels: Float32Array,
  batch: number,
  shape: readonly [planes: 2, delays: number, antennas: number],
): void {
  if (!Number.isInteger(batch) || batch < 1) {
    invalid("INVALID_SHAPE", functionName, "batch must be at least 1", batch);
  }
  assertShape(functionName, channels, [batch, ...shape]);
  assertFinite(functionName, channels);
}

// Sparse codewords over typed arrays: which elements are fed back, exactly M of them, and
// where they go at the base station. Shared by LLMCsiNet, the plain encoder of the user's
// side and the controls; no tfjs.
import { assertFinite, assertShape, invalid, randomStream } from "@csi-feedback/common";
import { selectLargest } from "@csi-feedback/self-information";
import type { SortKey } from "./llmcsinet/configuration";
import type { Codeword } from "./network";

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
      return image.map((value) => Math.abs(value - mean));
    case "self-information":
      return image.map((_, i) => information[i % information.length]);
  }
}

/** The codeword of the `elements` highest-ranked elements. */
export function selectElements(
  image: Float32Array,
  keys: Float32Array,
  mean: number,
  elements: number,
): Codeword {
  const positions = selectLargest(keys, elements);
  return { values: Float32Array.from(positions, (position) => image[position]), positions, mean };
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

/**
 * Writes one codeword into a sample: its values at their positions, its mean elsewhere; `visible` gets a 1 at each
 * position and must be 0 before.
 *
 * @throws CsiFeedbackError `INVALID_CODEWORD`.
 */
export function placeElements(
  functionName: string,
  { values, positions, mean }: Codeword,
  filled: Float32Array,
  visible: Float32Array,
): void {
  const reject: (rule: string, received: unknown) => never = (rule, received) =>
    invalid("INVALID_CODEWORD", functionName, rule, received);
  if (positions === undefined || mean === undefined) {
    reject("a codeword must have positions and a mean", undefined);
  }
  if (!Number.isFinite(mean)) reject("the mean must be finite", mean);
  if (values.length === 0 || values.length !== positions.length) {
    const rule = "a codeword must have one position for each of its values, at least one";
    reject(rule, [values.length, positions.length]);
  }
  filled.fill(mean);
  for (const [i, position] of positions.entries()) {
    if (position < 0 || position >= filled.length)
      reject(`positions must be below ${filled.length}`, position);
    if (visible[position] !== 0) reject("positions must differ", position);
    if (!Number.isFinite(values[i])) reject("values must be finite", values[i]);
    filled[position] = values[i];
    visible[position] = 1;
  }
}

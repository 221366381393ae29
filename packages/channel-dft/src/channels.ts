// The two forms of a batch of channels that this package maps between, and their
// checks. Plain data: no classes, no tensors of a deep-learning library.
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";

/**
 * Channels in the frequency domain: the response of every antenna at every
 * subcarrier, `sum_l a_l exp(-j 2 pi f tau_l)`.
 */
export interface FrequencyChannels {
  /** Real part, `[batch, subcarriers, antennas]`. */
  readonly re: Float32Array;
  /** Imaginary part, `[batch, subcarriers, antennas]`. */
  readonly im: Float32Array;
  readonly shape: readonly [batch: number, subcarriers: number, antennas: number];
}

/** Channels in the angle-delay domain, real plane first, delay before angle. */
export interface AngleDelayChannels {
  /** `[batch, 2, delays, antennas]` */
  readonly data: Float32Array;
  readonly shape: readonly [batch: number, planes: 2, delays: number, antennas: number];
}

export function checkFrequency(functionName: string, channels: FrequencyChannels): void {
  const { re, im, shape } = channels;
  checkDimensions(functionName, shape, 3);
  assertShape(`${functionName} (re)`, re, shape);
  assertShape(`${functionName} (im)`, im, shape);
  assertFinite(`${functionName} (re)`, re);
  assertFinite(`${functionName} (im)`, im);
}

export function checkAngleDelay(functionName: string, channels: AngleDelayChannels): void {
  const { data, shape } = channels;
  checkDimensions(functionName, shape, 4);
  if (shape[1] !== 2) invalid("INVALID_SHAPE", functionName, "the second dimension must be 2 planes", shape);
  assertShape(functionName, data, shape);
  assertFinite(functionName, data);
}

function checkDimensions(functionName: string, shape: readonly number[], count: number): void {
  const sizes = shape.slice(1);
  if (shape.length !== count || !sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    const names = count === 3 ? "[batch, subcarriers, antennas]" : "[batch, 2, delays, antennas]";
    invalid("INVALID_SHAPE", functionName, `shape must be ${names}, all but the batch at least 1`, shape);
  }
}

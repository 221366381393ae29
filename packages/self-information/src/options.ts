// The settings of the self-information estimate, their defaults and their checks.
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";
import { defaultOffsets, type Offset } from "./neighbourhood";

/** Shape of a batch of channels: real and imaginary plane, delay before antenna. */
export type ChannelShape = readonly [batch: number, planes: number, delays: number, antennas: number];

/** How eq. 9 is evaluated. */
export interface SelfInformationOptions {
  /** Neighbours compared with each element; {@link defaultOffsets} when absent. */
  readonly offsets?: readonly Offset[];
  /**
   * 1 compares single elements, 3 compares the 3 x 3 patches around them (the parameter
   * count and the padding in the paper imply patches). Default 3.
   */
  readonly patch?: 1 | 3;
  /** Bandwidth h of the Gaussian kernel (eq. 7). Default 1. */
  readonly bandwidth?: number;
  /**
   * `"sample"` divides the squared distances by their mean over the sample, so that the
   * result does not depend on the sample's scale. Never over the batch. Default `"none"`.
   */
  readonly normalization?: "none" | "sample";
  /** Value outside the channel matrix. The paper pads with 0, the default; 0.5 is zero signal in scaled channels. */
  readonly padding?: number;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly offsets: readonly Offset[];
  readonly patch: 1 | 3;
  readonly bandwidth: number;
  readonly normalization: "none" | "sample";
  readonly padding: number;
}

/** Fills in the defaults and checks every setting. */
export function resolveOptions(functionName: string, options: SelfInformationOptions = {}): ResolvedOptions {
  const { offsets = defaultOffsets, patch = 3, bandwidth = 1, normalization = "none", padding = 0 } = options;
  if (
    offsets.length === 0 ||
    offsets.some((offset) => offset.length !== 2 || !offset.every(Number.isInteger))
  ) {
    invalid("INVALID_ARGUMENT", functionName, "offsets must be at least one pair of integers", offsets);
  }
  if (patch !== 1 && patch !== 3) invalid("INVALID_ARGUMENT", functionName, "patch must be 1 or 3", patch);
  if (!(bandwidth > 0) || bandwidth === Number.POSITIVE_INFINITY) {
    invalid("INVALID_ARGUMENT", functionName, "bandwidth must be positive and finite", bandwidth);
  }
  if (normalization !== "none" && normalization !== "sample") {
    invalid("INVALID_ARGUMENT", functionName, 'normalization must be "none" or "sample"', normalization);
  }
  if (!Number.isFinite(padding)) invalid("INVALID_ARGUMENT", functionName, "padding must be finite", padding);
  return { offsets, patch, bandwidth, normalization, padding };
}

/** Checks a batch of channels: positive dimensions, matching length, finite values. */
export function assertChannels(functionName: string, channels: Float32Array, shape: ChannelShape): void {
  if (shape.length !== 4 || shape.some((size) => !Number.isInteger(size) || size < 1)) {
    invalid(
      "INVALID_SHAPE",
      functionName,
      "shape must be four positive integers [batch, planes, delays, antennas]",
      shape,
    );
  }
  assertShape(functionName, channels, shape);
  assertFinite(functionName, channels);
}

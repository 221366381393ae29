// A set of channels in memory: what readers give and writers take. Plain data.
import type { AngleOrder } from "@csi-feedback/channel-dft";
import { assertFinite, assertShape, invalid } from "@csi-feedback/common";

/** What a value of a data set's metadata can be: what HDF5 attributes and JSON both hold. */
export type MetadataValue = string | number | boolean | readonly number[];

/** Facts about a whole data set, by name: channel model, seed, carrier [Hz], ... */
export type Metadata = Readonly<Record<string, MetadataValue>>;

/** Angle-delay channels scaled to [0, 1], with what is known about them. */
export interface ChannelSet {
  /** `[count, 2, delays, antennas]` in [0, 1], 0.5 = zero. */
  readonly data: Float32Array;
  readonly shape: readonly [count: number, planes: 2, delays: number, antennas: number];
  /** One per sample, or one for all: a physical value is `(data - 0.5) * scale`. Absent when unknown. */
  readonly scale?: Float32Array;
  /** Order of the angle axis. */
  readonly angleOrder: AngleOrder;
  /** Further numbers of each sample by name, `[count]` or `[count, k]` each. */
  readonly perSample: Readonly<Record<string, Float32Array>>;
  readonly metadata: Metadata;
}

/**
 * Checks that a set is consistent: sizes fit, values are finite and in [0, 1],
 * scales are positive.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE`.
 */
export function assertChannelSet(functionName: string, set: ChannelSet): void {
  const { data, shape, scale, perSample } = set;
  if (shape.length !== 4 || shape[1] !== 2 || shape.slice(1).some((size) => !(size >= 1))) {
    invalid("INVALID_SHAPE", functionName, "shape must be [count, 2, delays, antennas]", shape);
  }
  assertShape(functionName, data, shape);
  assertFinite(functionName, data);
  for (let i = 0; i < data.length; i++) {
    if (data[i] < 0 || data[i] > 1) {
      const rule = `values must be in [0, 1], but element ${i} is not`;
      invalid("OUT_OF_RANGE", functionName, rule, data[i]);
    }
  }
  if (scale !== undefined) {
    if (scale.length !== 1) assertShape(`${functionName} (scale)`, scale, [shape[0]]);
    const bad = scale.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
    if (bad >= 0) {
      invalid("OUT_OF_RANGE", functionName, `scale ${bad} must be positive and finite`, scale[bad]);
    }
  }
  for (const [name, values] of Object.entries(perSample)) {
    if (shape[0] === 0 ? values.length !== 0 : values.length === 0 || values.length % shape[0] !== 0) {
      invalid(
        "INVALID_SHAPE",
        functionName,
        `${name} must hold the same number of values for each sample`,
        values.length,
      );
    }
  }
}

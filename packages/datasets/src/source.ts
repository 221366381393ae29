// Channels that are read by index, from memory or from anywhere else: the form in
// which training and evaluation take data. Sources are immutable; reading the same
// indices gives the same bytes, in whatever order and by however many readers.

import type { AngleDelayChannels } from "@csi-feedback/channel-dft";
import { denormalize } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { assertChannelSet, type ChannelSet } from "./channel-set";

/** Channels read by index. */
export interface ChannelSource {
  readonly count: number;
  /** Of one sample: `[2, delays, antennas]`. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** `[indices.length, 2, delays, antennas]` in [0, 1], 0.5 = zero. */
  read(indices: Int32Array): Promise<Float32Array>;
  /** Scale of each sample, a physical value being `(data - 0.5) * scale`; absent when unknown. */
  scales?(indices: Int32Array): Promise<Float32Array>;
}

/**
 * A source over a channel set in memory.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE` for an
 * inconsistent set; reading throws `INVALID_INDEX`.
 *
 * @example
 * ```ts
 * import { sourceOf } from "@csi-feedback/datasets";
 *
 * const source = sourceOf({
 *   data: Float32Array.of(0, 0.25, 0.5, 0.75),
 *   shape: [2, 2, 1, 1],
 *   angleOrder: "centered",
 *   perSample: {},
 *   metadata: {},
 * });
 * console.log((await source.read(Int32Array.of(1, 0))).join()); // 0.5,0.75,0,0.25
 * ```
 */
export function sourceOf(set: ChannelSet): ChannelSource {
  assertChannelSet("sourceOf", set);
  const [count, planes, delays, antennas] = set.shape;
  const size = planes * delays * antennas;
  const { data, scale } = set;
  return {
    count,
    shape: [planes, delays, antennas],
    async read(indices) {
      assertIndices("read", indices, count);
      const batch = new Float32Array(indices.length * size);
      for (const [i, index] of indices.entries()) {
        batch.set(data.subarray(index * size, (index + 1) * size), i * size);
      }
      return batch;
    },
    ...(scale === undefined
      ? {}
      : {
          async scales(indices: Int32Array) {
            assertIndices("scales", indices, count);
            return Float32Array.from(indices, (index) => (scale.length === 1 ? scale[0] : scale[index]));
          },
        }),
  };
}

/**
 * The channels of a set in physical units, `(data - 0.5) * scale`.
 *
 * @returns `[count, 2, delays, antennas]`, angles in the set's order.
 * @throws CsiFeedbackError `SCALE_UNKNOWN` when the set has no scale.
 */
export function toPhysical(set: ChannelSet): AngleDelayChannels {
  if (set.scale === undefined) {
    return invalid("SCALE_UNKNOWN", "toPhysical", "the set must know its scale", "none");
  }
  return denormalize(set.data, set.scale, set.shape);
}

/** Throws `INVALID_INDEX` unless all indices are from 0 to `count - 1`. */
export function assertIndices(functionName: string, indices: Int32Array, count: number): void {
  for (const index of indices) {
    if (index < 0 || index >= count) {
      invalid("INVALID_INDEX", functionName, `indices must be from 0 to ${count - 1}`, index);
    }
  }
}

/**
 * The samples of `source` at `indices`, as a source of its own.
 *
 * @throws CsiFeedbackError `INVALID_INDEX`.
 */
export function subset(source: ChannelSource, indices: Int32Array): ChannelSource {
  assertIndices("subset", indices, source.count);
  const chosen = indices.slice();
  const map = (functionName: string, wanted: Int32Array) => {
    assertIndices(functionName, wanted, chosen.length);
    return wanted.map((index) => chosen[index]);
  };
  return {
    count: chosen.length,
    shape: source.shape,
    read: async (wanted) => source.read(map("read", wanted)),
    ...withScales(source, (wanted) => map("scales", wanted)),
  };
}

/** The `scales` of a source seen through a mapping of indices, if it has them. */
function withScales(
  source: ChannelSource,
  map: (indices: Int32Array) => Int32Array,
): Pick<ChannelSource, "scales"> | Record<string, never> {
  if (source.scales === undefined) return {};
  return { scales: async (indices) => source.scales!(map(indices)) };
}

// Self-information of CSI elements (eq. 5 to 9) in plain TypeScript: the reference
// that every other implementation is checked against, and what a UE without a GPU runs.
import {
  assertChannels,
  type ChannelShape,
  type ResolvedOptions,
  resolveOptions,
  type SelfInformationOptions,
} from "./options";

/**
 * Squared distances |c_j - c'_{j,r}|^2 of eq. 9, both planes summed, between the patches
 * around each element and around its neighbours.
 *
 * @param channels - `[batch, planes, delays, antennas]`.
 * @returns `[batch, offsets, delays, antennas]`, not normalised.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 */
export function squaredDistances(
  channels: Float32Array,
  shape: ChannelShape,
  options: SelfInformationOptions = {},
): Float32Array {
  const settings = resolveOptions("squaredDistances", options);
  assertChannels("squaredDistances", channels, shape);
  const [batch, planes, delays, antennas] = shape;
  const { offsets } = settings;
  const size = delays * antennas;
  const result = new Float32Array(batch * offsets.length * size);
  const work = workspace(shape, settings);
  for (let sample = 0; sample < batch; sample++) {
    work.load(channels, sample * planes * size);
    for (let r = 0; r < offsets.length; r++) {
      result.set(work.distances(r), (sample * offsets.length + r) * size);
    }
  }
  return result;
}

/**
 * Estimated self-information of every CSI element in bits (eq. 9 with C = 0):
 * `-log2((1/9) sum_r (1 / (sqrt(2 pi) h)) exp(-|c_j - c'_{j,r}|^2 / (2 h^2)))`.
 *
 * Both planes of an element share one value. A sample's result depends on that sample alone.
 *
 * @param channels - `[batch, planes, delays, antennas]`, finite.
 * @returns `[batch, delays, antennas]` [bit].
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { selfInformation } from "@csi-feedback/self-information";
 *
 * const channel = new Float32Array(2 * 8 * 8).fill(0.5);
 * channel[3 * 8 + 4] = 1; // one element unlike its neighbours
 * const bits = selfInformation(channel, [1, 2, 8, 8], { patch: 1, padding: 0.5 });
 * console.log(bits.indexOf(Math.max(...bits)) === 3 * 8 + 4); // true
 * ```
 */
export function selfInformation(
  channels: Float32Array,
  shape: ChannelShape,
  options: SelfInformationOptions = {},
): Float32Array {
  const settings = resolveOptions("selfInformation", options);
  assertChannels("selfInformation", channels, shape);
  const [batch, planes, delays, antennas] = shape;
  const { offsets, bandwidth, normalization } = settings;
  const size = delays * antennas;
  const result = new Float32Array(batch * size);
  const work = workspace(shape, settings);
  const maps = new Float64Array(offsets.length * size);
  const constant = Math.log2(offsets.length * Math.sqrt(2 * Math.PI) * bandwidth);
  for (let sample = 0; sample < batch; sample++) {
    work.load(channels, sample * planes * size);
    let total = 0;
    for (let r = 0; r < offsets.length; r++) {
      const distances = work.distances(r);
      const from = r * size;
      for (let j = 0; j < size; j++) {
        maps[from + j] = distances[j];
        total += distances[j];
      }
    }
    const mean = total / (offsets.length * size);
    const scale = normalization === "sample" && mean > 0 ? mean : 1;
    const factor = -1 / (2 * bandwidth * bandwidth * scale);
    for (let j = 0; j < size; j++) result[sample * size + j] = constant - logSum2(maps, j, size, factor);
  }
  return result;
}

/** log2 of the sum of exp(factor d) over the maps, safe for distances whose exponentials all vanish. */
function logSum2(maps: Float64Array, j: number, size: number, factor: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let at = j; at < maps.length; at += size) if (maps[at] < smallest) smallest = maps[at];
  let sum = 0;
  for (let at = j; at < maps.length; at += size) sum += Math.exp(factor * (maps[at] - smallest));
  return Math.log2(sum) + factor * smallest * Math.LOG2E;
}

/** Buffers for one sample: a padded copy of it, and the distance map of one offset. */
function workspace(shape: ChannelShape, settings: ResolvedOptions) {
  const [, planes, delays, antennas] = shape;
  const { offsets, patch, padding } = settings;
  const border = (patch - 1) / 2;
  const reach = Math.max(...offsets.flat().map(Math.abs)) + border;
  const width = antennas + 2 * reach;
  const height = delays + 2 * reach;
  const padded = new Float64Array(planes * height * width).fill(padding);
  const columns = antennas + 2 * border;
  const differences = new Float64Array((delays + 2 * border) * columns);
  const rowSums = new Float64Array((delays + 2 * border) * antennas);
  const distances = new Float64Array(delays * antennas);
  return {
    load(channels: Float32Array, start: number): void {
      for (let row = 0; row < planes * delays; row++) {
        const plane = Math.floor(row / delays);
        const target = (plane * height + (row % delays) + reach) * width + reach;
        for (let n = 0; n < antennas; n++) padded[target + n] = channels[start + row * antennas + n];
      }
    },
    distances(r: number): Float64Array {
      const shift = offsets[r][0] * width + offsets[r][1];
      for (let plane = 0; plane < planes; plane++) {
        for (let y = 0; y < delays + 2 * border; y++) {
          const from = (plane * height + y + reach - border) * width + reach - border;
          const to = y * columns;
          for (let x = 0; x < columns; x++) {
            const difference = padded[from + x] - padded[from + x + shift];
            const square = difference * difference;
            differences[to + x] = plane === 0 ? square : differences[to + x] + square;
          }
        }
      }
      if (border === 0) return differences;
      for (let y = 0; y < delays + 2; y++) {
        const from = y * columns;
        const to = y * antennas;
        for (let x = 0; x < antennas; x++) {
          rowSums[to + x] = differences[from + x] + differences[from + x + 1] + differences[from + x + 2];
        }
      }
      for (let j = 0; j < delays * antennas; j++) {
        distances[j] = rowSums[j] + rowSums[j + antennas] + rowSums[j + 2 * antennas];
      }
      return distances;
    },
  };
}

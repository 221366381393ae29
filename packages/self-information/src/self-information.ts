// Self-information of CSI elements (eq. 5 to 9) in plain TypeScript: the reference
// that every other implementation is checked against, and what a UE without a GPU runs.
// The loops over one sample stand here; simd.ts has them in SIMD with the same bits.
import { expOfNegative } from "./exponential";
import {
  assertChannels,
  type ChannelShape,
  type ResolvedOptions,
  resolveOptions,
  type SelfInformationOptions,
} from "./options";
import { geometryOf, type SampleGeometry, type SampleKernel, simdKernel } from "./simd";

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
  const kernel = kernelOf(shape, settings);
  for (let sample = 0; sample < batch; sample++) {
    mapSample(
      kernel,
      channels.subarray(sample * planes * size, (sample + 1) * planes * size),
      shape,
      settings,
    );
    result.set(kernel.maps, sample * offsets.length * size);
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
  const kernel = kernelOf(shape, settings);
  const { maps, smallest, sums } = kernel;
  const constant = Math.log2(offsets.length * Math.sqrt(2 * Math.PI) * bandwidth);
  for (let sample = 0; sample < batch; sample++) {
    mapSample(
      kernel,
      channels.subarray(sample * planes * size, (sample + 1) * planes * size),
      shape,
      settings,
    );
    let total = 0;
    for (let i = 0; i < maps.length; i++) total += maps[i];
    const mean = total / maps.length;
    const scale = normalization === "sample" && mean > 0 ? mean : 1;
    const factor = -1 / (2 * bandwidth * bandwidth * scale);
    kernel.exponentials(factor);
    // The logarithm of a sum of exponentials, safe for distances whose exponentials all vanish.
    for (let j = 0; j < size; j++) {
      const bits = Math.log2(sums[j]) + factor * smallest[j] * Math.LOG2E;
      result[sample * size + j] = constant - bits;
    }
  }
  return result;
}

function kernelOf(shape: ChannelShape, settings: ResolvedOptions): SampleKernel {
  const geometry = geometryOf(shape, settings);
  return simdKernel(geometry) ?? plainKernel(geometry);
}

/** Copies a sample into the kernel's padded array and fills the distance maps. */
function mapSample(
  kernel: SampleKernel,
  sample: Float32Array,
  shape: ChannelShape,
  settings: ResolvedOptions,
): void {
  const { planes, delays, antennas, reach } = geometryOf(shape, settings);
  const width = antennas + 2 * reach;
  const { padded } = kernel;
  padded.fill(settings.padding);
  for (let row = 0; row < planes * delays; row++) {
    const plane = Math.floor(row / delays);
    const target = (plane * (delays + 2 * reach) + (row % delays) + reach) * width + reach;
    for (let n = 0; n < antennas; n++) padded[target + n] = sample[row * antennas + n];
  }
  for (const [r, [delay, antenna]] of settings.offsets.entries()) {
    kernel.distances(r, delay * width + antenna);
  }
}

/** The loops over one sample in plain arithmetic. */
export function plainKernel(geometry: SampleGeometry): SampleKernel {
  const { planes, delays, antennas, offsets, border, reach } = geometry;
  const [height, width] = [delays + 2 * reach, antennas + 2 * reach];
  const [rows, columns] = [delays + 2 * border, antennas + 2 * border];
  const size = delays * antennas;
  const padded = new Float64Array(planes * height * width);
  const maps = new Float64Array(offsets * size);
  const [smallest, sums] = [new Float64Array(size), new Float64Array(size)];
  const squares = new Float64Array(rows * columns);
  const rowSums = new Float64Array(rows * antennas);
  return {
    padded,
    maps,
    smallest,
    sums,
    distances(r, shift) {
      for (let plane = 0; plane < planes; plane++) {
        for (let y = 0; y < rows; y++) {
          const from = (plane * height + y + reach - border) * width + reach - border;
          const to = y * columns;
          for (let x = 0; x < columns; x++) {
            const difference = padded[from + x] - padded[from + x + shift];
            const square = difference * difference;
            squares[to + x] = plane === 0 ? square : squares[to + x] + square;
          }
        }
      }
      if (border === 0) {
        maps.set(squares, r * size);
        return;
      }
      for (let y = 0; y < rows; y++) {
        const from = y * columns;
        const to = y * antennas;
        for (let x = 0; x < antennas; x++) {
          rowSums[to + x] = squares[from + x] + squares[from + x + 1] + squares[from + x + 2];
        }
      }
      for (let j = 0; j < size; j++) {
        maps[r * size + j] = rowSums[j] + rowSums[j + antennas] + rowSums[j + 2 * antennas];
      }
    },
    exponentials(factor) {
      for (let j = 0; j < size; j++) {
        let least = Number.POSITIVE_INFINITY;
        for (let at = j; at < maps.length; at += size) if (maps[at] < least) least = maps[at];
        let sum = 0;
        for (let at = j; at < maps.length; at += size) sum += expOfNegative(factor * (maps[at] - least));
        smallest[j] = least;
        sums[j] = sum;
      }
    },
  };
}

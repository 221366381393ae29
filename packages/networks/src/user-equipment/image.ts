// The two convolutions of f_EN in plain arithmetic. Feature maps are only needed where the
// mask is 1, so each such element is computed once and handed on to its nine neighbours.

/** One convolution `[out, in, 3, 3]` with bias, and the normalisation after it. */
interface NormedConvolution {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly norm: {
    readonly gain: Float32Array;
    readonly bias: Float32Array;
    readonly mean: Float32Array;
    readonly variance: Float32Array;
  };
}

/** Weights of both convolutions. */
export interface EncoderWeights {
  readonly first: NormedConvolution;
  readonly second: NormedConvolution;
}

const SLOPE = 0.3;
const EPSILON = 1e-5;

/** Scale and offset that bias and normalisation amount to. */
function fold({ bias, norm }: NormedConvolution): { scale: Float64Array; offset: Float64Array } {
  const scale = Float64Array.from(norm.gain, (gain, i) => gain / Math.sqrt(norm.variance[i] + EPSILON));
  const offset = Float64Array.from(scale, (factor, i) => (bias[i] - norm.mean[i]) * factor + norm.bias[i]);
  return { scale, offset };
}

function leakyRelu(value: number): number {
  return value >= 0 ? value : SLOPE * value;
}

/**
 * LReLU(BN(conv(mask * LReLU(BN(conv(H)))))) of one sample.
 *
 * @param channel - `[2, delays, antennas]`.
 * @param mask - `[delays, antennas]` of 0 and 1.
 * @returns `[2, delays, antennas]`.
 */
export function selfInformationImage(
  channel: Float32Array,
  mask: Uint8Array,
  weights: EncoderWeights,
  { delays, antennas, circular }: { delays: number; antennas: number; circular: boolean },
): Float32Array {
  const size = delays * antennas;
  const [first, second] = [fold(weights.first), fold(weights.second)];
  const features = first.scale.length;
  const sums = new Float64Array(2 * size);
  const inputs = new Float64Array(18);
  const maps = new Float64Array(features);
  const neighbours = new Int32Array(9);
  for (let element = 0; element < size; element++) {
    if (mask[element] === 0) continue;
    const [y, x] = [Math.floor(element / antennas), element % antennas];
    for (let tap = 0; tap < 9; tap++) {
      const row = y + Math.floor(tap / 3) - 1;
      let column = x + (tap % 3) - 1;
      if (circular) column = (column + antennas) % antennas;
      const inside = row >= 0 && row < delays && column >= 0 && column < antennas;
      const place = inside ? row * antennas + column : -1;
      neighbours[tap] = place;
      inputs[tap] = inside ? channel[place] : 0;
      inputs[9 + tap] = inside ? channel[size + place] : 0;
    }
    convolve(weights.first.kernel, first, inputs, maps);
    // The neighbour at tap sees this element at the opposite tap of its own window.
    for (let tap = 0; tap < 9; tap++) {
      const place = neighbours[tap];
      if (place < 0) continue;
      for (let plane = 0; plane < 2; plane++) {
        let sum = 0;
        const start = plane * features * 9 + 8 - tap;
        for (let map = 0; map < features; map++) sum += weights.second.kernel[start + map * 9] * maps[map];
        sums[plane * size + place] += sum;
      }
    }
  }
  return Float32Array.from(sums, (sum, i) => {
    const plane = i < size ? 0 : 1;
    return leakyRelu(sum * second.scale[plane] + second.offset[plane]);
  });
}

/** All feature maps of one element from its 2 x 9 inputs. */
function convolve(
  kernel: Float32Array,
  { scale, offset }: { scale: Float64Array; offset: Float64Array },
  inputs: Float64Array,
  maps: Float64Array,
): void {
  for (let map = 0; map < maps.length; map++) {
    let sum = 0;
    for (let i = 0; i < 18; i++) sum += kernel[map * 18 + i] * inputs[i];
    maps[map] = leakyRelu(sum * scale[map] + offset[map]);
  }
}

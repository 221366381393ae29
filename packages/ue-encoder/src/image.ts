// The two convolutions of f_EN in plain arithmetic. Feature maps are only needed where the
// mask is 1, so each such element is computed once and handed on to its nine neighbours.
// Everything is in double precision and in one fixed order: the same bytes everywhere, also
// from simd-element.ts, which does the work at one element in SIMD.
import { simdElement } from "./simd-element";

/** One convolution `[out, in, 3, 3]` with bias, and the normalisation after it. */
export interface NormedConvolution {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly norm: {
    readonly gain: Float32Array;
    readonly bias: Float32Array;
    readonly mean: Float32Array;
    readonly variance: Float32Array;
  };
}

/** Weights of both convolutions, as they stand in a checkpoint. */
export interface EncoderWeights {
  readonly first: NormedConvolution;
  readonly second: NormedConvolution;
}

/** Weights with bias and normalisation folded in, in the order in which they are used. */
export interface ElementWeights {
  /** `[features, 2 planes x 9 taps]`. */
  readonly first: Float64Array;
  readonly firstOffset: Float64Array;
  /** `[2 planes, features, 9 taps]`, taps seen from the element that hands on. */
  readonly second: Float64Array;
}

/** What one element's window does to the image, on arrays of its own. */
export interface ElementKernel {
  /** The window, `[2 planes, 9 taps]`. */
  readonly inputs: Float64Array;
  /** What the element gives to each of its neighbours, `[2 planes, 9 taps]`. */
  readonly shares: Float64Array;
  /** Computes the shares from the inputs. */
  run(): void;
}

/** Weights that are ready to run. */
export interface FoldedWeights {
  readonly element: ElementKernel;
  readonly secondOffset: Float64Array;
}

/** Sizes of a sample, and whether the antenna axis wraps around. */
export interface ImageGeometry {
  readonly delays: number;
  readonly antennas: number;
  readonly circular: boolean;
}

const SLOPE = 0.3;
const EPSILON = 1e-5;

/** Weights with bias and normalisation folded in, and what is added to the image's two planes. */
export function elementWeights({ first, second }: EncoderWeights): ElementWeights & {
  readonly secondOffset: Float64Array;
} {
  const features = first.bias.length;
  const scales = [first, second].map(({ norm }) =>
    Float64Array.from(norm.gain, (gain, i) => gain / Math.sqrt(norm.variance[i] + EPSILON)),
  );
  const offset = ({ bias, norm }: NormedConvolution, scale: Float64Array) =>
    Float64Array.from(scale, (factor, i) => (bias[i] - norm.mean[i]) * factor + norm.bias[i]);
  return {
    first: Float64Array.from(first.kernel, (weight, i) => weight * scales[0][Math.floor(i / 18)]),
    firstOffset: offset(first, scales[0]),
    second: Float64Array.from({ length: 18 * features }, (_, i) => {
      // The neighbour at a tap sees this element at the opposite tap of its own window.
      return second.kernel[i + 8 - 2 * (i % 9)] * scales[1][Math.floor(i / (9 * features))];
    }),
    secondOffset: offset(second, scales[1]),
  };
}

/** Makes weights ready to run. */
export function foldWeights(weights: EncoderWeights): FoldedWeights {
  const { secondOffset, ...element } = elementWeights(weights);
  return { element: simdElement(element, SLOPE) ?? plainElement(element), secondOffset };
}

/** The kernel of one element in plain arithmetic. */
export function plainElement(weights: ElementWeights): ElementKernel {
  const [inputs, shares] = [new Float64Array(18), new Float64Array(18)];
  const maps = new Float64Array(weights.firstOffset.length);
  const planes = [shares.subarray(0, 9), shares.subarray(9)];
  return {
    inputs,
    shares,
    run() {
      featureMaps(weights, inputs, maps);
      for (let plane = 0; plane < 2; plane++) sharesOf(weights.second, plane, maps, planes[plane]);
    },
  };
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
  weights: FoldedWeights,
  { delays, antennas, circular }: ImageGeometry,
): Float32Array {
  const size = delays * antennas;
  const sums = new Float64Array(2 * size);
  const { inputs, shares, run } = weights.element;
  const neighbours = new Int32Array(9);
  for (let element = 0; element < size; element++) {
    if (mask[element] === 0) continue;
    const y = Math.floor(element / antennas);
    const x = element % antennas;
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
    run();
    for (let tap = 0; tap < 9; tap++) {
      const place = neighbours[tap];
      if (place < 0) continue;
      sums[place] += shares[tap];
      sums[size + place] += shares[9 + tap];
    }
  }
  const image = new Float32Array(2 * size);
  const [real, imaginary] = weights.secondOffset;
  for (let i = 0; i < size; i++) {
    image[i] = leakyRelu(sums[i] + real);
    image[size + i] = leakyRelu(sums[size + i] + imaginary);
  }
  return image;
}

function leakyRelu(value: number): number {
  return value >= 0 ? value : SLOPE * value;
}

/** All feature maps of one element from its 2 x 9 inputs. Written out: this and the next function are the whole cost. */
function featureMaps({ first, firstOffset }: ElementWeights, x: Float64Array, maps: Float64Array): void {
  const x0 = x[0];
  const x1 = x[1];
  const x2 = x[2];
  const x3 = x[3];
  const x4 = x[4];
  const x5 = x[5];
  const x6 = x[6];
  const x7 = x[7];
  const x8 = x[8];
  const x9 = x[9];
  const x10 = x[10];
  const x11 = x[11];
  const x12 = x[12];
  const x13 = x[13];
  const x14 = x[14];
  const x15 = x[15];
  const x16 = x[16];
  const x17 = x[17];
  const count = maps.length;
  for (let map = 0, at = 0; map < count; map++, at += 18) {
    const a =
      first[at] * x0 + first[at + 1] * x1 + first[at + 2] * x2 + first[at + 3] * x3 + first[at + 4] * x4;
    const b = first[at + 5] * x5 + first[at + 6] * x6 + first[at + 7] * x7 + first[at + 8] * x8;
    const c = first[at + 9] * x9 + first[at + 10] * x10 + first[at + 11] * x11 + first[at + 12] * x12;
    const d = first[at + 13] * x13 + first[at + 14] * x14 + first[at + 15] * x15 + first[at + 16] * x16;
    const value = firstOffset[map] + (a + b + (c + (d + first[at + 17] * x17)));
    maps[map] = value >= 0 ? value : SLOPE * value;
  }
}

/** What one element gives to each of its nine neighbours in one plane, from all its feature maps. */
function sharesOf(second: Float64Array, plane: number, maps: Float64Array, to: Float64Array): void {
  const count = maps.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  let i = 0;
  for (let map = 0, at = 9 * count * plane; map < count; map++, at += 9) {
    const value = maps[map];
    a += second[at] * value;
    b += second[at + 1] * value;
    c += second[at + 2] * value;
    d += second[at + 3] * value;
    e += second[at + 4] * value;
    f += second[at + 5] * value;
    g += second[at + 6] * value;
    h += second[at + 7] * value;
    i += second[at + 8] * value;
  }
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
  to[4] = e;
  to[5] = f;
  to[6] = g;
  to[7] = h;
  to[8] = i;
}

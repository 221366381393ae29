// The Karhunen-Loeve transform of delays and of angles, learned on training channels, with
// one quantisation step for all coefficients and an arithmetic code that knows each one's
// variance: reverse water-filling, where weak coefficients cost next to nothing. What a
// linear transform of fixed statistics can do without sending any position.
import { RangeDecoder, RangeEncoder } from "@csi-feedback/codec";
import type { FrontierChannel } from "../channel";
import { eigenvectors } from "../hermitian";
import type { FrontierMethod } from "../method";
import { samplesOf } from "./frames";

/** The sample's norm, on a grid of a quarter octave of amplitude. */
const NORMS_PER_OCTAVE = 4;
const ENERGY_BITS = 8;
const ENERGY_ORIGIN = 128;
/** The step, from 2^-16 to 1 of the norm, on a grid of a sixteenth of an octave. */
const STEPS_PER_OCTAVE = 16;
const STEP_BITS = 8;
/** Classes of a coefficient: half octaves of its standard deviation over the step, from 2^-10 on. */
const CLASSES = 44;
const CLASS_ORIGIN = 20;
/** Magnitudes with odds of their own; larger ones escape into plain bits. */
const SYMBOLS = 64;
const ESCAPE_BITS = 16;

/** KLT with reverse water-filling. */
export const klt: FrontierMethod = {
  name: "klt",
  title: "KLT, water-filling",
  async prepare(channel) {
    const transform = learnTransform(channel);
    const odds = learnOdds(channel, transform);
    const { delays, antennas } = transform;
    const parameters = 2 * (delays ** 2 + antennas ** 2) + delays * antennas + odds.frequencies.length;
    return {
      async atBudget(bits) {
        if (bits < 32) return undefined;
        return {
          setting: "all coefficients, one step",
          ueParameters: parameters,
          bsParameters: parameters,
          async encode(sample) {
            const bytes = encode(sample, Math.floor(bits / 8), transform, odds);
            return { bits: 8 * bytes.length, reconstruct: async () => decode(bytes, transform, odds) };
          },
        };
      },
    };
  },
};

interface Planes {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

interface Transform {
  readonly delays: number;
  readonly antennas: number;
  readonly delayBasis: Planes;
  readonly angleBasis: Planes;
  /** Standard deviation of a real coefficient of a sample of norm 1, `[delays, antennas]`. */
  readonly deviations: Float64Array;
}

/** The separable transform of a channel, and what its coefficients are like. */
export function learnTransform({ training, shape }: FrontierChannel): Transform {
  const [, delays, antennas] = shape;
  const size = delays * antennas;
  const samples = samplesOf(training(), 2 * size, Number.POSITIVE_INFINITY).map(unit);
  const covariance = (count: number, at: (line: number, i: number) => number) => {
    const lines = size / count;
    const re = new Float64Array(count * count);
    const im = new Float64Array(count * count);
    for (const sample of samples) {
      for (let line = 0; line < lines; line++) {
        for (let i = 0; i < count; i++) {
          const a = at(line, i);
          for (let j = 0; j < count; j++) {
            const b = at(line, j);
            re[i * count + j] += sample.re[a] * sample.re[b] + sample.im[a] * sample.im[b];
            im[i * count + j] += sample.im[a] * sample.re[b] - sample.re[a] * sample.im[b];
          }
        }
      }
    }
    return { size: count, re, im };
  };
  const transform = {
    delays,
    antennas,
    delayBasis: eigenvectors(covariance(delays, (line, i) => i * antennas + line)),
    angleBasis: eigenvectors(covariance(antennas, (line, i) => line * antennas + i)),
    deviations: new Float64Array(size),
  };
  for (const sample of samples) {
    const { re, im } = forward(sample, transform);
    for (let i = 0; i < size; i++) transform.deviations[i] += (re[i] ** 2 + im[i] ** 2) / 2;
  }
  for (let i = 0; i < size; i++) {
    transform.deviations[i] = Math.sqrt(transform.deviations[i] / samples.length + 1e-14);
  }
  return transform;
}

function unit(sample: Float32Array): Planes {
  const half = sample.length / 2;
  const norm = Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0)) || 1;
  return {
    re: Float64Array.from({ length: half }, (_, i) => sample[i] / norm),
    im: Float64Array.from({ length: half }, (_, i) => sample[half + i] / norm),
  };
}

/** Coefficients U^H H conj(V). */
function forward(channel: Planes, { delays, antennas, delayBasis, angleBasis }: Transform): Planes {
  const along = product(conjugateTranspose(delayBasis, delays), channel, delays, delays, antennas);
  return product(along, conjugate(angleBasis), delays, antennas, antennas);
}

/** The channel U C V^T. */
function backward(coefficients: Planes, { delays, antennas, delayBasis, angleBasis }: Transform): Planes {
  const along = product(delayBasis, coefficients, delays, delays, antennas);
  return product(along, transpose(angleBasis, antennas), delays, antennas, antennas);
}

function transpose({ re, im }: Planes, size: number): Planes {
  const turned = (plane: Float64Array) =>
    plane.map((_, i) => plane[(i % size) * size + Math.floor(i / size)]);
  return { re: turned(re), im: turned(im) };
}

function conjugate({ re, im }: Planes): Planes {
  return { re, im: im.map((value) => -value) };
}

function conjugateTranspose(matrix: Planes, size: number): Planes {
  return conjugate(transpose(matrix, size));
}

function product(a: Planes, b: Planes, rows: number, inner: number, columns: number): Planes {
  const re = new Float64Array(rows * columns);
  const im = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const aRe = a.re[r * inner + k];
      const aIm = a.im[r * inner + k];
      for (let c = 0, i = r * columns, j = k * columns; c < columns; c++, i++, j++) {
        re[i] += aRe * b.re[j] - aIm * b.im[j];
        im[i] += aRe * b.im[j] + aIm * b.re[j];
      }
    }
  }
  return { re, im };
}

interface Odds {
  /** `[CLASSES, SYMBOLS]` integer weights of the magnitudes. */
  readonly frequencies: Float64Array;
  /** Mean of what was rounded to each magnitude [steps]. */
  readonly centroids: Float64Array;
}

function classOf(deviation: number, step: number): number {
  const place = Math.round(2 * Math.log2(deviation / step)) + CLASS_ORIGIN;
  return Math.min(CLASSES - 1, Math.max(0, place));
}

function stepOf(index: number): number {
  return 2 ** ((index + 1 - 2 ** STEP_BITS) / STEPS_PER_OCTAVE);
}

/** Rounding with a wider zero, which pays under an entropy code. */
function round(value: number): number {
  return Math.floor(Math.abs(value) + 0.4);
}

function learnOdds({ training, shape }: FrontierChannel, transform: Transform): Odds {
  const size = 2 * shape[1] * shape[2];
  const frequencies = new Float64Array(CLASSES * SYMBOLS);
  const sums = new Float64Array(CLASSES * SYMBOLS);
  for (const sample of samplesOf(training(), size, Number.POSITIVE_INFINITY)) {
    const { re, im } = forward(unit(sample), transform);
    for (let index = 0; index < 2 ** STEP_BITS; index += STEPS_PER_OCTAVE) {
      const step = stepOf(index);
      for (const [i, deviation] of transform.deviations.entries()) {
        const row = classOf(deviation, step) * SYMBOLS;
        for (const value of [re[i] / step, im[i] / step]) {
          const magnitude = Math.min(SYMBOLS - 1, round(value));
          frequencies[row + magnitude]++;
          sums[row + magnitude] += Math.abs(value);
        }
      }
    }
  }
  const centroids = sums.map((sum, i) => (frequencies[i] > 50 ? sum / frequencies[i] : i % SYMBOLS));
  for (let row = 0; row < CLASSES; row++) {
    const counts = frequencies.subarray(row * SYMBOLS, (row + 1) * SYMBOLS);
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    for (let i = 0; i < SYMBOLS; i++) counts[i] = 1 + Math.floor((counts[i] / total) * 2 ** 20);
  }
  return { frequencies, centroids };
}

/** The finest step whose message fits. */
function encode(sample: Float32Array, bytes: number, transform: Transform, odds: Odds): Uint8Array {
  const norm = Math.sqrt(sample.reduce((sum, value) => sum + value * value, 0));
  const energy = Math.max(
    0,
    Math.min(255, Math.round(NORMS_PER_OCTAVE * Math.log2(norm || 1e-30)) + ENERGY_ORIGIN),
  );
  const scale = 2 ** ((energy - ENERGY_ORIGIN) / NORMS_PER_OCTAVE);
  const coefficients = forward(unit(sample), transform);
  const write = (index: number) => {
    const encoder = new RangeEncoder();
    encoder.encodeBits(energy, ENERGY_BITS);
    encoder.encodeBits(index, STEP_BITS);
    const step = stepOf(index);
    for (const [i, deviation] of transform.deviations.entries()) {
      const row = classOf(deviation, step) * SYMBOLS;
      for (const plane of [coefficients.re, coefficients.im]) {
        // The quantised norm is what the base station multiplies by.
        const value = (plane[i] * norm) / scale / step;
        writeValue(encoder, value, odds.frequencies, row);
      }
    }
    return encoder.finish().bytes;
  };
  let low = 0;
  let high = 2 ** STEP_BITS - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (write(middle).length <= bytes) high = middle;
    else low = middle + 1;
  }
  return write(low);
}

function writeValue(encoder: RangeEncoder, value: number, frequencies: Float64Array, row: number): void {
  const magnitude = round(value);
  const symbol = Math.min(magnitude, SYMBOLS - 1);
  let below = 0;
  let total = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    if (i < symbol) below += frequencies[row + i];
    total += frequencies[row + i];
  }
  encoder.encode(below, frequencies[row + symbol], total);
  if (symbol === SYMBOLS - 1) {
    encoder.encodeBits(Math.min(magnitude - SYMBOLS + 1, 2 ** ESCAPE_BITS - 1), ESCAPE_BITS);
  }
  if (magnitude > 0) encoder.encodeUniform(value < 0 ? 1 : 0, 2);
}

function decode(bytes: Uint8Array, transform: Transform, odds: Odds): Float32Array {
  const decoder = new RangeDecoder(bytes);
  const scale = 2 ** ((decoder.decodeBits(ENERGY_BITS) - ENERGY_ORIGIN) / NORMS_PER_OCTAVE);
  const step = stepOf(decoder.decodeBits(STEP_BITS));
  const size = transform.deviations.length;
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (const [i, deviation] of transform.deviations.entries()) {
    const row = classOf(deviation, step) * SYMBOLS;
    for (const plane of [re, im]) plane[i] = readValue(decoder, odds, row) * step * scale;
  }
  const channel = backward({ re, im }, transform);
  const sample = new Float32Array(2 * size);
  sample.set(channel.re);
  sample.set(channel.im, size);
  return sample;
}

function readValue(decoder: RangeDecoder, { frequencies, centroids }: Odds, row: number): number {
  let total = 0;
  for (let i = 0; i < SYMBOLS; i++) total += frequencies[row + i];
  const place = decoder.locate(total);
  let below = 0;
  let symbol = 0;
  while (below + frequencies[row + symbol] <= place) below += frequencies[row + symbol++];
  decoder.consume(below, frequencies[row + symbol], total);
  const magnitude =
    symbol === SYMBOLS - 1 ? symbol + decoder.decodeBits(ESCAPE_BITS) : centroids[row + symbol];
  if (symbol === 0) return 0;
  return decoder.decodeUniform(2) === 1 ? -magnitude : magnitude;
}

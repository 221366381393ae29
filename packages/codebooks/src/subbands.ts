// From channels per subcarrier to what a codebook works on: one vector per subband, layer
// after layer, and what is known of the subbands' widths.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { assertFinite, assertShape, CsiFeedbackError, invalid } from "@csi-feedback/common";
import type { ComplexArray } from "./ports";

/** Vectors of one layer: `[subbands, antennas]`. */
export type LayerTarget = ComplexArray;

/** First subcarrier of each of `subbands` runs of equal length, or of lengths that differ by one; the end comes last. */
export function subbandEdges(subcarriers: number, subbands: number): Int32Array {
  return Int32Array.from({ length: subbands + 1 }, (_, t) => Math.floor((t * subcarriers) / subbands));
}

/** Checks channels against a codebook; returns how many users they are of. */
export function checkChannels(
  functionName: string,
  { re, im, shape }: FrequencyChannels,
  { antennas, subbands, receivers }: { antennas: number; subbands: number; receivers: number },
): number {
  if (shape.length !== 3 || shape[2] !== antennas || shape[1] < subbands || shape[0] < 1) {
    const rule = `shape must be [batch, subcarriers, antennas] with a batch, at least ${subbands} subcarriers and ${antennas} antennas`;
    invalid("INVALID_SHAPE", functionName, rule, shape);
  }
  if (shape[0] % receivers !== 0) {
    invalid(
      "INVALID_SHAPE",
      functionName,
      `the batch must hold ${receivers} receive antennas of every user`,
      shape[0],
    );
  }
  for (const [name, plane] of [
    ["re", re],
    ["im", im],
  ] as const) {
    assertShape(`${functionName} (${name})`, plane, shape);
    assertFinite(`${functionName} (${name})`, plane);
  }
  const user = shape[1] * antennas * receivers;
  for (let start = 0; start < re.length; start += user) {
    const silent = (plane: Float32Array) => plane.subarray(start, start + user).every((value) => value === 0);
    if (silent(re) && silent(im)) {
      throw new CsiFeedbackError(
        "ZERO_ENERGY",
        `${functionName}: user ${start / user} must have a channel, received zeros`,
      );
    }
  }
  return shape[0] / receivers;
}

/** The mean of one receive antenna's channel over each subband, `[subbands, antennas]`. */
function subbandMeans({ re, im, shape }: FrequencyChannels, row: number, subbands: number): ComplexArray {
  const [, subcarriers, antennas] = shape;
  const edges = subbandEdges(subcarriers, subbands);
  const mean = { re: new Float64Array(subbands * antennas), im: new Float64Array(subbands * antennas) };
  for (let t = 0; t < subbands; t++) {
    const share = 1 / (edges[t + 1] - edges[t]);
    for (let k = edges[t]; k < edges[t + 1]; k++) {
      const from = (row * subcarriers + k) * antennas;
      for (let a = 0; a < antennas; a++) {
        mean.re[t * antennas + a] += share * re[from + a];
        mean.im[t * antennas + a] += share * im[from + a];
      }
    }
  }
  return mean;
}

/**
 * What each layer's precoder is to point at: the mean channel of each subband, seen through the strongest directions
 * of the receive antennas over the whole band. Linear in the channel, so that phases go on smoothly from subband to
 * subband.
 */
export function layerTargets(
  channels: FrequencyChannels,
  user: number,
  options: { subbands: number; receivers: number; rank: number },
): LayerTarget[] {
  const { subbands, receivers, rank } = options;
  const means = Array.from({ length: receivers }, (_, r) =>
    subbandMeans(channels, user * receivers + r, subbands),
  );
  if (receivers === 1) return means;
  return receiveDirections(means, rank).map((direction) => {
    const target = { re: new Float64Array(means[0].re.length), im: new Float64Array(means[0].re.length) };
    for (const [r, { re, im }] of means.entries()) {
      for (let i = 0; i < re.length; i++) {
        target.re[i] += direction.re[r] * re[i] + direction.im[r] * im[i];
        target.im[i] += direction.re[r] * im[i] - direction.im[r] * re[i];
      }
    }
    return target;
  });
}

/** The `rank` strongest eigenvectors of the receive antennas' Gram matrix, by power iteration with deflation. */
function receiveDirections(means: readonly ComplexArray[], rank: number): ComplexArray[] {
  const size = means.length;
  const gram = { re: new Float64Array(size * size), im: new Float64Array(size * size) };
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      for (let i = 0; i < means[a].re.length; i++) {
        gram.re[a * size + b] += means[a].re[i] * means[b].re[i] + means[a].im[i] * means[b].im[i];
        gram.im[a * size + b] += means[a].im[i] * means[b].re[i] - means[a].re[i] * means[b].im[i];
      }
    }
  }
  const directions: ComplexArray[] = [];
  while (directions.length < rank) {
    let vector = strongestColumn(gram, size);
    for (let step = 0; step < 200; step++) vector = normalized(multiply(gram, vector, size)) ?? vector;
    vector = orthogonalized(vector, directions);
    deflate(gram, vector, size);
    directions.push(vector);
  }
  return directions;
}

/** A unit vector orthogonal to `others`: `vector` without its part along them, or any where nothing else is left. */
function orthogonalized(vector: ComplexArray, others: readonly ComplexArray[]): ComplexArray {
  const size = vector.re.length;
  const units = Array.from({ length: size }, (_, a) => {
    const unit = { re: new Float64Array(size), im: new Float64Array(size) };
    unit.re[a] = 1;
    return unit;
  });
  for (const candidate of [vector, ...units]) {
    const rest = { re: candidate.re.slice(), im: candidate.im.slice() };
    for (const { re, im } of others) {
      let [x, y] = [0, 0];
      for (let a = 0; a < size; a++) {
        x += re[a] * rest.re[a] + im[a] * rest.im[a];
        y += re[a] * rest.im[a] - im[a] * rest.re[a];
      }
      for (let a = 0; a < size; a++) {
        rest.re[a] -= re[a] * x - im[a] * y;
        rest.im[a] -= re[a] * y + im[a] * x;
      }
    }
    // Of size unit vectors at least one keeps 1 / sqrt(size) while others are fewer than size.
    if (Math.hypot(...rest.re, ...rest.im) > 0.3) return normalized(rest) as ComplexArray;
  }
  return vector;
}

function strongestColumn(gram: ComplexArray, size: number): ComplexArray {
  let best = 0;
  for (let a = 1; a < size; a++) if (gram.re[a * size + a] > gram.re[best * size + best]) best = a;
  const column = {
    re: Float64Array.from({ length: size }, (_, a) => gram.re[a * size + best]),
    im: Float64Array.from({ length: size }, (_, a) => gram.im[a * size + best]),
  };
  const unit = { re: new Float64Array(size), im: new Float64Array(size) };
  unit.re[best] = 1;
  return normalized(column) ?? unit;
}

function multiply(matrix: ComplexArray, { re, im }: ComplexArray, size: number): ComplexArray {
  const result = { re: new Float64Array(size), im: new Float64Array(size) };
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const at = a * size + b;
      result.re[a] += matrix.re[at] * re[b] - matrix.im[at] * im[b];
      result.im[a] += matrix.re[at] * im[b] + matrix.im[at] * re[b];
    }
  }
  return result;
}

function normalized({ re, im }: ComplexArray): ComplexArray | undefined {
  const norm = Math.hypot(...re, ...im);
  return norm > 0 ? { re: re.map((value) => value / norm), im: im.map((value) => value / norm) } : undefined;
}

/** Takes the part along `vector` out of the matrix. */
function deflate(matrix: ComplexArray, vector: ComplexArray, size: number): void {
  const image = multiply(matrix, vector, size);
  let value = 0;
  for (let a = 0; a < size; a++) value += vector.re[a] * image.re[a] + vector.im[a] * image.im[a];
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      matrix.re[a * size + b] -= value * (vector.re[a] * vector.re[b] + vector.im[a] * vector.im[b]);
      matrix.im[a * size + b] -= value * (vector.im[a] * vector.re[b] - vector.re[a] * vector.im[b]);
    }
  }
}

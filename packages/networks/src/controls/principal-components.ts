// The Karhunen-Loeve transform (PCA) as a control: the best linear code of a training set.
import { invalid, randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { assertBatch } from "../elements";
import type { Codeword, EncodeOptions, FeedbackMethod } from "../network";

/** Options of {@link fitPrincipalComponents}. */
export interface PrincipalComponentsOptions {
  /** Training samples in `channels`; more of them than components, or there is nothing to learn the last ones from. */
  readonly batch: number;
  /** Components kept, the longest codeword. */
  readonly components: number;
  readonly delays?: number;
  readonly antennas?: number;
  /** Rounds of orthogonal iteration. Default 12. */
  readonly rounds?: number;
  readonly seed?: number;
}

/**
 * Learns mean and principal components of a training set by orthogonal iteration. `elements` of `encode` is the number
 * of coefficients sent, at most `components`; the codeword is dense.
 *
 * @param channels - `[batch, 2, delays, antennas]` in [0, 1].
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_COUNT`.
 */
export async function fitPrincipalComponents(
  channels: Float32Array,
  options: PrincipalComponentsOptions,
): Promise<FeedbackMethod> {
  const { batch, components, delays = 32, antennas = 32, rounds = 12, seed = 0 } = options;
  const shape = [2, delays, antennas] as const;
  const size = 2 * delays * antennas;
  assertBatch("fitPrincipalComponents", channels, batch, shape);
  if (!Number.isInteger(components) || components < 1 || components > Math.min(batch, size)) {
    const rule = `components must be an integer from 1 to ${Math.min(batch, size)}`;
    invalid("INVALID_COUNT", "fitPrincipalComponents", rule, components);
  }
  const mean = columnMeans(channels, batch, size);
  const centred = channels.map((value, i) => value - mean[i % size]);
  const stream = randomStream(seed);
  let basis = Float32Array.from({ length: components * size }, () => stream.normal());
  orthonormalize(basis, components, size);
  const data = tf.tensor2d(centred, [batch, size]);
  try {
    for (let round = 0; round < rounds; round++) {
      const next = tf.tidy(() =>
        tf.matMul(tf.matMul(tf.tensor2d(basis, [components, size]), data, false, true), data),
      );
      basis = Float32Array.from(await next.data());
      next.dispose();
      orthonormalize(basis, components, size);
    }
  } finally {
    data.dispose();
  }
  return projection("pca", shape, mean, basis, components);
}

function columnMeans(rows: Float32Array, count: number, size: number): Float32Array {
  const sums = new Float64Array(size);
  for (let i = 0; i < rows.length; i++) sums[i % size] += rows[i];
  return Float32Array.from(sums, (sum) => sum / count);
}

/** Gram-Schmidt, twice for accuracy, over the rows of `[count, size]`. */
function orthonormalize(rows: Float32Array, count: number, size: number): void {
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += rows[a * size + i] * rows[b * size + i];
    return sum;
  };
  for (let row = 0; row < count; row++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let before = 0; before < row; before++) {
        const share = dot(row, before);
        for (let i = 0; i < size; i++) rows[row * size + i] -= share * rows[before * size + i];
      }
    }
    const norm = Math.sqrt(dot(row, row));
    // A data set of lower rank leaves nothing over: such a component stays zero.
    const scale = norm > 1e-12 ? 1 / norm : 0;
    for (let i = 0; i < size; i++) rows[row * size + i] *= scale;
  }
}

function projection(
  name: string,
  shape: readonly [planes: 2, delays: number, antennas: number],
  mean: Float32Array,
  basis: Float32Array,
  components: number,
): FeedbackMethod {
  const size = mean.length;
  return {
    name,
    shape,
    async encode(
      channels: Float32Array,
      { batch, elements = components }: EncodeOptions,
    ): Promise<Codeword[]> {
      assertBatch("fitPrincipalComponents.encode", channels, batch, shape);
      if (!Number.isInteger(elements) || elements < 1 || elements > components) {
        const rule = `elements must be an integer from 1 to ${components}`;
        invalid("INVALID_COUNT", "fitPrincipalComponents.encode", rule, elements);
      }
      return Array.from({ length: batch }, (_, sample) => ({
        values: Float32Array.from({ length: elements }, (_, row) => {
          let sum = 0;
          for (let i = 0; i < size; i++)
            sum += basis[row * size + i] * (channels[sample * size + i] - mean[i]);
          return sum;
        }),
      }));
    },
    async decode(codewords: readonly Codeword[]): Promise<Float32Array> {
      const output = new Float32Array(codewords.length * size);
      for (const [sample, { values }] of codewords.entries()) {
        if (values.length > components) {
          const rule = `a codeword has at most ${components} values`;
          invalid("INVALID_CODEWORD", "fitPrincipalComponents.decode", rule, values.length);
        }
        const row = output.subarray(sample * size, (sample + 1) * size);
        row.set(mean);
        for (const [k, value] of values.entries()) {
          for (let i = 0; i < size; i++) row[i] += value * basis[k * size + i];
        }
      }
      return output;
    },
  };
}

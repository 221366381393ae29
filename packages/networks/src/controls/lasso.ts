// Compressed sensing as a control: random projections of the channel, recovered by LASSO
// with the fast iterative shrinkage-thresholding algorithm (FISTA).
import { invalid, randomStream } from "@csi-feedback/common";
import * as tf from "@tensorflow/tfjs-core";
import { assertBatch } from "../elements";
import type { Codeword, EncodeOptions, FeedbackMethod } from "../network";

/** Options of {@link createLasso}. */
export interface LassoOptions {
  /** Measurements, the length of the codeword. */
  readonly codeword: number;
  readonly delays?: number;
  readonly antennas?: number;
  /** Weight of the l1 norm as a share of the largest weight that matters. Default 0.02. */
  readonly weight?: number;
  /** Iterations of FISTA. Default 200. */
  readonly iterations?: number;
  /** Seed of the measurement matrix, which both ends know. */
  readonly seed?: number;
}

/**
 * Random Gaussian measurements y = A (H - 0.5) and their recovery,
 * `argmin_x 1/2 |y - A x|^2 + weight max|A^T y| |x|_1`.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`.
 */
export function createLasso(options: LassoOptions): FeedbackMethod {
  const { codeword, delays = 32, antennas = 32, weight = 0.02, iterations = 200, seed = 0 } = options;
  const shape = [2, delays, antennas] as const;
  const size = 2 * delays * antennas;
  const reject = (rule: string, received: unknown) =>
    invalid("INVALID_CONFIGURATION", "createLasso", rule, received);
  if (!Number.isInteger(codeword) || codeword < 1 || codeword > size) {
    reject(`codeword must be an integer from 1 to ${size}`, codeword);
  }
  if (!(weight > 0 && weight < 1)) reject("weight must be between 0 and 1", weight);
  if (!Number.isInteger(iterations) || iterations < 1)
    reject("iterations must be a positive integer", iterations);
  const stream = randomStream(seed);
  const matrix = Float32Array.from({ length: codeword * size }, () => stream.normal() / Math.sqrt(codeword));
  // The largest eigenvalue of A^T A for Gaussian entries of variance 1 / codeword, from above.
  const step = 1 / (1.1 * (1 + Math.sqrt(size / codeword)) ** 2);

  async function read(compute: () => tf.Tensor): Promise<Float32Array> {
    const tensor = tf.tidy(compute);
    const values = await tensor.data();
    tensor.dispose();
    return values as Float32Array;
  }

  return {
    name: "lasso",
    shape,
    async encode(channels: Float32Array, { batch }: EncodeOptions): Promise<Codeword[]> {
      assertBatch("createLasso.encode", channels, batch, shape);
      const values = await read(() => {
        const signal = tf.sub(tf.tensor2d(channels, [batch, size]), 0.5) as tf.Tensor2D;
        return tf.matMul(signal, tf.tensor2d(matrix, [codeword, size]), false, true);
      });
      return Array.from({ length: batch }, (_, i) => ({
        values: values.slice(i * codeword, (i + 1) * codeword),
      }));
    },
    async decode(codewords: readonly Codeword[]): Promise<Float32Array> {
      const batch = codewords.length;
      if (batch === 0) invalid("INVALID_SHAPE", "createLasso.decode", "at least one codeword is needed", 0);
      const measured = new Float32Array(batch * codeword);
      for (const [i, { values }] of codewords.entries()) {
        if (values.length !== codeword) {
          invalid(
            "INVALID_CODEWORD",
            "createLasso.decode",
            `a codeword must be ${codeword} values`,
            values.length,
          );
        }
        measured.set(values, i * codeword);
      }
      return read(() => {
        const a = tf.tensor2d(matrix, [codeword, size]);
        const y = tf.tensor2d(measured, [batch, codeword]);
        const limit = tf.mul(tf.max(tf.abs(tf.matMul(y, a)), 1, true), weight * step);
        let x: tf.Tensor2D = tf.zeros([batch, size]);
        let extrapolated = x;
        let momentum = 1;
        for (let iteration = 0; iteration < iterations; iteration++) {
          const residual = tf.sub<tf.Tensor2D>(tf.matMul(extrapolated, a, false, true), y);
          const moved = tf.sub<tf.Tensor2D>(extrapolated, tf.mul(tf.matMul(residual, a), step));
          const shrunk = tf.mul<tf.Tensor2D>(tf.sign(moved), tf.relu(tf.sub(tf.abs(moved), limit)));
          const next = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
          extrapolated = tf.add(shrunk, tf.mul(tf.sub(shrunk, x), (momentum - 1) / next));
          momentum = next;
          x = shrunk;
        }
        return tf.add(x, 0.5);
      });
    },
  };
}

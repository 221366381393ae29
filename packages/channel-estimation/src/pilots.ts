// What an array observes of a channel: pilot symbols through an analog combiner, noise,
// and the least-squares estimate. Pilots that are orthogonal and as many as antennas need
// no matrix: after correlation with them, an observation is the channel itself and noise.
import { invalid, type RandomStream, randomStream } from "@csi-feedback/common";
import { cholesky } from "./cholesky";
import {
  assertVariance,
  assertVector,
  type ComplexMatrix,
  type ComplexVector,
  copyVector,
  innerProduct,
  multiply,
  multiplyAdjoint,
  rowOf,
  zeroMatrix,
} from "./complex";

/** Options of {@link randomPilots}. */
export interface RandomPilotsOptions {
  readonly antennas: number;
  /** Observations, Q. */
  readonly pilots: number;
  readonly seed: number;
}

/**
 * A combining matrix of random signs, `[pilots, antennas]` with entries of `±1 / sqrt(antennas)`: phase shifters
 * that see the whole array in every observation.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SEED`.
 */
export function randomPilots({ antennas, pilots, seed }: RandomPilotsOptions): ComplexMatrix {
  for (const [name, value] of Object.entries({ antennas, pilots })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      invalid("INVALID_ARGUMENT", "randomPilots", `${name} must be a positive integer`, value);
    }
  }
  const stream = randomStream(seed);
  const matrix = zeroMatrix(pilots, antennas);
  const magnitude = 1 / Math.sqrt(antennas);
  for (let i = 0; i < matrix.re.length; i++) matrix.re[i] = stream.uniform() < 0.5 ? magnitude : -magnitude;
  return matrix;
}

/**
 * An observation `y = A h + n` with complex Gaussian noise of the given variance on each entry.
 *
 * @param pilots - the combining matrix A; orthogonal pilots, `A = I`, when absent.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { observe } from "@csi-feedback/channel-estimation";
 * import { randomStream } from "@csi-feedback/common";
 *
 * const channel = { re: Float64Array.of(1, 0), im: Float64Array.of(0, 1) };
 * const noisy = observe(channel, { noiseVariance: 0.1, stream: randomStream(1) });
 * const exact = observe(channel, { noiseVariance: 0, stream: randomStream(1) });
 * console.log(noisy.re.length, exact.re[0], exact.im[1]); // 2 1 1
 * ```
 */
export function observe(
  channel: ComplexVector,
  options: {
    readonly noiseVariance: number;
    readonly stream: RandomStream;
    readonly pilots?: ComplexMatrix;
  },
): ComplexVector {
  const { noiseVariance, stream, pilots } = options;
  assertVariance("observe", noiseVariance);
  assertVector("observe", "channel", channel, pilots?.columns ?? channel.re.length);
  const observed = pilots === undefined ? copyVector(channel) : multiply(pilots, channel);
  const deviation = Math.sqrt(noiseVariance / 2);
  for (let i = 0; i < observed.re.length; i++) {
    observed.re[i] += deviation * stream.normal();
    observed.im[i] += deviation * stream.normal();
  }
  return observed;
}

/**
 * The least-squares estimator of a combining matrix. With fewer pilots than antennas it gives the shortest of the
 * channels that explain the observation.
 *
 * @throws CsiFeedbackError `SINGULAR_MATRIX` when observations are linearly dependent.
 *
 * @example
 * ```ts
 * import { leastSquares, observe, randomPilots } from "@csi-feedback/channel-estimation";
 * import { randomStream } from "@csi-feedback/common";
 *
 * const pilots = randomPilots({ antennas: 4, pilots: 8, seed: 1 });
 * const channel = { re: Float64Array.of(1, 2, 3, 4), im: new Float64Array(4) };
 * const estimate = leastSquares(pilots);
 * const { re } = estimate(observe(channel, { pilots, noiseVariance: 0, stream: randomStream(2) }));
 * console.log([...re].map(Math.round).join()); // 1,2,3,4
 * ```
 */
export function leastSquares(pilots: ComplexMatrix): (observed: ComplexVector) => ComplexVector {
  const wide = pilots.rows < pilots.columns;
  const gram = wide ? rowGram(pilots) : rowGram(adjoint(pilots));
  const { solve } = cholesky(gram);
  return (observed) => {
    assertVector("leastSquares", "observed", observed, pilots.rows);
    return wide ? multiplyAdjoint(pilots, solve(observed)) : solve(multiplyAdjoint(pilots, observed));
  };
}

function adjoint(a: ComplexMatrix): ComplexMatrix {
  const result = zeroMatrix(a.columns, a.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      result.re[column * a.rows + row] = a.re[row * a.columns + column];
      result.im[column * a.rows + row] = -a.im[row * a.columns + column];
    }
  }
  return result;
}

/** `A A^H`. */
function rowGram(a: ComplexMatrix): ComplexMatrix {
  const gram = zeroMatrix(a.rows, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j <= i; j++) {
      const [re, im] = innerProduct(rowOf(a, j), rowOf(a, i));
      gram.re[i * a.rows + j] = re;
      gram.im[i * a.rows + j] = im;
    }
  }
  return gram;
}

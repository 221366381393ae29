// Linear minimum mean squared error estimation with a covariance matrix that was
// estimated from channels, the best that a linear estimator can do.
import { invalid } from "@csi-feedback/common";
import { cholesky } from "./cholesky";
import {
  assertVariance,
  assertVector,
  type ComplexMatrix,
  type ComplexVector,
  multiply,
  rowOf,
  zeroMatrix,
  zeroVector,
} from "./complex";

/**
 * Sample covariance `R = mean(h h^H)` of channels without a mean, `[antennas, antennas]`.
 *
 * @param channels - `[samples, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `EMPTY`.
 */
export function sampleCovariance(
  channels: { readonly re: ArrayLike<number>; readonly im: ArrayLike<number> },
  antennas: number,
): ComplexMatrix {
  const samples = channels.re.length / antennas;
  if (!Number.isInteger(samples) || channels.im.length !== channels.re.length) {
    const received = [channels.re.length, channels.im.length];
    invalid("INVALID_SHAPE", "sampleCovariance", `both planes must be [samples, ${antennas}]`, received);
  }
  if (samples === 0) invalid("EMPTY", "sampleCovariance", "needs at least one channel", 0);
  const covariance = zeroMatrix(antennas, antennas);
  const h = zeroVector(antennas);
  for (let sample = 0; sample < samples; sample++) {
    for (let n = 0; n < antennas; n++) {
      h.re[n] = channels.re[sample * antennas + n];
      h.im[n] = channels.im[sample * antennas + n];
    }
    for (let i = 0; i < antennas; i++) {
      const re = h.re[i] / samples;
      const im = h.im[i] / samples;
      for (let j = 0, place = i * antennas; j <= i; j++, place++) {
        covariance.re[place] += re * h.re[j] + im * h.im[j];
        covariance.im[place] += im * h.re[j] - re * h.im[j];
      }
    }
  }
  for (let i = 0; i < antennas; i++) {
    for (let j = 0; j < i; j++) {
      covariance.re[j * antennas + i] = covariance.re[i * antennas + j];
      covariance.im[j * antennas + i] = -covariance.im[i * antennas + j];
    }
  }
  return covariance;
}

/** Options of {@link lmmse}. */
export interface LmmseOptions {
  /** `R = E[h h^H]`, `[antennas, antennas]`, Hermitian. */
  readonly covariance: ComplexMatrix;
  /** Variance of the complex noise on each observation. */
  readonly noiseVariance: number;
  /** Covariance of interference on the observations, beside the noise, `[pilots, pilots]`. */
  readonly interference?: ComplexMatrix;
  /** The combining matrix A; orthogonal pilots when absent. It sees exactly what the other estimators see. */
  readonly pilots?: ComplexMatrix;
}

/**
 * The LMMSE estimator `h = R A^H (A R A^H + C + s² I)^-1 y`. Setting it up costs the cube of the antennas, an
 * estimate their square.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `INVALID_ARGUMENT`, `SINGULAR_MATRIX` for a singular covariance
 * without noise.
 *
 * @example
 * ```ts
 * import { lmmse } from "@csi-feedback/channel-estimation";
 *
 * // Two antennas with powers 3 and 1, noise 1: the gains are 3 / 4 and 1 / 2.
 * const covariance = { rows: 2, columns: 2, re: Float64Array.of(3, 0, 0, 1), im: new Float64Array(4) };
 * const estimate = lmmse({ covariance, noiseVariance: 1 });
 * const { re } = estimate({ re: Float64Array.of(1, 1), im: new Float64Array(2) });
 * console.log([...re].map((value) => value.toFixed(2)).join(" ")); // 0.75 0.50
 * ```
 */
export function lmmse(options: LmmseOptions): (observed: ComplexVector) => ComplexVector {
  const { covariance, noiseVariance, interference, pilots } = options;
  assertVariance("lmmse", noiseVariance);
  const antennas = covariance.rows;
  if (covariance.columns !== antennas || (pilots !== undefined && pilots.columns !== antennas)) {
    const rule = `covariance must be square and pilots have ${antennas} columns`;
    invalid("INVALID_SHAPE", "lmmse", rule, [covariance.columns, pilots?.columns]);
  }
  // S = A R, [pilots, antennas]; observed covariance B = S A^H + C + s² I.
  const seen = pilots === undefined ? covariance : product(pilots, covariance);
  const observations = seen.rows;
  if (interference !== undefined && interference.rows !== observations) {
    invalid("INVALID_SHAPE", "lmmse", `interference must have ${observations} rows`, interference.rows);
  }
  const total = pilots === undefined ? copyMatrix(seen) : productAdjoint(seen, pilots);
  for (let i = 0; i < observations * observations && interference !== undefined; i++) {
    total.re[i] += interference.re[i];
    total.im[i] += interference.im[i];
  }
  for (let i = 0; i < observations; i++) total.re[i * observations + i] += noiseVariance;
  // W = S^H B^-1, row by row: a column of S^H is a row of S, and B is Hermitian.
  const { solve } = cholesky(total);
  const filter = zeroMatrix(antennas, observations);
  for (let n = 0; n < antennas; n++) {
    const column = zeroVector(observations);
    for (let q = 0; q < observations; q++) {
      column.re[q] = seen.re[q * antennas + n];
      column.im[q] = seen.im[q * antennas + n];
    }
    const row = solve(column);
    for (let q = 0; q < observations; q++) {
      filter.re[n * observations + q] = row.re[q];
      filter.im[n * observations + q] = -row.im[q];
    }
  }
  return (observed) => {
    assertVector("lmmse", "observed", observed, observations);
    return multiply(filter, observed);
  };
}

function copyMatrix({ rows, columns, re, im }: ComplexMatrix): ComplexMatrix {
  return { rows, columns, re: Float64Array.from(re), im: Float64Array.from(im) };
}

/** `A B`. */
function product(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const result = zeroMatrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const sum = rowOf(result, i);
    for (let k = 0; k < a.columns; k++) {
      const [re, im] = [a.re[i * a.columns + k], a.im[i * a.columns + k]];
      const row = rowOf(b, k);
      for (let j = 0; j < b.columns; j++) {
        sum.re[j] += re * row.re[j] - im * row.im[j];
        sum.im[j] += re * row.im[j] + im * row.re[j];
      }
    }
  }
  return result;
}

/** `A B^H`. */
function productAdjoint(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const result = zeroMatrix(a.rows, b.rows);
  for (let j = 0; j < b.rows; j++) {
    const { re, im } = rowOf(b, j);
    const column = multiply(a, { re, im: im.map((value) => -value) });
    for (let i = 0; i < a.rows; i++) {
      result.re[i * b.rows + j] = column.re[i];
      result.im[i * b.rows + j] = column.im[i];
    }
  }
  return result;
}

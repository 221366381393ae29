// Cholesky factorisation of Hermitian positive definite matrices, and solving with it.
import { CsiFeedbackError } from "@csi-feedback/common";
import { type ComplexMatrix, type ComplexVector, copyVector, zeroMatrix } from "./complex";

/** The lower triangle L with `A = L L^H`; its diagonal is real. */
export interface Cholesky {
  readonly lower: ComplexMatrix;
  /** `A^-1 b`. */
  solve(b: ComplexVector): ComplexVector;
}

/**
 * Factors a Hermitian positive definite matrix, of which only the lower triangle is read.
 *
 * @throws CsiFeedbackError `SINGULAR_MATRIX` when it is not positive definite.
 */
export function cholesky(a: ComplexMatrix): Cholesky {
  const size = a.rows;
  const lower = zeroMatrix(size, size);
  const { re, im } = lower;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sumRe = a.re[i * size + j];
      let sumIm = a.im[i * size + j];
      for (let k = 0, p = i * size, q = j * size; k < j; k++, p++, q++) {
        sumRe -= re[p] * re[q] + im[p] * im[q];
        sumIm -= im[p] * re[q] - re[p] * im[q];
      }
      if (i === j) {
        if (!(sumRe > 0)) {
          const message = `cholesky: the matrix must be positive definite, but pivot ${i} is ${sumRe}`;
          throw new CsiFeedbackError("SINGULAR_MATRIX", message);
        }
        re[i * size + i] = Math.sqrt(sumRe);
      } else {
        const pivot = re[j * size + j];
        re[i * size + j] = sumRe / pivot;
        im[i * size + j] = sumIm / pivot;
      }
    }
  }
  return { lower, solve: (b) => solve(lower, b) };
}

function solve({ rows: size, re, im }: ComplexMatrix, b: ComplexVector): ComplexVector {
  const x = copyVector(b);
  for (let i = 0; i < size; i++) {
    for (let k = 0, p = i * size; k < i; k++, p++) {
      x.re[i] -= re[p] * x.re[k] - im[p] * x.im[k];
      x.im[i] -= re[p] * x.im[k] + im[p] * x.re[k];
    }
    x.re[i] /= re[i * size + i];
    x.im[i] /= re[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    x.re[i] /= re[i * size + i];
    x.im[i] /= re[i * size + i];
    for (let k = 0, p = i * size; k < i; k++, p++) {
      x.re[k] -= re[p] * x.re[i] + im[p] * x.im[i];
      x.im[k] -= re[p] * x.im[i] - im[p] * x.re[i];
    }
  }
  return x;
}

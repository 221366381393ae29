// Complex vectors and matrices as two planes of doubles, and the few operations that
// every estimator needs. No general linear algebra library.
import { invalid } from "@csi-feedback/common";

/** A complex vector. */
export interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A complex matrix, row-major. */
export interface ComplexMatrix extends ComplexVector {
  readonly rows: number;
  readonly columns: number;
}

/** A vector of zeros. */
export function zeroVector(length: number): ComplexVector {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** A matrix of zeros. */
export function zeroMatrix(rows: number, columns: number): ComplexMatrix {
  return { rows, columns, ...zeroVector(rows * columns) };
}

export function copyVector({ re, im }: ComplexVector): ComplexVector {
  return { re: Float64Array.from(re), im: Float64Array.from(im) };
}

/** `|x|²`. */
export function energy({ re, im }: ComplexVector): number {
  let sum = 0;
  for (let i = 0; i < re.length; i++) sum += re[i] * re[i] + im[i] * im[i];
  return sum;
}

/** `a^H b`, in four sums that do not wait for each other. */
export function innerProduct(a: ComplexVector, b: ComplexVector): [re: number, im: number] {
  const { re: x, im: y } = a;
  const { re: s, im: t } = b;
  let reRe = 0;
  let imIm = 0;
  let reIm = 0;
  let imRe = 0;
  for (let i = 0; i < x.length; i++) {
    reRe += x[i] * s[i];
    imIm += y[i] * t[i];
    reIm += x[i] * t[i];
    imRe += y[i] * s[i];
  }
  return [reRe + imIm, reIm - imRe];
}

/** `sum += (re + j im) x`. */
export function addScaled(sum: ComplexVector, x: ComplexVector, re: number, im: number): void {
  const { re: s, im: t } = sum;
  const { re: a, im: b } = x;
  for (let i = 0; i < a.length; i++) {
    s[i] += re * a[i] - im * b[i];
    t[i] += re * b[i] + im * a[i];
  }
}

/** Scales in place. */
export function scale(x: ComplexVector, factor: number): void {
  for (let i = 0; i < x.re.length; i++) {
    x.re[i] *= factor;
    x.im[i] *= factor;
  }
}

/** `A x`, in four sums a row that do not wait for each other. */
export function multiply({ rows, columns, re, im }: ComplexMatrix, x: ComplexVector): ComplexVector {
  const result = zeroVector(rows);
  const { re: s, im: t } = x;
  for (let row = 0, i = 0; row < rows; row++) {
    let reRe = 0;
    let imIm = 0;
    let reIm = 0;
    let imRe = 0;
    for (let column = 0; column < columns; column++, i++) {
      reRe += re[i] * s[column];
      imIm += im[i] * t[column];
      reIm += re[i] * t[column];
      imRe += im[i] * s[column];
    }
    result.re[row] = reRe - imIm;
    result.im[row] = reIm + imRe;
  }
  return result;
}

/** `A^H x`. */
export function multiplyAdjoint(a: ComplexMatrix, x: ComplexVector): ComplexVector {
  const result = zeroVector(a.columns);
  for (let row = 0, i = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++, i++) {
      result.re[column] += a.re[i] * x.re[row] + a.im[i] * x.im[row];
      result.im[column] += a.re[i] * x.im[row] - a.im[i] * x.re[row];
    }
  }
  return result;
}

/** Row `row` of a matrix as a vector that shares its memory. */
export function rowOf(a: ComplexMatrix, row: number): ComplexVector {
  const [start, end] = [row * a.columns, (row + 1) * a.columns];
  return { re: a.re.subarray(start, end), im: a.im.subarray(start, end) };
}

/** Checks the length of a vector and that it holds numbers. */
export function assertVector(functionName: string, name: string, x: ComplexVector, length: number): void {
  if (x.re.length !== length || x.im.length !== length) {
    invalid("INVALID_SHAPE", functionName, `${name} must have ${length} values`, [x.re.length, x.im.length]);
  }
  if (!x.re.every(Number.isFinite) || !x.im.every(Number.isFinite)) {
    invalid("NOT_FINITE", functionName, `${name} must be finite`, Number.NaN);
  }
}

/** Checks a noise variance. */
export function assertVariance(functionName: string, variance: number): void {
  if (!(variance >= 0 && Number.isFinite(variance))) {
    invalid("INVALID_ARGUMENT", functionName, "noiseVariance must be finite and not negative", variance);
  }
}

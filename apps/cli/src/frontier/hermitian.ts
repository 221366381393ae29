// Eigenvectors of small Hermitian matrices by Jacobi rotations.

/** A Hermitian matrix in two planes, row by row. */
export interface Hermitian {
  readonly size: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const SWEEPS = 12;

/** Eigenvectors as the columns of a unitary matrix, in no order. */
export function eigenvectors(matrix: Hermitian): { re: Float64Array; im: Float64Array } {
  const { size } = matrix;
  const aRe = matrix.re.slice();
  const aIm = matrix.im.slice();
  const vRe = new Float64Array(size * size);
  const vIm = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vRe[i * size + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const re = aRe[p * size + q];
        const im = aIm[p * size + q];
        const off = Math.hypot(re, im);
        if (off < 1e-300) continue;
        const theta = (aRe[q * size + q] - aRe[p * size + p]) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        // Columns p and q of A and V, then rows p and q of A, turned by the phase of a_pq.
        const [ur, ui] = [re / off, im / off];
        turnColumns(aRe, aIm, size, p, q, c, s, ur, ui);
        turnColumns(vRe, vIm, size, p, q, c, s, ur, ui);
        turnRows(aRe, aIm, size, p, q, c, s, ur, ui);
      }
    }
  }
  return { re: vRe, im: vIm };
}

/** x_p = c x_p - s conj(u) x_q; x_q = s u x_p + c x_q, over columns. */
function turnColumns(
  re: Float64Array,
  im: Float64Array,
  size: number,
  p: number,
  q: number,
  c: number,
  s: number,
  ur: number,
  ui: number,
): void {
  for (let k = 0; k < size; k++) {
    const i = k * size + p;
    const j = k * size + q;
    const [pr, pi, qr, qi] = [re[i], im[i], re[j], im[j]];
    re[i] = c * pr - s * (ur * qr + ui * qi);
    im[i] = c * pi - s * (ur * qi - ui * qr);
    re[j] = s * (ur * pr - ui * pi) + c * qr;
    im[j] = s * (ur * pi + ui * pr) + c * qi;
  }
}

/** The same with the conjugate phase, over rows. */
function turnRows(
  re: Float64Array,
  im: Float64Array,
  size: number,
  p: number,
  q: number,
  c: number,
  s: number,
  ur: number,
  ui: number,
): void {
  for (let k = 0; k < size; k++) {
    const i = p * size + k;
    const j = q * size + k;
    const [pr, pi, qr, qi] = [re[i], im[i], re[j], im[j]];
    re[i] = c * pr - s * (ur * qr - ui * qi);
    im[i] = c * pi - s * (ur * qi + ui * qr);
    re[j] = s * (ur * pr + ui * pi) + c * qr;
    im[j] = s * (ur * pi - ui * pr) + c * qi;
  }
}

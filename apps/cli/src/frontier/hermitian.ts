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
        const columns = { p, q, step: size, size, c, s, ur, ui };
        turn(aRe, aIm, columns);
        turn(vRe, vIm, columns);
        turn(aRe, aIm, { p: p * size, q: q * size, step: 1, size, c, s, ur, ui: -ui });
      }
    }
  }
  return { re: vRe, im: vIm };
}

/** One Jacobi rotation: two lines of a matrix, by where each begins and the step along it. */
interface Rotation {
  readonly p: number;
  readonly q: number;
  readonly step: number;
  readonly size: number;
  readonly c: number;
  readonly s: number;
  /** Phase, conjugate for rows. */
  readonly ur: number;
  readonly ui: number;
}

/** x_p = c x_p - s conj(u) x_q; x_q = s u x_p + c x_q, along both lines. */
function turn(re: Float64Array, im: Float64Array, { p, q, step, size, c, s, ur, ui }: Rotation): void {
  for (let k = 0; k < size; k++) {
    const i = p + k * step;
    const j = q + k * step;
    const [pr, pi, qr, qi] = [re[i], im[i], re[j], im[j]];
    re[i] = c * pr - s * (ur * qr + ui * qi);
    im[i] = c * pi - s * (ur * qi - ui * qr);
    re[j] = s * (ur * pr - ui * pi) + c * qr;
    im[j] = s * (ur * pi + ui * pr) + c * qi;
  }
}

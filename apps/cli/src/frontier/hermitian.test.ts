import { randomStream } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { eigenvectors } from "./hermitian";

test("the columns are orthonormal and make the matrix diagonal", () => {
  const size = 7;
  const random = randomStream(2);
  const g = Array.from({ length: size * size }, () => [random.normal(), random.normal()]);
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < size; k++) {
        const [a, b] = g[i * size + k];
        const [c, d] = g[j * size + k];
        re[i * size + j] += a * c + b * d;
        im[i * size + j] += b * c - a * d;
      }
    }
  }
  const vectors = eigenvectors({ size, re, im });
  const form = (p: number, q: number, at: (i: number, j: number) => readonly [number, number]) => {
    let sumRe = 0;
    let sumIm = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const [mRe, mIm] = at(i, j);
        const [aRe, aIm] = [vectors.re[i * size + p], -vectors.im[i * size + p]];
        const [bRe, bIm] = [vectors.re[j * size + q], vectors.im[j * size + q]];
        const [abRe, abIm] = [aRe * bRe - aIm * bIm, aRe * bIm + aIm * bRe];
        sumRe += mRe * abRe - mIm * abIm;
        sumIm += mRe * abIm + mIm * abRe;
      }
    }
    return Math.hypot(sumRe, sumIm);
  };
  for (let p = 0; p < size; p++) {
    for (let q = 0; q < size; q++) {
      expect(form(p, q, (i, j) => [i === j ? 1 : 0, 0])).toBeCloseTo(p === q ? 1 : 0, 10);
      if (p !== q) expect(form(p, q, (i, j) => [re[i * size + j], im[i * size + j]])).toBeLessThan(1e-9);
    }
  }
});

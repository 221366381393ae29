// Linear precoders for a base station that serves several single-antenna users on
// one resource: maximum ratio, zero forcing, regularised zero forcing. Users are
// few, so the Gram matrix is small and a Cholesky factorisation solves it.
import { assertShape, CsiFeedbackError, invalid } from "@csi-feedback/common";
import type { ComplexValues } from "./samples";

/**
 * A linear precoder. With row `u` of `E` the channel of user `u` as the base
 * station knows it, conjugate-transposed (`h_u^H`), the columns of `W` are, before each is
 * scaled to unit norm:
 * - `"zero-forcing"`: `E^H (E E^H)^-1`, no interference if `E` is right;
 * - `"maximum-ratio"`: `E^H`, the most power at each user, interference ignored;
 * - `"regularized-zero-forcing"`: `E^H (E E^H + a I)^-1`, `a` = users / SNR for unit noise.
 */
export type Precoder = "zero-forcing" | "maximum-ratio" | "regularized-zero-forcing";

/** Options of {@link precodingMatrix}. */
export interface PrecodingOptions {
  readonly precoder: Precoder;
  /** `a` of regularised zero forcing, not negative; the others ignore it. 0 unless told. */
  readonly regularization?: number;
}

/**
 * The precoding matrix of one set of users, columns of unit norm.
 *
 * @param channels - channels `h_u` as the base station knows them, `{ re, im }`, each `[users, antennas]`.
 * @param shape - `[users, antennas]`.
 * @returns `{ re, im }`, each `[users, antennas]`: row `u` is the column `w_u` that carries user `u`'s
 * stream, so that the user receives `h_u^H w_u`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` for an unknown precoder or a negative
 * regularisation; `SINGULAR_CHANNEL` when users' channels are zero or linearly dependent
 * (always with more users than antennas), so that zero forcing does not exist.
 *
 * @example
 * ```ts
 * import { precodingMatrix } from "@csi-feedback/eval";
 *
 * // Two users, two antennas: h_0 = (1, 1), h_1 = (1, 0). Zero forcing hides each from the other.
 * const channels = { re: Float64Array.of(1, 1, 1, 0), im: new Float64Array(4) };
 * const { re } = precodingMatrix(channels, [2, 2], { precoder: "zero-forcing" });
 * console.log(re[2].toFixed(3), re[3].toFixed(3)); // 0.707 -0.707
 * ```
 */
export function precodingMatrix(
  channels: ComplexValues,
  shape: readonly number[],
  options: PrecodingOptions,
): { re: Float64Array; im: Float64Array } {
  const name = "precodingMatrix";
  if (shape.length !== 2) invalid("INVALID_SHAPE", name, "shape must be [users, antennas]", shape);
  assertShape(name, channels.re, shape);
  assertShape(name, channels.im, shape);
  const { precoder, regularization = 0 } = options;
  if (!(regularization >= 0 && Number.isFinite(regularization))) {
    invalid("INVALID_ARGUMENT", name, "regularization must be finite and not negative", regularization);
  }
  const [users, antennas] = shape;
  const re = Float64Array.from(channels.re);
  const im = Float64Array.from(channels.im);
  switch (precoder) {
    case "maximum-ratio":
      break;
    case "zero-forcing":
      solveGram(re, im, users, antennas, 0);
      break;
    case "regularized-zero-forcing":
      solveGram(re, im, users, antennas, regularization);
      break;
    default:
      invalid(
        "INVALID_ARGUMENT",
        name,
        'precoder must be "zero-forcing", "maximum-ratio" or "regularized-zero-forcing"',
        precoder,
      );
  }
  for (let user = 0; user < users; user++) {
    let energy = 0;
    for (let k = user * antennas; k < (user + 1) * antennas; k++) energy += re[k] * re[k] + im[k] * im[k];
    if (!(energy > 0 && Number.isFinite(energy))) throw singular(user);
    const scale = 1 / Math.sqrt(energy);
    for (let k = user * antennas; k < (user + 1) * antennas; k++) {
      re[k] *= scale;
      im[k] *= scale;
    }
  }
  return { re, im };
}

function singular(user: number): CsiFeedbackError {
  return new CsiFeedbackError(
    "SINGULAR_CHANNEL",
    `precodingMatrix: the channel of user ${user} must be finite, not zero and not a combination of the channels of the users before it`,
  );
}

/**
 * Replaces the vectors `h_u` (rows) by those of `H (H^H H + a I)^-1`, H having the
 * `h_u` as columns: with the Gram matrix `G[u][v] = h_u^H h_v`, solves
 * `x (G + a I) = h` along the users through `G + a I = L L^H`.
 */
function solveGram(
  re: Float64Array,
  im: Float64Array,
  users: number,
  antennas: number,
  regularization: number,
): void {
  const lowRe = new Float64Array(users * users);
  const lowIm = new Float64Array(users * users);
  for (let u = 0; u < users; u++) {
    for (let v = 0; v <= u; v++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let k = 0; k < antennas; k++) {
        const a = u * antennas + k;
        const b = v * antennas + k;
        sumRe += re[a] * re[b] + im[a] * im[b];
        sumIm += re[a] * im[b] - im[a] * re[b];
      }
      let energy = 0;
      if (u === v) {
        energy = sumRe;
        sumRe += regularization;
      }
      for (let k = 0; k < v; k++) {
        const a = u * users + k;
        const b = v * users + k;
        sumRe -= lowRe[a] * lowRe[b] + lowIm[a] * lowIm[b];
        sumIm -= lowIm[a] * lowRe[b] - lowRe[a] * lowIm[b];
      }
      if (u === v) {
        // What the users before leave of this one's energy; rounding alone leaves about 1e-16 of it.
        if (!(sumRe > 1e-12 * energy)) throw singular(u);
        lowRe[u * users + u] = Math.sqrt(sumRe);
      } else {
        lowRe[u * users + v] = sumRe / lowRe[v * users + v];
        lowIm[u * users + v] = sumIm / lowRe[v * users + v];
      }
    }
  }
  // x L L^H = h: first y L^H = h from the first user on, then x L = y from the last back.
  for (let u = 0; u < users; u++) {
    for (let v = 0; v < u; v++)
      subtractScaled(re, im, antennas, u, v, lowRe[u * users + v], -lowIm[u * users + v]);
    divide(re, im, antennas, u, lowRe[u * users + u]);
  }
  for (let u = users - 1; u >= 0; u--) {
    for (let v = u + 1; v < users; v++) {
      subtractScaled(re, im, antennas, u, v, lowRe[v * users + u], lowIm[v * users + u]);
    }
    divide(re, im, antennas, u, lowRe[u * users + u]);
  }
}

/** row[u] -= (factorRe + j factorIm) row[v] */
function subtractScaled(
  re: Float64Array,
  im: Float64Array,
  antennas: number,
  u: number,
  v: number,
  factorRe: number,
  factorIm: number,
): void {
  for (let k = 0; k < antennas; k++) {
    const a = u * antennas + k;
    const b = v * antennas + k;
    re[a] -= factorRe * re[b] - factorIm * im[b];
    im[a] -= factorRe * im[b] + factorIm * re[b];
  }
}

function divide(re: Float64Array, im: Float64Array, antennas: number, u: number, by: number): void {
  for (let k = u * antennas; k < (u + 1) * antennas; k++) {
    re[k] /= by;
    im[k] /= by;
  }
}

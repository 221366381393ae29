// The channel expected after a report, when the channel is a Gaussian field: many weak paths of known delays, angles and
// mean powers and of phases that nobody knows. A yardstick for remainder-oracle.ts: the sent paths are taken as linear
// observations of the field, and that the search took the strongest and left none as strong is not made use of.
import { Cholesky, type Planes, type WindowKernels } from "@csi-feedback/sparse-paths/parts";

/** Mean powers of places in the delay-angle plane. */
export interface Profile {
  /** [taps], [bins] */
  readonly delays: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly powers: ArrayLike<number>;
}

/** The paths that a report holds. */
export interface SentPath {
  readonly delay: number;
  readonly column: number;
  readonly gainRe: number;
  readonly gainIm: number;
}

/** Atom, slope along delays, slope along angles. */
const KINDS = 3;
/** What a fit tells of each path: along its phase, across it, and that neither slope along its phase is left. */
const FUNCTIONALS = [
  { kind: 0, across: false },
  { kind: 0, across: true },
  { kind: 1, across: false },
  { kind: 2, across: false },
] as const;

/** One-dimensional kernels of a list of places: values and slopes, `[count, bins]` each. */
function kernelsAt(kernel: WindowKernels["delay"], places: ArrayLike<number>): [Float64Array, Float64Array] {
  const { bins } = kernel;
  const values = new Float64Array(places.length * bins);
  const slopes = new Float64Array(places.length * bins);
  const [value, first, second] = Array.from({ length: 3 }, () => new Float64Array(bins));
  for (let i = 0; i < places.length; i++) {
    kernel.derivatives(places[i], value, first, second);
    values.set(value, i * bins);
    slopes.set(first, i * bins);
  }
  return [values, slopes];
}

/** Inner products of all rows of `a` with all rows of `b`, `[rows of a, rows of b]`. */
function productsOf(a: Float64Array, b: Float64Array, bins: number): Float64Array {
  const rows = a.length / bins;
  const columns = b.length / bins;
  const products = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let m = 0; m < bins; m++) sum += a[i * bins + m] * b[j * bins + m];
      products[i * columns + j] = sum;
    }
  }
  return products;
}

/** A profile made ready for many reports. */
export class GaussianField {
  readonly #kernels: WindowKernels;
  readonly #profile: Profile;
  readonly #delays: Float64Array;
  readonly #angles: Float64Array;

  constructor(kernels: WindowKernels, profile: Profile) {
    this.#kernels = kernels;
    this.#profile = profile;
    this.#delays = kernelsAt(kernels.delay, profile.delays)[0];
    this.#angles = kernelsAt(kernels.column, profile.columns)[0];
  }

  /**
   * The channel expected after a report, unwound.
   *
   * @param noise - variance of the errors of quantised parameters, as energy of what each leaves.
   */
  conditionalMean(sent: readonly SentPath[], { noise }: { noise: number }): Planes {
    const { delay, column, window } = this.#kernels;
    const { powers } = this.#profile;
    const count = sent.length;
    const atoms = powers.length;
    const [d0, d1] = kernelsAt(
      delay,
      sent.map((path) => path.delay),
    );
    const [a0, a1] = kernelsAt(
      column,
      sent.map((path) => path.column),
    );
    // Inner products of each path's atom and slopes with the atoms of the profile, `[count, kind, atoms]`.
    const along = [d0, d1].map((rows) => productsOf(rows, this.#delays, delay.bins));
    const across = [a0, a1].map((rows) => productsOf(rows, this.#angles, column.bins));
    const seen = new Float64Array(count * KINDS * atoms);
    for (let k = 0; k < count; k++) {
      for (let j = 0; j < atoms; j++) {
        const at = k * KINDS * atoms + j;
        const i = k * atoms + j;
        seen[at] = along[0][i] * across[0][i];
        seen[at + atoms] = along[1][i] * across[0][i];
        seen[at + 2 * atoms] = along[0][i] * across[1][i];
      }
    }
    const weighted = seen.map((value, i) => value * powers[i % atoms]);
    const covariance = productsOf(seen, weighted, atoms);
    // Inner products of the sent paths' own kernels by how many slopes are on the left and on the right.
    const delayGram = [d0, d1].map((left) => [d0, d1].map((right) => productsOf(left, right, delay.bins)));
    const angleGram = [a0, a1].map((left) => [a0, a1].map((right) => productsOf(left, right, column.bins)));
    const gram = (k: number, kind: number, l: number, other: number) =>
      delayGram[Number(kind === 1)][Number(other === 1)][k * count + l] *
      angleGram[Number(kind === 2)][Number(other === 2)][k * count + l];
    const rows = sent.flatMap(({ gainRe, gainIm }, k) =>
      FUNCTIONALS.map(({ kind, across: turned }) => {
        const scale = 1 / (Math.hypot(gainRe, gainIm) * Math.sqrt(gram(k, kind, k, kind)));
        const [re, im] = turned ? [-gainIm, gainRe] : [gainRe, gainIm];
        return { k, kind, re: scale * re, im: scale * im };
      }),
    );
    const size = rows.length;
    const own = new Float64Array(size * size);
    for (const [i, p] of rows.entries()) {
      for (const [j, q] of rows.entries()) {
        own[i * size + j] = (p.re * q.re + p.im * q.im) * gram(p.k, p.kind, q.k, q.kind);
      }
    }
    // Parameters that are off by independent errors leave errors along the functionals that overlap as these do.
    const spread = productsOf(own, own, size);
    const system = new Cholesky(size);
    const values = new Float64Array(size);
    for (const [i, p] of rows.entries()) {
      for (let l = 0; l < count; l++) {
        values[i] += (p.re * sent[l].gainRe + p.im * sent[l].gainIm) * gram(p.k, p.kind, l, 0);
      }
      for (const [j, q] of rows.slice(0, i + 1).entries()) {
        const shared = covariance[(p.k * KINDS + p.kind) * count * KINDS + q.k * KINDS + q.kind];
        system.set(i, j, ((p.re * q.re + p.im * q.im) * shared) / 2 + noise * spread[i * size + j]);
      }
    }
    system.factor();
    system.solve(values);
    const re = new Float64Array(atoms);
    const im = new Float64Array(atoms);
    for (const [i, { k, kind, ...row }] of rows.entries()) {
      const from = (k * KINDS + kind) * atoms;
      for (let j = 0; j < atoms; j++) {
        re[j] += (values[i] / 2) * row.re * weighted[from + j];
        im[j] += (values[i] / 2) * row.im * weighted[from + j];
      }
    }
    return this.#synthesize(re, im, window.delays, window.antennas);
  }

  #synthesize(gainsRe: Float64Array, gainsIm: Float64Array, delays: number, antennas: number): Planes {
    const re = new Float64Array(delays * antennas);
    const im = new Float64Array(delays * antennas);
    for (let j = 0; j < gainsRe.length; j++) {
      if (gainsRe[j] === 0 && gainsIm[j] === 0) continue;
      for (let d = 0, i = 0; d < delays; d++) {
        const weight = this.#delays[j * delays + d];
        for (let a = j * antennas; a < (j + 1) * antennas; a++, i++) {
          re[i] += weight * gainsRe[j] * this.#angles[a];
          im[i] += weight * gainsIm[j] * this.#angles[a];
        }
      }
    }
    return { re, im };
  }
}

// The real Dirichlet kernel D(z) = sin(pi z) / (N sin(pi z / N)), the response of the
// bins of an N-point DFT to one tone, seen from the middle of the band, and its first
// two derivatives. `channel-models` has the complex kernel of whole channels.

/** Evaluates D(m - x) for the bins m = 0 .. bins - 1. */
export class DirichletKernel {
  readonly bins: number;
  readonly #tones: number;
  readonly #sine: Float64Array;
  readonly #cosine: Float64Array;
  /** Curvature and fourth derivative at 0. */
  readonly #second: number;
  readonly #fourth: number;

  constructor(tones: number, bins: number) {
    this.bins = bins;
    this.#tones = tones;
    this.#sine = Float64Array.from({ length: bins }, (_, m) => Math.sin((Math.PI * m) / tones));
    this.#cosine = Float64Array.from({ length: bins }, (_, m) => Math.cos((Math.PI * m) / tones));
    const step = (2 * Math.PI) / tones;
    const square = tones * tones;
    this.#second = (step ** 2 * (square - 1)) / 12;
    this.#fourth = (step ** 4 * (square - 1) * (3 * square - 7)) / 240;
  }

  /** Writes D(m - x) at `values[offset + m]`. */
  evaluate(x: number, values: Float64Array, offset: number): void {
    this.#fill(x, values, offset, undefined, undefined);
  }

  /** Writes D(m - x) and its first and second derivative by x, from index 0. */
  derivatives(x: number, values: Float64Array, first: Float64Array, second: Float64Array): void {
    this.#fill(x, values, 0, first, second);
  }

  #fill(
    x: number,
    values: Float64Array,
    offset: number,
    first: Float64Array | undefined,
    second: Float64Array | undefined,
  ): void {
    const tones = this.#tones;
    const nearest = Math.round(x);
    // sin(pi (m - x)) = -(-1)^(m - nearest) sin(pi (x - nearest)), and likewise the cosine.
    const sine = Math.sin(Math.PI * (x - nearest));
    const cosine = Math.cos(Math.PI * (x - nearest));
    const shiftSine = Math.sin((Math.PI * x) / tones);
    const shiftCosine = Math.cos((Math.PI * x) / tones);
    const curvature = Math.PI * Math.PI * (1 - 1 / (tones * tones));
    let sign = nearest % 2 === 0 ? 1 : -1;
    for (let m = 0; m < this.bins; m++, sign = -sign) {
      const denominator = tones * (this.#sine[m] * shiftCosine - this.#cosine[m] * shiftSine);
      const numerator = -sign * sine;
      const value = numerator / denominator;
      values[offset + m] = value;
      if (first && second) {
        const turn = this.#cosine[m] * shiftCosine + this.#sine[m] * shiftSine;
        const slope = (Math.PI * (sign * cosine - value * turn)) / denominator;
        first[m] = -slope;
        second[m] = -(curvature * numerator + 2 * Math.PI * turn * slope) / denominator;
      }
    }
    // Beside a tone the quotient cancels; the period brings x = m + N there as well.
    const near = nearest - x;
    const wraps = -Math.floor(nearest / tones);
    const m = nearest + wraps * tones;
    if (Math.abs(near) >= 1e-2 || m >= this.bins) return;
    const flip = wraps % 2 === 0 || tones % 2 === 1 ? 1 : -1;
    const square = near * near;
    values[offset + m] = flip * (1 - square * (this.#second / 2 - (square * this.#fourth) / 24));
    if (first && second) {
      first[m] = flip * near * (this.#second - (square * this.#fourth) / 6);
      second[m] = flip * ((square * this.#fourth) / 2 - this.#second);
    }
  }
}

// Closed form of the discrete Fourier transform of one complex exponential, the
// kernel from which angle-delay channels are summed. No path or array knowledge.
//
// sum_{k<N} exp(s j 2 pi k (m - x) / N)
//   = (1 - exp(-s j 2 pi x)) / (1 - exp(s j 2 pi (m - x) / N))
//   = (1 - exp(-s j 2 pi x)) / 2 * (1 + s j cot(pi (m - x) / N)),
// so one sine, one cosine and a division per bin give all wanted bins.

/** Evaluates `scale * sum_{k<N} exp(sign j 2 pi k (m - x) / N)` for the bins m = 0 .. bins - 1. */
export class DirichletKernel {
  readonly #size: number;
  readonly #sign: 1 | -1;
  readonly #scale: number;
  readonly #sine: Float64Array;
  readonly #cosine: Float64Array;

  constructor(size: number, bins: number, sign: 1 | -1, scale: number) {
    this.#size = size;
    this.#sign = sign;
    this.#scale = scale;
    this.#sine = Float64Array.from({ length: bins }, (_, m) => Math.sin((Math.PI * m) / size));
    this.#cosine = Float64Array.from({ length: bins }, (_, m) => Math.cos((Math.PI * m) / size));
  }

  /** Writes the bins of a tone at the (fractional) bin `x`, times a complex factor, from `re[offset]` and `im[offset]`. */
  evaluate(
    x: number,
    factorRe: number,
    factorIm: number,
    re: Float64Array,
    im: Float64Array,
    offset: number,
  ): void {
    const size = this.#size;
    const position = x - size * Math.floor(x / size);
    const nearest = Math.round(position);
    const fraction = position - nearest;
    // (1 - exp(-s j 2 pi fraction)) / 2 = sin(pi fraction) (sin(pi fraction) + s j cos(pi fraction))
    const sine = Math.sin(Math.PI * fraction);
    const cosine = Math.cos(Math.PI * fraction);
    const halfRe = this.#scale * sine * sine;
    const halfIm = this.#scale * this.#sign * sine * cosine;
    const headRe = halfRe * factorRe - halfIm * factorIm;
    const headIm = halfRe * factorIm + halfIm * factorRe;
    const turnRe = -this.#sign * headIm;
    const turnIm = this.#sign * headRe;
    const shiftSine = Math.sin((Math.PI * position) / size);
    const shiftCosine = Math.cos((Math.PI * position) / size);
    const tableSine = this.#sine;
    const tableCosine = this.#cosine;
    const bins = tableSine.length;
    for (let m = 0; m < bins; m++) {
      const denominator = tableSine[m] * shiftCosine - tableCosine[m] * shiftSine;
      const cotangent = (tableCosine[m] * shiftCosine + tableSine[m] * shiftSine) / denominator;
      re[offset + m] = headRe + turnRe * cotangent;
      im[offset + m] = headIm + turnIm * cotangent;
    }
    const bin = nearest === size ? 0 : nearest;
    if (bin < bins) {
      // The bin beside the tone, where the quotient above cancels: the ratio of sines itself.
      const ratio = fraction === 0 ? size : sine / Math.sin((Math.PI * fraction) / size);
      const angle = -this.#sign * Math.PI * fraction * (1 - 1 / size);
      const beamRe = this.#scale * ratio * Math.cos(angle);
      const beamIm = this.#scale * ratio * Math.sin(angle);
      re[offset + bin] = beamRe * factorRe - beamIm * factorIm;
      im[offset + bin] = beamRe * factorIm + beamIm * factorRe;
    }
  }
}

// Similarity of directions: SGCS over the whole sample (equation 15) and the
// cosine similarity rho of CsiNet, subcarrier by subcarrier.
import { assertShape, invalid } from "@csi-feedback/common";
import {
  type CenterOptions,
  type ChannelValues,
  type ComplexValues,
  checkCenter,
  checkEnergy,
  type MetricArguments,
  meanOfSamples,
  measureSamples,
  viewSamples,
} from "./samples";

/**
 * The squared generalised cosine similarity of each sample,
 * `|Tr(H_i^H Ĥ_i)|² / (‖H_i‖_F² ‖Ĥ_i‖_F²)`, in [0, 1]. An estimate that is all
 * zero points nowhere and scores 0.
 *
 * @param reference - true channels, `[batch, 2, delays, antennas]` or `{ re, im }` of `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout and domain.
 * @param shape - shape of both.
 * @returns one value a sample, `[batch]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `ZERO_ENERGY` or `NOT_FINITE` naming the sample.
 */
export function sgcsPerSample(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions = {},
): Float64Array {
  return similarities("sgcsPerSample", [reference, estimate, shape, options]);
}

function similarities(functionName: string, args: MetricArguments): Float64Array {
  return measureSamples(functionName, args, (reference, estimate, center, where) => {
    const { energy, otherEnergy, inner } = correlate(reference, estimate, 0, reference.re.length, center);
    checkEnergy(functionName, where, energy, otherEnergy);
    return otherEnergy === 0 ? 0 : Math.min(1, inner / (energy * otherEnergy));
  });
}

/** Energies of two vectors and their squared inner product `|a^H b|²`, over entries `start` to `end`. */
function correlate(a: ComplexValues, b: ComplexValues, start: number, end: number, center: number) {
  const { re: aRe, im: aIm } = a;
  const { re: bRe, im: bIm } = b;
  let energy = 0;
  let otherEnergy = 0;
  let innerRe = 0;
  let innerIm = 0;
  for (let k = start; k < end; k++) {
    const re = aRe[k] - center;
    const im = aIm[k] - center;
    const otherRe = bRe[k] - center;
    const otherIm = bIm[k] - center;
    energy += re * re + im * im;
    otherEnergy += otherRe * otherRe + otherIm * otherIm;
    innerRe += re * otherRe + im * otherIm;
    innerIm += re * otherIm - im * otherRe;
  }
  return { energy, otherEnergy, inner: innerRe * innerRe + innerIm * innerIm };
}

/**
 * Squared generalised cosine similarity (SGCS), equation 15: the mean over
 * samples of `|Tr(H_i^H Ĥ_i)|² / (‖H_i‖_F² ‖Ĥ_i‖_F²)`. The trace is complex and
 * runs over the whole sample, so one common phase and one common gain do not
 * matter; phases that differ between delay taps or subcarriers do. 1 is perfect.
 *
 * @param reference - true channels, `[batch, 2, delays, antennas]` or `{ re, im }` of `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout and domain.
 * @param shape - shape of both.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `EMPTY` without samples; `ZERO_ENERGY` or `NOT_FINITE` naming the sample.
 *
 * @example
 * ```ts
 * import { sgcs } from "@csi-feedback/eval";
 *
 * const reference = Float32Array.of(1, 0, 0, 1); // 1 and j
 * const rotated = Float32Array.of(0, -2, 2, 0); // the same times 2j
 * const half = Float32Array.of(1, 0, 0, 0); // 1 and 0
 * console.log(sgcs(reference, rotated, [1, 2, 1, 2]), sgcs(reference, half, [1, 2, 1, 2])); // 1 0.5
 * ```
 */
export function sgcs(
  reference: ChannelValues,
  estimate: ChannelValues,
  shape: readonly number[],
  options: CenterOptions = {},
): number {
  return meanOfSamples("sgcs", similarities("sgcs", [reference, estimate, shape, options]));
}

/**
 * The cosine similarity rho of each sample in the frequency domain: the mean over
 * subcarriers of `|h_s^H ĥ_s| / (‖h_s‖ ‖ĥ_s‖)`, vectors over the antennas. Where
 * an estimate's subcarrier is all zero the cosine is 0.
 *
 * @param reference - true channels `{ re, im }`, each `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout.
 * @param shape - `[batch, subcarriers, antennas]`.
 * @returns one value a sample, `[batch]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `ZERO_ENERGY` or `NOT_FINITE` naming sample and subcarrier.
 */
export function cosineSimilarityPerSample(
  reference: ComplexValues,
  estimate: ComplexValues,
  shape: readonly number[],
): Float64Array {
  return cosines("cosineSimilarityPerSample", reference, estimate, shape);
}

function cosines(
  functionName: string,
  reference: ComplexValues,
  estimate: ComplexValues,
  shape: readonly number[],
): Float64Array {
  if (shape.length !== 3) {
    invalid("INVALID_SHAPE", functionName, "shape must be [batch, subcarriers, antennas]", shape);
  }
  const [batch, subcarriers, antennas] = shape;
  for (const values of [reference.re, reference.im, estimate.re, estimate.im]) {
    assertShape(functionName, values, shape);
  }
  const result = new Float64Array(batch);
  for (let sample = 0; sample < batch; sample++) {
    let sum = 0;
    for (let subcarrier = 0; subcarrier < subcarriers; subcarrier++) {
      const start = (sample * subcarriers + subcarrier) * antennas;
      const { energy, otherEnergy, inner } = correlate(reference, estimate, start, start + antennas, 0);
      checkEnergy(functionName, `sample ${sample}, subcarrier ${subcarrier}`, energy, otherEnergy);
      if (otherEnergy > 0) sum += Math.min(1, Math.sqrt(inner / (energy * otherEnergy)));
    }
    result[sample] = sum / subcarriers;
  }
  return result;
}

/**
 * Cosine similarity rho in the frequency domain: the mean over samples and
 * subcarriers of `|h_s^H ĥ_s| / (‖h_s‖ ‖ĥ_s‖)`. Unlike {@link sgcs} it is not
 * squared and forgives a different phase on every subcarrier.
 *
 * @param reference - true channels `{ re, im }`, each `[batch, subcarriers, antennas]`.
 * @param estimate - reconstructed channels in the same layout.
 * @param shape - `[batch, subcarriers, antennas]`.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `EMPTY` without samples; `ZERO_ENERGY` or `NOT_FINITE`
 * naming sample and subcarrier.
 *
 * @example
 * ```ts
 * import { cosineSimilarity } from "@csi-feedback/eval";
 *
 * const reference = { re: Float32Array.of(3, 4), im: Float32Array.of(0, 0) };
 * const estimate = { re: Float32Array.of(0, 0), im: Float32Array.of(1, 0) };
 * console.log(cosineSimilarity(reference, estimate, [1, 1, 2])); // 0.6
 * ```
 */
export function cosineSimilarity(
  reference: ComplexValues,
  estimate: ComplexValues,
  shape: readonly number[],
): number {
  return meanOfSamples("cosineSimilarity", cosines("cosineSimilarity", reference, estimate, shape));
}

/** Options of {@link csinetCosineSimilarity}. */
export interface CsinetCosineOptions extends CenterOptions {
  /** Length of the DFT that the delay taps are zero-padded to, 257 unless told. */
  readonly fftLength?: number;
  /** Subcarriers kept, from the first, 125 unless told. */
  readonly subcarriers?: number;
}

/**
 * The rho of CsiNet's published code: delay taps are zero-padded to 257, brought
 * to the frequency domain by a forward DFT, the first 125 subcarriers are kept
 * and {@link cosineSimilarity} is taken over the angle axis (no transform back to
 * antennas: it is unitary and leaves rho as it is).
 *
 * @param reference - true channels: angle-delay planes `[batch, 2, delays, antennas]`, transformed
 * like the estimate, or frequency-domain truth `{ re, im }`, each `[batch, subcarriers, antennas]`
 * and never centred, such as the `HF_all` array of the public test set (transposed to this order).
 * @param estimate - reconstructed angle-delay channels `[batch, 2, delays, antennas]`.
 * @param shape - shape of the estimate.
 * @throws CsiFeedbackError `INVALID_SHAPE`; `INVALID_ARGUMENT` unless `delays <= fftLength` and
 * `1 <= subcarriers <= fftLength`; `EMPTY`, `ZERO_ENERGY` and `NOT_FINITE` as {@link cosineSimilarity}.
 *
 * @example
 * ```ts
 * import { csinetCosineSimilarity } from "@csi-feedback/eval";
 *
 * const reference = Float32Array.of(0.9, 0.5, 0.5, 0.5, 0.5, 0.4, 0.5, 0.5);
 * console.log(csinetCosineSimilarity(reference, reference, [1, 2, 2, 2], { center: 0.5 }).toFixed(6)); // 1.000000
 * ```
 */
export function csinetCosineSimilarity(
  reference: ChannelValues,
  estimate: Float32Array | Float64Array,
  shape: readonly number[],
  options: CsinetCosineOptions = {},
): number {
  const name = "csinetCosineSimilarity";
  if (shape.length !== 4) {
    invalid("INVALID_SHAPE", name, "shape must be [batch, 2, delays, antennas]", shape);
  }
  const [batch, , delays, antennas] = shape;
  const fftLength = options.fftLength ?? 257;
  const subcarriers = options.subcarriers ?? 125;
  if (!Number.isSafeInteger(fftLength) || fftLength < delays) {
    invalid(
      "INVALID_ARGUMENT",
      name,
      `fftLength must be an integer of at least ${delays} (the delay taps)`,
      fftLength,
    );
  }
  if (!Number.isSafeInteger(subcarriers) || subcarriers < 1 || subcarriers > fftLength) {
    invalid("INVALID_ARGUMENT", name, `subcarriers must be an integer from 1 to ${fftLength}`, subcarriers);
  }
  const center = checkCenter(name, options);
  const response = (values: Float32Array | Float64Array) =>
    frequencyResponse(name, values, shape, { fftLength, subcarriers, center });
  const truth = ArrayBuffer.isView(reference) ? response(reference) : reference;
  return meanOfSamples(name, cosines(name, truth, response(estimate), [batch, subcarriers, antennas]));
}

/** Forward DFT over the delay axis, zero-padded to `fftLength`, first `subcarriers` bins. */
function frequencyResponse(
  functionName: string,
  values: Float32Array | Float64Array,
  shape: readonly number[],
  options: { fftLength: number; subcarriers: number; center: number },
): ComplexValues {
  const { re: planeRe, im: planeIm, stride, imaginary } = viewSamples(functionName, values, shape);
  const [batch, , delays, antennas] = shape;
  const { fftLength, subcarriers, center } = options;
  const cosine = Float64Array.from({ length: fftLength }, (_, i) => Math.cos((2 * Math.PI * i) / fftLength));
  const sine = Float64Array.from({ length: fftLength }, (_, i) => Math.sin((2 * Math.PI * i) / fftLength));
  const re = new Float64Array(batch * subcarriers * antennas);
  const im = new Float64Array(re.length);
  for (let sample = 0; sample < batch; sample++) {
    const start = sample * stride;
    const x = Float64Array.from(
      planeRe.subarray(start, start + delays * antennas),
      (value) => value - center,
    );
    const y = Float64Array.from(
      planeIm.subarray(start + imaginary, start + imaginary + delays * antennas),
      (value) => value - center,
    );
    for (let subcarrier = 0; subcarrier < subcarriers; subcarrier++) {
      const out = (sample * subcarriers + subcarrier) * antennas;
      for (let antenna = 0; antenna < antennas; antenna++) {
        let sumRe = 0;
        let sumIm = 0;
        let turn = 0; // subcarrier * delay, modulo the length
        for (let at = antenna; at < x.length; at += antennas) {
          sumRe += x[at] * cosine[turn] + y[at] * sine[turn];
          sumIm += y[at] * cosine[turn] - x[at] * sine[turn];
          turn += subcarrier;
          if (turn >= fftLength) turn -= fftLength;
        }
        re[out + antenna] = sumRe;
        im[out + antenna] = sumIm;
      }
    }
  }
  return { re, im };
}

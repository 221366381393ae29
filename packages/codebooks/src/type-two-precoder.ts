// From the indices of an enhanced Type II report to precoders and, with the reference, to
// a channel.
import type { ComplexArray } from "./ports";
import { referenceAmplitude, referencePhase } from "./reference";
import type { TypeTwoParameters } from "./type-two-parameters";
import type { TypeTwoIndices, TypeTwoLayer } from "./type-two-report";
import { differentialAmplitudeOf, orthogonalBeam, PHASES, referenceAmplitudeOf } from "./type-two-search";

/** The quantised coefficients of a layer, `[rows, vectors]`; the strongest is 1. */
function coefficientsOf({ beams, rows }: TypeTwoParameters, layer: TypeTwoLayer): ComplexArray {
  const vectors = layer.basis.length;
  const re = new Float64Array(rows * vectors);
  const im = new Float64Array(rows * vectors);
  for (let at = 0; at < rows * vectors; at++) {
    if (layer.bitmap[at] === 0) continue;
    const polarization = Math.floor(at / vectors / beams);
    const amplitude =
      referenceAmplitudeOf(layer.reference[polarization]) * differentialAmplitudeOf(layer.amplitudes[at]);
    const angle = (2 * Math.PI * layer.phases[at]) / PHASES;
    re[at] = amplitude * Math.cos(angle);
    im[at] = amplitude * Math.sin(angle);
  }
  return { re, im };
}

/**
 * The sum over beams and basis vectors of one layer at `points` places of the band, `[points, antennas]`, not yet
 * scaled: basis vector n is `exp(j 2 pi u n / N3)` at place u, in subbands.
 *
 * @param place - u of each point.
 * @param index - the basis vector as it is to be continued between subbands: any number equal to n modulo N3.
 */
export function combine(
  parameters: TypeTwoParameters,
  { rotation, beams }: TypeTwoIndices,
  layer: TypeTwoLayer,
  points: number,
  place: (point: number) => number = (point) => point,
  index: (n: number) => number = (n) => n,
): ComplexArray {
  const { ports, rows, subbands } = parameters;
  const coefficients = coefficientsOf(parameters, layer);
  const vectors = [...beams].map((number) => orthogonalBeam(ports, ...rotation, number));
  const sum = { re: new Float64Array(points * ports.count), im: new Float64Array(points * ports.count) };
  for (let point = 0; point < points; point++) {
    for (let row = 0; row < rows; row++) {
      let [re, im] = [0, 0];
      for (const [f, n] of layer.basis.entries()) {
        const at = row * layer.basis.length + f;
        if (layer.bitmap[at] === 0) continue;
        const angle = (2 * Math.PI * place(point) * index(n)) / subbands;
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
        re += coefficients.re[at] * cosine - coefficients.im[at] * sine;
        im += coefficients.re[at] * sine + coefficients.im[at] * cosine;
      }
      if (re === 0 && im === 0) continue;
      const vector = vectors[row % beams.length];
      const start = point * ports.count + Math.floor(row / beams.length) * ports.elements;
      for (let e = 0; e < ports.elements; e++) {
        sum.re[start + e] += vector.re[e] * re - vector.im[e] * im;
        sum.im[start + e] += vector.re[e] * im + vector.im[e] * re;
      }
    }
  }
  return sum;
}

/** The precoder of every subband, `[subbands, layers, antennas]`; a layer's column has norm 1 / sqrt(layers). */
export function typeTwoPrecoders(parameters: TypeTwoParameters, indices: TypeTwoIndices): ComplexArray {
  const { subbands, ports } = parameters;
  const rank = indices.layers.length;
  const size = subbands * rank * ports.count;
  const precoders = { re: new Float64Array(size), im: new Float64Array(size) };
  for (const [l, layer] of indices.layers.entries()) {
    const { re, im } = combine(parameters, indices, layer, subbands);
    for (let t = 0; t < subbands; t++) {
      const from = t * ports.count;
      let energy = 0;
      for (let a = from; a < from + ports.count; a++) energy += re[a] * re[a] + im[a] * im[a];
      // Coefficients may cancel in a subband; there the layer has no direction and the column stays zero.
      const scale = energy > 0 ? 1 / Math.sqrt(energy * rank) : 0;
      const to = (t * rank + l) * ports.count;
      for (let a = 0; a < ports.count; a++) {
        precoders.re[to + a] = scale * re[from + a];
        precoders.im[to + a] = scale * im[from + a];
      }
    }
  }
  return precoders;
}

/**
 * The channel that a report of one layer and its reference stand for at every subcarrier, `[subcarriers, antennas]`.
 * A basis vector n is taken as the delay (N3 - n) mod N3 of the band, so that all delays are from 0 to N3 - 1.
 */
export function typeTwoChannel(
  parameters: TypeTwoParameters,
  indices: TypeTwoIndices,
  subcarriers: number,
): ComplexArray | undefined {
  const { reference, layers } = indices;
  if (reference === undefined) return undefined;
  const { subbands } = parameters;
  const causal = (n: number) => {
    const shifted = (n + reference.delay) % subbands;
    return shifted === 0 ? 0 : shifted - subbands;
  };
  const width = subcarriers / subbands;
  // Subband t is centred on subcarrier (t + 1/2) width - 1/2.
  const place = (subcarrier: number) => (subcarrier + 0.5) / width - 0.5;
  const { re, im } = combine(parameters, indices, layers[0], subcarriers, place, causal);
  const amplitude = referenceAmplitude(reference);
  const [cosine, sine] = [Math.cos(referencePhase(reference)), Math.sin(referencePhase(reference))];
  for (let i = 0; i < re.length; i++) {
    const [x, y] = [amplitude * re[i], amplitude * im[i]];
    re[i] = x * cosine - y * sine;
    im[i] = x * sine + y * cosine;
  }
  return { re, im };
}

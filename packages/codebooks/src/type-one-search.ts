// What a user reports under the Type I codebook: every beam and co-phase is tried on
// every subcarrier.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { beam } from "./ports";
import { subbandEdges } from "./subbands";
import {
  beamCounts,
  cophases,
  firstLayer,
  secondBeams,
  type TypeOneIndices,
  type TypeOneParameters,
} from "./type-one";

/** Ratio of the power that one antenna would be received with to the noise, for which two layers are chosen: 10 dB. */
const SNR = 10;

/** What the channel is along each beam: `c[p]` = v^H h of group p, for every receive antenna and subcarrier. */
interface Projections {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The indices of most received power, or for two layers of highest capacity. */
export function searchTypeOne(
  parameters: TypeOneParameters,
  channels: FrequencyChannels,
  user: number,
  rank: 1 | 2,
): TypeOneIndices {
  const projections = projectionCache(parameters, channels, user);
  const power = meanPower(parameters, channels, user);
  const [first, second] = beamCounts(parameters);
  const offsets = rank === 2 ? secondBeams(parameters.ports).length : 1;
  let best: { value: number; indices: TypeOneIndices } | undefined;
  for (let i11 = 0; i11 < first; i11++) {
    for (let i12 = 0; i12 < second; i12++) {
      for (let secondBeam = 0; secondBeam < offsets; secondBeam++) {
        const scores = Array.from({ length: cophases(parameters, rank) }, (_, i2) => {
          const { l, m, n } = firstLayer(parameters, [i11, i12], i2);
          const [k1, k2] = secondBeams(parameters.ports)[secondBeam];
          return rank === 1
            ? powers(parameters, channels, projections(l, m), n)
            : capacities(parameters, channels, projections(l, m), projections(l + k1, m + k2), n, power);
        });
        const cophase = Int32Array.from({ length: parameters.subbands }, (_, t) =>
          scores.reduce((chosen, score, i2) => (score[t] > scores[chosen][t] ? i2 : chosen), 0),
        );
        const value = cophase.reduce((sum, i2, t) => sum + scores[i2][t], 0);
        if (best === undefined || value > best.value) {
          best = { value, indices: { rank, beam: [i11, i12], secondBeam, cophase } };
        }
      }
    }
  }
  // Every configuration has at least one beam.
  return (best as NonNullable<typeof best>).indices;
}

/** Mean squared magnitude of a user's channel. */
function meanPower(
  { receivers }: TypeOneParameters,
  { re, im, shape }: FrequencyChannels,
  user: number,
): number {
  const size = receivers * shape[1] * shape[2];
  let sum = 0;
  for (let i = user * size; i < (user + 1) * size; i++) sum += re[i] * re[i] + im[i] * im[i];
  return sum / size;
}

function projectionCache(
  { ports, receivers }: TypeOneParameters,
  { re, im, shape }: FrequencyChannels,
  user: number,
): (l: number, m: number) => Projections {
  const rows = shape[1] * receivers;
  const start = user * rows * ports.count;
  const cache = new Map<number, Projections>();
  return (l, m) => {
    const [column, row] = [l % (ports.n1 * ports.o1), m % (ports.n2 * ports.o2)];
    const key = row * ports.n1 * ports.o1 + column;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const vector = beam(ports, column, row);
    const result = { re: new Float64Array(2 * rows), im: new Float64Array(2 * rows) };
    for (let at = 0; at < 2 * rows; at++) {
      const from = start + at * ports.elements;
      let [x, y] = [0, 0];
      for (let e = 0; e < ports.elements; e++) {
        x += vector.re[e] * re[from + e] + vector.im[e] * im[from + e];
        y += vector.re[e] * im[from + e] - vector.im[e] * re[from + e];
      }
      result.re[at] = x;
      result.im[at] = y;
    }
    cache.set(key, result);
    return result;
  };
}

/** Calls back with the subband and the place of group 0 of every receive antenna and subcarrier. */
function eachRow(
  { subbands, receivers }: TypeOneParameters,
  subcarriers: number,
  visit: (subband: number, place: number) => void,
): void {
  const edges = subbandEdges(subcarriers, subbands);
  for (let receiver = 0; receiver < receivers; receiver++) {
    for (let t = 0; t < subbands; t++) {
      for (let k = edges[t]; k < edges[t + 1]; k++) visit(t, 2 * (receiver * subcarriers + k));
    }
  }
}

/** Received power of each subband: `|v^H h_0 + exp(-j pi n / 2) v^H h_1|^2`, summed. */
function powers(
  parameters: TypeOneParameters,
  { shape }: FrequencyChannels,
  c: Projections,
  n: number,
): Float64Array {
  const sums = new Float64Array(parameters.subbands);
  const [cosine, sine] = [Math.cos((Math.PI * n) / 2), Math.sin((Math.PI * n) / 2)];
  eachRow(parameters, shape[1], (t, at) => {
    const re = c.re[at] + cosine * c.re[at + 1] + sine * c.im[at + 1];
    const im = c.im[at] + cosine * c.im[at + 1] - sine * c.re[at + 1];
    sums[t] += re * re + im * im;
  });
  return sums;
}

/** log2 det(I + SNR W^H R W) of each subband, R the mean of H^H H over its subcarriers. */
function capacities(
  parameters: TypeOneParameters,
  { shape }: FrequencyChannels,
  a: Projections,
  b: Projections,
  n: number,
  power: number,
): Float64Array {
  const { subbands, ports } = parameters;
  const [first, second, crossRe, crossIm] = Array.from({ length: 4 }, () => new Float64Array(subbands));
  const [cosine, sine] = [Math.cos((Math.PI * n) / 2), Math.sin((Math.PI * n) / 2)];
  eachRow(parameters, shape[1], (t, at) => {
    const aRe = a.re[at] + cosine * a.re[at + 1] + sine * a.im[at + 1];
    const aIm = a.im[at] + cosine * a.im[at + 1] - sine * a.re[at + 1];
    const bRe = b.re[at] - cosine * b.re[at + 1] - sine * b.im[at + 1];
    const bIm = b.im[at] - cosine * b.im[at + 1] + sine * b.re[at + 1];
    first[t] += aRe * aRe + aIm * aIm;
    second[t] += bRe * bRe + bIm * bIm;
    crossRe[t] += aRe * bRe + aIm * bIm;
    crossIm[t] += aRe * bIm - aIm * bRe;
  });
  // Columns of W have the squared norm 1 / 2; a column [v; v] has 2 N1 N2.
  const scale = (SNR * subbands) / (2 * ports.count * shape[1] * power);
  return first.map((value, t) => {
    const cross = crossRe[t] ** 2 + crossIm[t] ** 2;
    return Math.log2((1 + scale * value) * (1 + scale * second[t]) - scale * scale * cross);
  });
}

// The Type I single-panel codebook (TS 38.214 5.2.2.2.1) of ranks 1 and 2: one beam for
// the band, a co-phase for every subband.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import { BitReader, BitWriter, bitWidth, type Field } from "./bit-fields";
import { type Codebook, countBits } from "./codebook";
import { beam, type ComplexArray, type PortLayout, type Ports, resolvePorts } from "./ports";
import { checkRank, reconstructEach } from "./reconstruction";
import {
  fitReference,
  type Reference,
  readReference,
  referenceAmplitude,
  referencePhase,
  writeReference,
} from "./reference";
import { checkChannels, layerTargets, subbandEdges } from "./subbands";
import { searchTypeOne } from "./type-one-search";

/** Options of {@link createTypeOne}. */
export interface TypeOneOptions {
  /** The array, or the number of antennas of a linear array, whose halves become the two groups of ports. */
  readonly antennas: number | PortLayout;
  /** Subbands that a co-phase is reported for. */
  readonly subbands: number;
  /**
   * codebookMode: 1 (default) keeps the beam for the whole band, 2 lets every subband choose among four neighbouring
   * beams. Rank 2 is there in mode 1.
   */
  readonly mode?: 1 | 2;
  /** Largest rank that a report may have. Default 1. */
  readonly maximumRank?: 1 | 2;
  /** Receive antennas of a user: so many consecutive rows of a batch are one user's. Default 1. */
  readonly receivers?: number;
}

/** The indices of a report. */
export interface TypeOneIndices {
  readonly rank: 1 | 2;
  /** i1,1 and i1,2. */
  readonly beam: readonly [number, number];
  /** i1,3; 0 for rank 1. */
  readonly secondBeam: number;
  /** i2 of each subband. */
  readonly cophase: Int32Array;
  readonly reference?: Reference;
}

/** What the options fix. */
export interface TypeOneParameters {
  readonly ports: Ports;
  readonly subbands: number;
  readonly mode: 1 | 2;
  readonly maximumRank: 1 | 2;
  readonly receivers: number;
}

/** (k1, k2) of i1,3 for two layers, in beams (Table 5.2.2.2.1-3). */
export function secondBeams({ n1, n2, o1, o2 }: Ports): readonly (readonly [number, number])[] {
  if (n2 > 1) return [[0, 0], [o1, 0], [0, o2], n1 > n2 ? [2 * o1, 0] : [o1, o2]];
  return n1 === 2
    ? [
        [0, 0],
        [o1, 0],
      ]
    : [
        [0, 0],
        [o1, 0],
        [2 * o1, 0],
        [3 * o1, 0],
      ];
}

/** How many values i1,1 and i1,2 have. */
export function beamCounts({ ports: { n1, n2, o1, o2 }, mode }: TypeOneParameters): [number, number] {
  const step = mode === 2 ? 2 : 1;
  return [(n1 * o1) / step, n2 > 1 ? (n2 * o2) / step : 1];
}

/** How many values i2 has. */
export function cophases({ mode }: TypeOneParameters, rank: number): number {
  return rank === 2 ? 2 : mode === 2 ? 16 : 4;
}

/** Beam (l, m) and co-phase index n of i2 for one layer. */
export function firstLayer(
  { ports, mode }: TypeOneParameters,
  [i11, i12]: readonly [number, number],
  i2: number,
): { l: number; m: number; n: number } {
  if (mode === 1) return { l: i11, m: i12, n: i2 };
  const neighbour = i2 >> 2;
  const n = i2 & 3;
  return ports.n2 > 1
    ? { l: 2 * i11 + (neighbour & 1), m: 2 * i12 + (neighbour >> 1), n }
    : { l: 2 * i11 + neighbour, m: 0, n };
}

/** The precoder of one subband, `[layers, antennas]`. */
function precoder(
  parameters: TypeOneParameters,
  { rank, beam: i1, secondBeam }: TypeOneIndices,
  i2: number,
): ComplexArray {
  const { ports } = parameters;
  const { l, m, n } = firstLayer(parameters, i1, i2);
  const [k1, k2] = secondBeams(ports)[secondBeam];
  const scale = 1 / Math.sqrt(rank * ports.count);
  const result = { re: new Float64Array(rank * ports.count), im: new Float64Array(rank * ports.count) };
  for (let layer = 0; layer < rank; layer++) {
    const vector = beam(ports, l + layer * k1, m + layer * k2);
    // exp(j pi n / 2), and its opposite for the second layer.
    const angle = (Math.PI * n) / 2 + Math.PI * layer;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const start = layer * ports.count;
    for (let e = 0; e < ports.elements; e++) {
      const [re, im] = [scale * vector.re[e], scale * vector.im[e]];
      result.re[start + e] = re;
      result.im[start + e] = im;
      result.re[start + ports.elements + e] = re * cosine - im * sine;
      result.im[start + ports.elements + e] = re * sine + im * cosine;
    }
  }
  return result;
}

function allPrecoders(parameters: TypeOneParameters, indices: TypeOneIndices): ComplexArray {
  const size = indices.rank * parameters.ports.count;
  const all = {
    re: new Float64Array(parameters.subbands * size),
    im: new Float64Array(parameters.subbands * size),
  };
  for (const [t, i2] of indices.cophase.entries()) {
    const { re, im } = precoder(parameters, indices, i2);
    all.re.set(re, t * size);
    all.im.set(im, t * size);
  }
  return all;
}

/** The fields of a report and their widths (TS 38.212 Table 6.3.1.1.2-1). */
function fieldsOf(parameters: TypeOneParameters, rank: 1 | 2): Field[] {
  const { ports, subbands, maximumRank } = parameters;
  const [first, second] = beamCounts(parameters);
  return [
    ...(maximumRank > 1 ? [{ name: "rank", bits: bitWidth(maximumRank) }] : []),
    { name: "i1,1", bits: bitWidth(first) },
    { name: "i1,2", bits: bitWidth(second) },
    ...(rank === 2 ? [{ name: "i1,3", bits: bitWidth(secondBeams(ports).length) }] : []),
    { name: "i2", bits: subbands * bitWidth(cophases(parameters, rank)) },
  ];
}

function write(parameters: TypeOneParameters, indices: TypeOneIndices): BitWriter {
  const writer = new BitWriter();
  const width = bitWidth(cophases(parameters, indices.rank));
  const i2 = indices.cophase.reduce((bits, index) => (bits << BigInt(width)) | BigInt(index), 0n);
  const values: Record<string, number | bigint> = {
    rank: indices.rank - 1,
    "i1,1": indices.beam[0],
    "i1,2": indices.beam[1],
    "i1,3": indices.secondBeam,
    i2,
  };
  for (const { name, bits } of fieldsOf(parameters, indices.rank)) writer.write(name, values[name], bits);
  if (indices.reference !== undefined) writeReference(writer, indices.reference, parameters.subbands);
  return writer;
}

function read(parameters: TypeOneParameters, bytes: Uint8Array): TypeOneIndices {
  const { ports, subbands, maximumRank, receivers } = parameters;
  const reader = new BitReader(bytes);
  const rank = (maximumRank > 1 ? reader.read("rank", 1, 2) + 1 : 1) as 1 | 2;
  const [first, second] = beamCounts(parameters);
  const i1 = [
    reader.read("i1,1", bitWidth(first), first),
    reader.read("i1,2", bitWidth(second), second),
  ] as const;
  const others = secondBeams(ports).length;
  const secondBeam = rank === 2 ? reader.read("i1,3", bitWidth(others), others) : 0;
  const count = cophases(parameters, rank);
  const cophase = Int32Array.from({ length: subbands }, () => reader.read("i2", bitWidth(count), count));
  const reference = receivers === 1 ? { reference: readReference(reader, subbands) } : {};
  reader.finish();
  return { rank, beam: i1, secondBeam, cophase, ...reference };
}

/** The channel of a report: its precoders with one amplitude, phase and delay. */
function channelOf(
  parameters: TypeOneParameters,
  indices: TypeOneIndices,
  subcarriers: number,
): ComplexArray | undefined {
  const { reference } = indices;
  if (reference === undefined) return undefined;
  const { subbands, ports } = parameters;
  const { re, im } = allPrecoders(parameters, indices);
  const edges = subbandEdges(subcarriers, subbands);
  const result = {
    re: new Float64Array(subcarriers * ports.count),
    im: new Float64Array(subcarriers * ports.count),
  };
  const delay = reference.delay === 0 ? 0 : reference.delay - subbands;
  for (let t = 0; t < subbands; t++) {
    for (let k = edges[t]; k < edges[t + 1]; k++) {
      const place = ((k + 0.5) * subbands) / subcarriers - 0.5;
      const angle = referencePhase(reference) + (2 * Math.PI * place * delay) / subbands;
      const [x, y] = [
        referenceAmplitude(reference) * Math.cos(angle),
        referenceAmplitude(reference) * Math.sin(angle),
      ];
      for (let a = 0; a < ports.count; a++) {
        const from = t * ports.count + a;
        result.re[k * ports.count + a] = re[from] * x - im[from] * y;
        result.im[k * ports.count + a] = re[from] * y + im[from] * x;
      }
    }
  }
  return result;
}

/** The Type I single-panel codebook. */
export interface TypeOne extends Codebook {
  readonly name: "type-one";
  /** The indices in a report. @throws CsiFeedbackError `CORRUPT_REPORT`. */
  indices(bytes: Uint8Array): TypeOneIndices;
}

/**
 * The Type I single-panel codebook. The beam and co-phases of most received power (rank 1) or of highest capacity at
 * an SNR of 10 dB (rank 2) are found by trying all.
 *
 * @throws CsiFeedbackError `INVALID_LAYOUT`, `INVALID_CODEBOOK`.
 *
 * @example
 * ```ts
 * import { createTypeOne } from "@csi-feedback/codebooks";
 *
 * const codebook = createTypeOne({ antennas: { rows: 2, columns: 4 }, subbands: 4 });
 * const flat = { re: new Float32Array(8 * 16).fill(1), im: new Float32Array(8 * 16), shape: [1, 8, 16] as const };
 * const [{ bytes, bits }] = codebook.encode(flat);
 * console.log(bits.standard, codebook.indices(bytes).beam); // 15 [ 0, 0 ]
 * console.log(codebook.precoders(bytes).re[0]); // 0.25
 * ```
 */
export function createTypeOne(options: TypeOneOptions): TypeOne {
  const parameters = resolveTypeOne(options);
  const { ports, subbands, receivers, maximumRank } = parameters;
  const antennas = ports.count;
  return {
    name: "type-one",
    ...{ antennas, subbands, receivers },
    encode(channels: FrequencyChannels, { rank = maximumRank } = {}) {
      checkRank("TypeOne.encode", rank, maximumRank);
      const users = checkChannels("TypeOne.encode", channels, { antennas, subbands, receivers });
      return Array.from({ length: users }, (_, user) => {
        const indices = searchTypeOne(parameters, channels, user, rank as 1 | 2);
        const target = () => layerTargets(channels, user, { subbands, receivers, rank: 1 })[0];
        const reference =
          receivers === 1
            ? { reference: fitReference(target(), allPrecoders(parameters, indices), subbands) }
            : {};
        const writer = write(parameters, { ...indices, ...reference });
        return { bytes: writer.bytes(), bits: countBits(writer.fields) };
      });
    },
    precoders(bytes) {
      const indices = read(parameters, bytes);
      return { ...allPrecoders(parameters, indices), shape: [subbands, indices.rank, antennas] };
    },
    reconstruct: (reports, { subcarriers }) =>
      reconstructEach("TypeOne.reconstruct", reports, { subcarriers, subbands, antennas }, (bytes) =>
        channelOf(parameters, read(parameters, bytes), subcarriers),
      ),
    indices: (bytes) => read(parameters, bytes),
  };
}

function resolveTypeOne(options: TypeOneOptions): TypeOneParameters {
  const { antennas, subbands, mode = 1, maximumRank = 1, receivers = 1 } = options;
  const reject: (rule: string, received: unknown) => never = (rule, received) =>
    invalid("INVALID_CODEBOOK", "createTypeOne", rule, received);
  const ports = resolvePorts("createTypeOne", antennas);
  if (ports.polarizations !== 2) reject("Type I needs two groups of ports", ports.polarizations);
  if (!Number.isInteger(subbands) || subbands < 1 || subbands > 38) {
    reject("subbands must be an integer from 1 to 38", subbands);
  }
  if (mode !== 1 && mode !== 2) reject("mode must be 1 or 2", mode);
  if (maximumRank !== 1 && maximumRank !== 2) reject("maximumRank must be 1 or 2", maximumRank);
  if (mode === 2 && maximumRank === 2) reject("rank 2 is there in mode 1", mode);
  if (!Number.isInteger(receivers) || receivers < maximumRank || receivers > 8) {
    reject(`receivers must be an integer from ${maximumRank}, the largest rank, to 8`, receivers);
  }
  return { ports, subbands, mode, maximumRank, receivers };
}

// A report of the enhanced Type II codebook as indices, and those indices as bits and
// back. The indices are TS 38.214's; what they were chosen from stands in type-two-search.ts.
import { binomial, rankSubset, unrankSubset } from "@csi-feedback/codec";
import { BitReader, BitWriter, bitWidth, corrupt } from "./bit-fields";
import { type Reference, readReference, writeReference } from "./reference";
import {
  basisSets,
  basisVectors,
  hasWindow,
  mostCoefficients,
  type Rank,
  type TypeTwoParameters,
  typeTwoFields,
} from "./type-two-parameters";

/** One layer of a report. `[rows, vectors]` arrays have row i (beam and polarisation) first. */
export interface TypeTwoLayer {
  /** Frequency-domain basis vectors n3, ascending; the first is 0, that of the strongest coefficient. */
  readonly basis: Int32Array;
  /** Row of the strongest coefficient, i*. */
  readonly strongest: number;
  /** 1 where a coefficient is other than zero, `[rows, vectors]` (i1,7). */
  readonly bitmap: Uint8Array;
  /** Reference amplitude index of each polarisation, 1 to 15; 15 for that of the strongest coefficient (i2,3). */
  readonly reference: readonly number[];
  /** Differential amplitude index, 0 to 7, `[rows, vectors]`; 7 for the strongest coefficient (i2,4). */
  readonly amplitudes: Uint8Array;
  /** Phase index, 0 to 15, `[rows, vectors]`; 0 for the strongest coefficient (i2,5). */
  readonly phases: Uint8Array;
}

/** A whole report. */
export interface TypeTwoIndices {
  /** q1, q2 (i1,1). */
  readonly rotation: readonly [number, number];
  /** Indices N1 n2 + n1 of the beams, ascending (i1,2). */
  readonly beams: Int32Array;
  /** M_initial, from 1 - 2 M_v to 0, where basis vectors are taken from a window (i1,5). */
  readonly windowStart: number;
  readonly layers: readonly TypeTwoLayer[];
  /** Not of the standard: what turns the precoder of one layer into a channel. */
  readonly reference?: Reference;
}

/** Coefficients other than zero, over all layers. */
function coefficientCount({ layers }: TypeTwoIndices): number {
  return layers.reduce((sum, { bitmap }) => sum + bitmap.reduce((a, b) => a + b, 0), 0);
}

/** Rank of an ascending index set as TS 38.214 numbers them: sets with low indices come last. */
function rankDescending(positions: readonly number[], places: number): bigint {
  if (positions.length === 0) return 0n;
  return rankSubset(
    [...positions].reverse().map((position) => places - 1 - position),
    places,
  );
}

function unrankDescending(rank: bigint, places: number, count: number): number[] {
  if (count === 0) return [];
  return [...unrankSubset(rank, places, count)].reverse().map((position) => places - 1 - position);
}

/** Basis vectors after the first, as positions from 0 among those that i1,6 chooses from, and back. */
function windowMap({ subbands }: TypeTwoParameters, vectors: number, windowStart: number) {
  const last = windowStart + 2 * vectors - 1;
  const skip = subbands - 2 * vectors;
  return {
    toPosition: (n: number) => (n <= last ? n : n - skip) - 1,
    fromPosition: (position: number) => (position + 1 <= last ? position + 1 : position + 1 + skip),
  };
}

/** The report as bits. */
export function writeTypeTwo(parameters: TypeTwoParameters, indices: TypeTwoIndices): BitWriter {
  const { ports, rows, beams, maximumRank } = parameters;
  const { layers, rotation, windowStart } = indices;
  const rank = layers.length as Rank;
  const vectors = basisVectors(parameters, rank);
  const total = coefficientCount(indices);
  const widths = new Map(typeTwoFields(parameters, rank, total).map(({ name, bits }) => [name, bits]));
  const writer = new BitWriter();
  const write = (name: string, value: number | bigint) =>
    writer.write(name, value, widths.get(name) as number);
  if (maximumRank > 1) write("rank", rank - 1);
  write("coefficients", total - 1);
  write("i1,1", rotation[0] * ports.o2 + rotation[1]);
  write("i1,2", rankDescending([...indices.beams], ports.elements));
  if (hasWindow(parameters)) write("i1,5", windowStart === 0 ? 0 : windowStart + 2 * vectors);
  const map = windowMap(parameters, vectors, windowStart);
  const places = (hasWindow(parameters) ? 2 * vectors : parameters.subbands) - 1;
  for (const [l, { basis }] of layers.entries()) {
    const chosen = [...basis.subarray(1)];
    const positions = chosen.map(hasWindow(parameters) ? map.toPosition : (n) => n - 1);
    write(`i1,6,${l + 1}`, rankDescending(positions, places));
  }
  for (const [l, { bitmap }] of layers.entries()) {
    let bits = 0n;
    for (let f = 0; f < vectors; f++) {
      for (let i = 0; i < rows; i++) bits = (bits << 1n) | BigInt(bitmap[i * vectors + f]);
    }
    write(`i1,7,${l + 1}`, bits);
  }
  for (const [l, { bitmap, strongest }] of layers.entries()) {
    let before = 0;
    for (let i = 0; i < strongest; i++) before += bitmap[i * vectors];
    write(`i1,8,${l + 1}`, rank === 1 ? before : strongest);
  }
  if (ports.polarizations === 2) {
    for (const [l, { reference, strongest }] of layers.entries()) {
      write(`i2,3,${l + 1}`, reference[1 - Math.floor(strongest / beams)]);
    }
  }
  for (const [name, width, values] of [
    ["i2,4", 3, "amplitudes"],
    ["i2,5", 4, "phases"],
  ] as const) {
    let bits = 0n;
    for (const layer of layers) {
      for (const at of coefficientPlaces(layer, rows, vectors)) {
        bits = (bits << BigInt(width)) | BigInt(layer[values][at]);
      }
    }
    write(name, bits);
  }
  if (indices.reference !== undefined) writeReference(writer, indices.reference, parameters.subbands);
  return writer;
}

/** Places of the reported coefficients in `[rows, vectors]`, basis vector by basis vector, without the strongest. */
function coefficientPlaces(
  { bitmap, strongest }: Pick<TypeTwoLayer, "bitmap" | "strongest">,
  rows: number,
  vectors: number,
): number[] {
  const places: number[] = [];
  for (let f = 0; f < vectors; f++) {
    for (let i = 0; i < rows; i++) {
      const at = i * vectors + f;
      if (bitmap[at] === 1 && !(f === 0 && i === strongest)) places.push(at);
    }
  }
  return places;
}

/**
 * The indices in a report.
 *
 * @throws CsiFeedbackError `CORRUPT_REPORT` for bytes that {@link writeTypeTwo} cannot have made.
 */
export function readTypeTwo(parameters: TypeTwoParameters, bytes: Uint8Array): TypeTwoIndices {
  const { ports, rows, beams, maximumRank, maximumCoefficients } = parameters;
  const reader = new BitReader(bytes);
  const rank = (maximumRank > 1 ? reader.read("rank", bitWidth(maximumRank), maximumRank) + 1 : 1) as Rank;
  const most = mostCoefficients(parameters);
  const total = reader.read("coefficients", bitWidth(most), most) + 1;
  if (total < rank) corrupt(`${rank} layers must have ${rank} coefficients, received ${total}`);
  const vectors = basisVectors(parameters, rank);
  const widths = new Map(typeTwoFields(parameters, rank, total).map(({ name, bits }) => [name, bits]));
  const read = (name: string, bound: number) => reader.read(name, widths.get(name) as number, bound);
  const readBig = (name: string, bound: bigint) => reader.readBig(name, widths.get(name) as number, bound);
  const layers = Array.from({ length: rank }, (_, l) => l + 1);

  const rotation = read("i1,1", ports.o1 * ports.o2);
  const beamSet = readBig("i1,2", binomial(ports.elements, beams));
  const windowed = hasWindow(parameters);
  const window = windowed ? read("i1,5", 2 * vectors) : 0;
  const windowStart = window === 0 ? 0 : window - 2 * vectors;
  const map = windowMap(parameters, vectors, windowStart);
  const places = (windowed ? 2 * vectors : parameters.subbands) - 1;
  const bases = layers.map((layer) => {
    const set = readBig(`i1,6,${layer}`, basisSets(parameters, rank));
    const chosen = unrankDescending(set, places, vectors - 1);
    return Int32Array.of(0, ...chosen.map(windowed ? map.fromPosition : (position) => position + 1));
  });
  const bitmaps = layers.map((layer) => {
    const bits = readBig(`i1,7,${layer}`, 1n << BigInt(rows * vectors));
    const bitmap = new Uint8Array(rows * vectors);
    for (let place = 0; place < rows * vectors; place++) {
      const at = (place % rows) * vectors + Math.floor(place / rows);
      bitmap[at] = Number((bits >> BigInt(rows * vectors - 1 - place)) & 1n);
    }
    return bitmap;
  });
  const counts = bitmaps.map((bitmap) => bitmap.reduce((a, b) => a + b, 0));
  if (counts.some((count) => count > maximumCoefficients)) {
    corrupt(`a layer must have at most ${maximumCoefficients} coefficients, received ${counts.join(", ")}`);
  }
  if (counts.reduce((a, b) => a + b, 0) !== total) {
    corrupt(`the bitmaps must have ${total} coefficients, received ${counts.join(", ")}`);
  }
  const strongest = layers.map((layer, l) => {
    const index = read(`i1,8,${layer}`, rank === 1 ? total : rows);
    if (rank > 1) {
      if (bitmaps[l][index * vectors] === 0)
        corrupt(`i1,8,${layer} must name a coefficient that is not zero`);
      return index;
    }
    let left = index;
    for (let i = 0; i < rows; i++) if (bitmaps[l][i * vectors] === 1 && left-- === 0) return i;
    return corrupt(`i1,8,${layer} must name a coefficient of the first basis vector, received ${index}`);
  });
  const references = layers.map((layer, l) => {
    if (ports.polarizations === 1) return [15];
    const other = read(`i2,3,${layer}`, 16);
    if (other === 0) corrupt(`i2,3,${layer} must not be 0, which is reserved`);
    return strongest[l] < beams ? [15, other] : [other, 15];
  });
  const values = (name: string, width: number, ofStrongest: number): Uint8Array[] => {
    const bits = readBig(name, 1n << BigInt(width * (total - rank)));
    let left = total - rank;
    return layers.map((_, l) => {
      const filled = new Uint8Array(rows * vectors);
      filled[strongest[l] * vectors] = ofStrongest;
      for (const at of coefficientPlaces({ bitmap: bitmaps[l], strongest: strongest[l] }, rows, vectors)) {
        filled[at] = Number((bits >> BigInt(width * --left)) & ((1n << BigInt(width)) - 1n));
      }
      return filled;
    });
  };
  const amplitudes = values("i2,4", 3, 7);
  const phases = values("i2,5", 4, 0);
  const reference = parameters.receivers === 1 ? readReference(reader, parameters.subbands) : undefined;
  reader.finish();
  return {
    rotation: [Math.floor(rotation / ports.o2), rotation % ports.o2],
    beams: Int32Array.from(unrankDescending(beamSet, ports.elements, beams)),
    windowStart,
    layers: layers.map((_, l) => ({
      basis: bases[l],
      strongest: strongest[l],
      bitmap: bitmaps[l],
      reference: references[l],
      amplitudes: amplitudes[l],
      phases: phases[l],
    })),
    ...(reference === undefined ? {} : { reference }),
  };
}

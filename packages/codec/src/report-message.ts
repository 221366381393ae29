// One report as symbols of the range coder, and back: the number of values, the index
// set, the values, the mean and the scale. Not a frame yet: frame.ts adds version,
// check and end.
import { invalid } from "@csi-feedback/common/errors";
import type { Prepared } from "./configuration";
import { type Adaptive, assertIndexSet, readIndexSet, writeIndexSet } from "./index-set";
import { corrupt, type RangeDecoder, type RangeEncoder } from "./range-coder";

/** One CSI report as the networks see it. */
export interface Report {
  /** The M values, in ascending order of position. */
  readonly values: Float32Array;
  /** Positions of the values in `[2, delays, antennas]`, ascending; absent for dense codewords. */
  readonly positions?: Int32Array;
  /** Mean of the sample, from 0 to 1; present exactly where the configuration sends it. */
  readonly mean?: number;
  /** Physical scale of the sample; present exactly where the configuration sends it. */
  readonly scale?: number;
}

export function writeReport(
  encoder: RangeEncoder,
  report: Report,
  settings: Prepared,
  adaptive: Adaptive,
): void {
  const places = namedPlaces(report, settings);
  const { values } = report;
  if (settings.elements === undefined) {
    const step = settings.addressing === "complex" ? 2 : 1;
    encoder.encodeUniform(values.length / step, settings.bound / step + 1);
  }
  if (places !== undefined) {
    writeIndexSet(encoder, places, settings.universe, settings.indexCode, adaptive);
  }
  writeValues(encoder, values, settings);
  if (settings.meanBits > 0) {
    const steps = 2 ** settings.meanBits;
    encoder.encodeBits(Math.min(steps - 1, Math.round((report.mean as number) * steps)), settings.meanBits);
  }
  if (settings.scaleBits > 0) {
    const [minimum, maximum] = settings.scaleRange;
    const share = Math.log((report.scale as number) / minimum) / Math.log(maximum / minimum);
    encoder.encodeBits(Math.round(share * (2 ** settings.scaleBits - 1)), settings.scaleBits);
  }
}

export function readReport(decoder: RangeDecoder, settings: Prepared, adaptive: Adaptive): Report {
  const { bound, addressing, plane } = settings;
  const step = addressing === "complex" ? 2 : 1;
  const elements = settings.elements ?? decoder.decodeUniform(bound / step + 1) * step;
  let positions: Int32Array | undefined;
  if (addressing !== "none") {
    const places = new Int32Array(elements / step);
    if (places.length > settings.universe)
      corrupt("decodeReport", "positions must fit the shape", places.length);
    readIndexSet(decoder, places, settings.universe, settings.indexCode, adaptive);
    positions = addressing === "complex" ? bothPlanes(places, plane) : places;
  }
  const values = readValues(decoder, elements, settings);
  let mean: number | undefined;
  if (settings.meanBits > 0) mean = decoder.decodeBits(settings.meanBits) / 2 ** settings.meanBits;
  let scale: number | undefined;
  if (settings.scaleBits > 0) {
    const [minimum, maximum] = settings.scaleRange;
    const share = decoder.decodeBits(settings.scaleBits) / (2 ** settings.scaleBits - 1);
    scale = minimum * (maximum / minimum) ** share;
  }
  return {
    values,
    ...(positions === undefined ? {} : { positions }),
    ...(mean === undefined ? {} : { mean }),
    ...(scale === undefined ? {} : { scale }),
  };
}

function writeValues(encoder: RangeEncoder, values: Float32Array, settings: Prepared): void {
  const { quantizer, cumulative } = settings;
  if (quantizer === "float32") {
    const words = new Uint32Array(values.slice().buffer);
    for (const word of words) encoder.encodeBits(word, 32);
    return;
  }
  const indices = quantizer.encode(values);
  if (cumulative === undefined) {
    for (const index of indices) encoder.encode(index, 1, quantizer.size);
    return;
  }
  const total = cumulative[quantizer.size];
  for (const index of indices)
    encoder.encode(cumulative[index], cumulative[index + 1] - cumulative[index], total);
}

function readValues(decoder: RangeDecoder, count: number, settings: Prepared): Float32Array {
  const { quantizer, cumulative } = settings;
  if (quantizer === "float32") {
    const words = new Uint32Array(count);
    for (let i = 0; i < count; i++) words[i] = decoder.decodeBits(32);
    return new Float32Array(words.buffer);
  }
  const indices = new Uint16Array(Math.ceil(count / quantizer.dimension));
  if (cumulative === undefined) {
    for (let i = 0; i < indices.length; i++) indices[i] = decoder.decodeUniform(quantizer.size);
    return quantizer.decode(indices, new Float32Array(count));
  }
  const total = cumulative[quantizer.size];
  for (let i = 0; i < indices.length; i++) {
    const place = decoder.locate(total);
    let low = 0;
    let high = quantizer.size;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] <= place) low = middle;
      else high = middle;
    }
    decoder.consume(cumulative[low], cumulative[low + 1] - cumulative[low], total);
    indices[i] = low;
  }
  return quantizer.decode(indices, new Float32Array(count));
}

/** Checks a report against the configuration; returns the places that its index set names. */
function namedPlaces(report: Report, settings: Prepared): Int32Array | undefined {
  const { values, positions, mean, scale } = report;
  const { elements, addressing, bound, plane, scaleRange } = settings;
  if (values.length > bound || (elements !== undefined && values.length !== elements)) {
    bad(elements === undefined ? `at most ${bound} values` : `exactly ${elements} values`, values.length);
  }
  if (settings.quantizer === "float32" && !values.every(Number.isFinite))
    bad("values must be finite", "others");
  if (settings.meanBits > 0 ? !(mean !== undefined && mean >= 0 && mean <= 1) : mean !== undefined) {
    bad(settings.meanBits > 0 ? "mean must be from 0 to 1" : "this configuration sends no mean", mean);
  }
  const scaleFits = scale !== undefined && scale >= scaleRange[0] && scale <= scaleRange[1];
  if (settings.scaleBits > 0 ? !scaleFits : scale !== undefined) {
    bad(
      settings.scaleBits > 0 ? `scale must be within [${scaleRange}]` : "this configuration sends no scale",
      scale,
    );
  }
  if (addressing === "none") {
    if (positions !== undefined) bad("a dense codeword has no positions", positions);
    return undefined;
  }
  if (positions?.length !== values.length) bad("there must be one position a value", positions);
  assertIndexSet("encodeReport", positions, bound);
  return addressing === "real" ? positions : oneplane(positions, plane);
}

/** The complex entries whose two parts `positions` names; throws when it names one part alone. */
function oneplane(positions: Int32Array, plane: number): Int32Array {
  const half = positions.length / 2;
  for (let i = 0; i < half; i++) {
    if (positions[i] + plane !== positions[half + i]) {
      bad("complex addressing needs both parts of every entry; one is alone at position", positions[i]);
    }
  }
  return positions.subarray(0, half);
}

function bothPlanes(places: Int32Array, plane: number): Int32Array {
  const positions = new Int32Array(2 * places.length);
  positions.set(places);
  for (let i = 0; i < places.length; i++) positions[places.length + i] = places[i] + plane;
  return positions;
}

function bad(rule: string, received: unknown): never {
  invalid("INVALID_REPORT", "encodeReport", rule, received);
}

// The wire format of one CSI report: a check, then one range-coded message that
// holds the version, the number of values, the index set, the values, the mean and
// the scale. docs/frame-format.md describes it bit by bit.
import { invalid } from "@csi-feedback/common/errors";
import { type FrameConfiguration, type Prepared, prepare } from "./configuration";
import { crc } from "./crc";
import { assertIndexSet, decodeEnumerative, decodeFixed, encodeEnumerative, encodeFixed } from "./index-set";
import { corrupt, RangeDecoder, RangeEncoder } from "./range-coder";

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

const VERSION = 1;

/**
 * The frame of one report, as it goes on air.
 *
 * @throws CsiFeedbackError `INVALID_REPORT`, `INVALID_POSITIONS` or `NOT_FINITE` for a report that
 * the configuration cannot carry, `INVALID_CONFIGURATION` for a bad configuration.
 *
 * @example
 * ```ts
 * import { decodeReport, designLloydMax, encodeReport } from "@csi-feedback/codec";
 *
 * const { quantizer } = designLloydMax([0.1, 0.2, 0.4, 0.6, 0.8, 0.9], { bits: 2 });
 * const configuration = { shape: [2, 32, 32], quantizer } as const;
 * const report = { values: Float32Array.of(0.9, 0.1), positions: Int32Array.of(3, 1027), mean: 0.5 };
 * const bytes = encodeReport(report, configuration);
 * console.log(bytes.length, Array.from(decodeReport(bytes, configuration).positions ?? [])); // 9 [ 3, 1027 ]
 * ```
 */
export function encodeReport(report: Report, configuration: FrameConfiguration): Uint8Array {
  const settings = prepare(configuration);
  return frame(payload(report, settings).bytes, settings);
}

/** What a report costs. */
export interface FrameSize {
  /** Bits of the frame, check included, before the last byte is filled up with zeros. */
  readonly bits: number;
  /** Bytes on air. */
  readonly bytes: number;
}

/** Size of the frame that {@link encodeReport} gives, without keeping it. */
export function frameBits(report: Report, configuration: FrameConfiguration): FrameSize {
  const settings = prepare(configuration);
  const { bits, bytes } = payload(report, settings);
  return { bits: settings.crcBits + bits, bytes: settings.crcBits / 8 + bytes.length };
}

/**
 * The report in a frame.
 *
 * @throws CsiFeedbackError `CORRUPT_FRAME` for bytes that {@link encodeReport} cannot have made with
 * this configuration: any flipped bit, any truncation; `UNSUPPORTED_VERSION` for a sound frame of a
 * later format. Nothing is allocated beyond the elements of the configuration's shape.
 */
export function decodeReport(bytes: Uint8Array, configuration: FrameConfiguration): Report {
  const settings = prepare(configuration);
  const checkBytes = settings.crcBits / 8;
  if (!(bytes instanceof Uint8Array) || bytes.length <= checkBytes) {
    corrupt("decodeReport", `a frame must be more than ${checkBytes} bytes`, bytes);
  }
  let sent = 0;
  for (let i = 0; i < checkBytes; i++) sent = sent * 256 + bytes[i];
  if (sent !== crc(settings.crcBits, settings.crcInitial, bytes, checkBytes)) {
    corrupt("decodeReport", "the check must match the frame and its configuration", sent);
  }
  const decoder = new RangeDecoder(bytes.subarray(checkBytes));
  const version = decoder.decodeBits(3);
  if (version !== VERSION) {
    invalid("UNSUPPORTED_VERSION", "decodeReport", `frames of version ${VERSION} can be read`, version);
  }
  if (decoder.decodeBits(1) !== 0) corrupt("decodeReport", "the frame must hold one report", "a batch");
  const report = readReport(decoder, settings);
  const bits = decoder.finish();
  const length = checkBytes + Math.ceil(bits / 8);
  if (length !== bytes.length)
    corrupt("decodeReport", `the frame must end after ${length} bytes`, bytes.length);
  if (bytes[length - 1] & (0xff >> (((bits + 7) % 8) + 1))) {
    corrupt("decodeReport", "the bits after the message must be zero", bytes[length - 1]);
  }
  return report;
}

function frame(message: Uint8Array, settings: Prepared): Uint8Array {
  const checkBytes = settings.crcBits / 8;
  const bytes = new Uint8Array(checkBytes + message.length);
  bytes.set(message, checkBytes);
  const check = crc(settings.crcBits, settings.crcInitial, message);
  for (let i = 0; i < checkBytes; i++) bytes[i] = check >>> (8 * (checkBytes - 1 - i));
  return bytes;
}

function payload(report: Report, settings: Prepared): { bytes: Uint8Array; bits: number } {
  const encoder = new RangeEncoder();
  encoder.encodeBits(VERSION, 3);
  encoder.encodeBits(0, 1);
  writeReport(encoder, report, settings);
  return encoder.finish();
}

function writeReport(encoder: RangeEncoder, report: Report, settings: Prepared): void {
  const places = namedPlaces(report, settings);
  const { values } = report;
  if (settings.elements === undefined) {
    const step = settings.addressing === "complex" ? 2 : 1;
    encoder.encodeUniform(values.length / step, settings.bound / step + 1);
  }
  if (places !== undefined) {
    const write = settings.indexCode === "fixed" ? encodeFixed : encodeEnumerative;
    write(encoder, places, settings.universe);
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

function readReport(decoder: RangeDecoder, settings: Prepared): Report {
  const { bound, addressing, plane } = settings;
  const step = addressing === "complex" ? 2 : 1;
  const elements = settings.elements ?? decoder.decodeUniform(bound / step + 1) * step;
  let positions: Int32Array | undefined;
  if (addressing !== "none") {
    const places = new Int32Array(elements / step);
    if (places.length > settings.universe)
      corrupt("decodeReport", "positions must fit the shape", places.length);
    const read = settings.indexCode === "fixed" ? decodeFixed : decodeEnumerative;
    read(decoder, places, settings.universe);
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
    const words = new DataView(values.slice().buffer);
    for (let i = 0; i < values.length; i++)
      encoder.encodeBits(new Uint32Array(words.buffer, 4 * i, 1)[0], 32);
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
  const indices = new Uint16Array(count);
  if (cumulative === undefined) {
    for (let i = 0; i < count; i++) indices[i] = decoder.decodeUniform(quantizer.size);
    return quantizer.decode(indices);
  }
  const total = cumulative[quantizer.size];
  for (let i = 0; i < count; i++) {
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
  return quantizer.decode(indices);
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

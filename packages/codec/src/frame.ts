// The wire format: a check, then one range-coded message that holds the version and
// one report, or a batch of them. docs/frame-format.md describes it bit by bit.
import { invalid } from "@csi-feedback/common/errors";
import { type FrameConfiguration, type Prepared, prepare } from "./configuration";
import { crc } from "./crc";
import { startAdaptive } from "./index-set";
import { corrupt, RangeDecoder, RangeEncoder } from "./range-coder";
import { type Report, readReport, writeReport } from "./report-message";

const VERSION = 1;
const MOST_REPORTS = 65535;

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
  return frame(message([report], false, settings).bytes, settings);
}

/**
 * The frame of several reports: one check, one message, one end. The position model, where there is
 * one, goes on adapting from report to report.
 *
 * @throws CsiFeedbackError as {@link encodeReport}; `INVALID_REPORT` for more than 65,535 reports.
 */
export function encodeReports(reports: readonly Report[], configuration: FrameConfiguration): Uint8Array {
  const settings = prepare(configuration);
  return frame(message(reports, true, settings).bytes, settings);
}

/** What a report or a batch costs. */
export interface FrameSize {
  /** Bits of the frame, check included, before the last byte is filled up with zeros. */
  readonly bits: number;
  /** Bytes on air. */
  readonly bytes: number;
}

/** Size of the frame that {@link encodeReport}, or for an array {@link encodeReports}, gives. */
export function frameBits(report: Report | readonly Report[], configuration: FrameConfiguration): FrameSize {
  const settings = prepare(configuration);
  const batch = isBatch(report);
  const { bits, bytes } = message(batch ? report : [report], batch, settings);
  return { bits: settings.crcBits + bits, bytes: settings.crcBits / 8 + bytes.length };
}

function isBatch(report: Report | readonly Report[]): report is readonly Report[] {
  return Array.isArray(report);
}

/**
 * The report in a frame.
 *
 * @throws CsiFeedbackError `CORRUPT_FRAME` for bytes that {@link encodeReport} cannot have made with
 * this configuration: any flipped bit, any truncation; `UNSUPPORTED_VERSION` for a sound frame of a
 * later format. Nothing is allocated beyond the elements of the configuration's shape.
 */
export function decodeReport(bytes: Uint8Array, configuration: FrameConfiguration): Report {
  return decode(bytes, false, prepare(configuration), 1, "decodeReport")[0];
}

/**
 * The reports in a frame of {@link encodeReports}.
 *
 * @param options.maximumReports - a frame that claims more is refused before it is read. Default 65,535.
 * @throws CsiFeedbackError as {@link decodeReport}.
 *
 * @example
 * ```ts
 * import { decodeReports, encodeReport, encodeReports, uniformQuantizer } from "@csi-feedback/codec";
 *
 * const configuration = { shape: [2, 32, 32], quantizer: uniformQuantizer({ bits: 4, minimum: 0, maximum: 1 }) } as const;
 * const reports = [3, 4, 5].map((p) => ({ values: Float32Array.of(0.9), positions: Int32Array.of(p), mean: 0.5 }));
 * const batch = encodeReports(reports, configuration);
 * console.log(batch.length, 3 * encodeReport(reports[0], configuration).length); // 19 24
 * console.log(decodeReports(batch, configuration).map((report) => report.positions?.[0])); // [ 3, 4, 5 ]
 * ```
 */
export function decodeReports(
  bytes: Uint8Array,
  configuration: FrameConfiguration,
  options: { readonly maximumReports?: number } = {},
): Report[] {
  return decode(bytes, true, prepare(configuration), options.maximumReports ?? MOST_REPORTS, "decodeReports");
}

function frame(content: Uint8Array, settings: Prepared): Uint8Array {
  const checkBytes = settings.crcBits / 8;
  const bytes = new Uint8Array(checkBytes + content.length);
  bytes.set(content, checkBytes);
  const check = crc(settings.crcBits, settings.crcInitial, content);
  for (let i = 0; i < checkBytes; i++) bytes[i] = check >>> (8 * (checkBytes - 1 - i));
  return bytes;
}

function message(
  reports: readonly Report[],
  batch: boolean,
  settings: Prepared,
): { bytes: Uint8Array; bits: number } {
  if (reports.length > MOST_REPORTS) {
    invalid(
      "INVALID_REPORT",
      "encodeReports",
      `a batch holds at most ${MOST_REPORTS} reports`,
      reports.length,
    );
  }
  const encoder = new RangeEncoder();
  encoder.encodeBits(VERSION, 3);
  encoder.encodeBits(batch ? 1 : 0, 1);
  if (batch) encoder.encodeBits(reports.length, 16);
  const adaptive = startAdaptive(settings.indexCode);
  for (const report of reports) writeReport(encoder, report, settings, adaptive);
  return encoder.finish();
}

function decode(
  bytes: Uint8Array,
  batch: boolean,
  settings: Prepared,
  maximumReports: number,
  functionName: string,
): Report[] {
  const checkBytes = settings.crcBits / 8;
  if (!(bytes instanceof Uint8Array) || bytes.length <= checkBytes) {
    corrupt(functionName, `a frame must be more than ${checkBytes} bytes`, bytes);
  }
  let sent = 0;
  for (let i = 0; i < checkBytes; i++) sent = sent * 256 + bytes[i];
  if (sent !== crc(settings.crcBits, settings.crcInitial, bytes, checkBytes)) {
    corrupt(functionName, "the check must match the frame and its configuration", sent);
  }
  const decoder = new RangeDecoder(bytes.subarray(checkBytes));
  const version = decoder.decodeBits(3);
  if (version !== VERSION) {
    invalid("UNSUPPORTED_VERSION", functionName, `frames of version ${VERSION} can be read`, version);
  }
  if ((decoder.decodeBits(1) === 1) !== batch) {
    corrupt(
      functionName,
      `the frame must hold ${batch ? "a batch" : "one report"}`,
      batch ? "one report" : "a batch",
    );
  }
  const count = batch ? decoder.decodeBits(16) : 1;
  if (count > maximumReports) corrupt(functionName, `at most ${maximumReports} reports are accepted`, count);
  const adaptive = startAdaptive(settings.indexCode);
  const reports: Report[] = [];
  for (let i = 0; i < count; i++) reports.push(readReport(decoder, settings, adaptive));
  const bits = decoder.finish();
  const length = checkBytes + Math.ceil(bits / 8);
  if (length !== bytes.length)
    corrupt(functionName, `the frame must end after ${length} bytes`, bytes.length);
  if (bytes[length - 1] & (0xff >> (((bits + 7) % 8) + 1))) {
    corrupt(functionName, "the bits after the message must be zero", bytes[length - 1]);
  }
  return reports;
}

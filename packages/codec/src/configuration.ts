// What both ends of the link agree on beforehand, and what follows from it: nothing
// here is ever sent, except that the frame's check depends on its fingerprint.
import { invalid } from "@csi-feedback/common/errors";
import { type CrcBits, crc } from "./crc";
import { PositionModel, type PositionModelJson } from "./position-model";
import {
  isValueQuantizer,
  quantizerFromJson,
  type ValueQuantizer,
  type ValueQuantizerJson,
} from "./value-quantizer";

/**
 * The agreement between the two ends of the link. Treat it as frozen once it is used.
 */
export interface FrameConfiguration {
  /** Shape of a channel sample, `[2, delays, antennas]`; also bounds what a decoder accepts. */
  readonly shape: readonly [planes: number, delays: number, antennas: number];
  /** M, the number of values, when every report has the same. Absent: each frame carries its M. */
  readonly elements?: number;
  /** Quantizer of the values; `"float32"` sends them as they are, at 32 bits. */
  readonly quantizer: ValueQuantizer | "float32";
  /** `"fixed"` (default): log2(levels) bits a value. `"entropy"`: arithmetic coding by the quantizer's probabilities. */
  readonly valueCode?: "fixed" | "entropy";
  /**
   * `"fixed"`: ceil(log2 n) bits a position, as the paper. `"enumerative"` (default): log2 C(n, M) bits
   * for the set. A {@link PositionModel}: adaptive arithmetic coding by what training reports named.
   */
  readonly indexCode?: "fixed" | "enumerative" | PositionModel;
  /**
   * What a position is: one of the `2 x delays x antennas` real elements (`"real"`, default), one of the
   * `delays x antennas` complex entries whose two parts are both sent (`"complex"`), or nothing: a dense
   * codeword (`"none"`).
   */
  readonly addressing?: "real" | "complex" | "none";
  /** Bits of the mean, a fixed-point number in [0, 1], 0 to 32; 0 sends none. Default 12, or 0 for dense codewords. */
  readonly meanBits?: number;
  /** Bits of the physical scale on a logarithmic grid over `scaleRange`, 0 to 32; 0 (default) sends none. */
  readonly scaleBits?: number;
  /** Smallest and largest scale. Default `[2 ** -40, 2 ** 24]`. */
  readonly scaleRange?: readonly [minimum: number, maximum: number];
  /** Width of the check: 8, 16 (default), 24 or 32 bits. */
  readonly crcBits?: CrcBits;
}

/** A configuration with defaults filled in and tables made. */
export interface Prepared {
  readonly elements: number | undefined;
  /** Most values of a report. */
  readonly bound: number;
  /** Places that a position can name; 0 for dense codewords. */
  readonly universe: number;
  /** Real elements of one plane. */
  readonly plane: number;
  readonly quantizer: ValueQuantizer | "float32";
  /** Running sums of the index frequencies, or undefined for the fixed code. */
  readonly cumulative: Uint32Array | undefined;
  readonly indexCode: "fixed" | "enumerative" | PositionModel;
  readonly addressing: "real" | "complex" | "none";
  readonly meanBits: number;
  readonly scaleBits: number;
  readonly scaleRange: readonly [number, number];
  readonly crcBits: CrcBits;
  readonly crcInitial: number;
}

const prepared = new WeakMap<FrameConfiguration, Prepared>();

/** Checks a configuration once and remembers what follows from it. */
export function prepare(configuration: FrameConfiguration): Prepared {
  let known = prepared.get(configuration);
  if (known === undefined) {
    known = check(configuration);
    prepared.set(configuration, known);
  }
  return known;
}

/** Every setting, the defaults filled in. */
function complete(configuration: FrameConfiguration) {
  const { shape, elements, quantizer, valueCode = "fixed", indexCode = "enumerative" } = configuration;
  const {
    addressing = "real",
    meanBits = addressing === "none" ? 0 : 12,
    scaleBits = 0,
    scaleRange = [2 ** -40, 2 ** 24] as const,
    crcBits = 16 as const,
  } = configuration;
  return {
    shape,
    elements,
    quantizer,
    valueCode,
    indexCode,
    addressing,
    meanBits,
    scaleBits,
    scaleRange,
    crcBits,
  };
}

function check(configuration: FrameConfiguration): Prepared {
  const { shape, elements, quantizer, valueCode, indexCode, ...rest } = complete(configuration);
  const { addressing, meanBits, scaleBits, scaleRange, crcBits } = rest;
  const positive = (size: number) => Number.isInteger(size) && size >= 1;
  if (shape?.length !== 3 || shape[0] !== 2 || !shape.every(positive)) {
    bad("shape must be [2, delays, antennas]", shape);
  }
  const plane = shape[1] * shape[2];
  const bound = 2 * plane;
  if (bound > 65536) bad("shape must hold at most 65536 elements", bound);
  if (elements !== undefined && !(Number.isInteger(elements) && elements >= 0 && elements <= bound)) {
    bad(`elements must be an integer from 0 to ${bound}`, elements);
  }
  if (quantizer !== "float32" && !isValueQuantizer(quantizer)) {
    bad('quantizer must be a quantizer of this package or "float32"', quantizer);
  }
  oneOf("valueCode", valueCode, ["fixed", "entropy"]);
  if (!(indexCode instanceof PositionModel)) oneOf("indexCode", indexCode, ["fixed", "enumerative"]);
  oneOf("addressing", addressing, ["real", "complex", "none"]);
  oneOf("crcBits", crcBits, [8, 16, 24, 32]);
  for (const [name, bits] of Object.entries({ meanBits, scaleBits })) {
    if (!(Number.isInteger(bits) && bits >= 0 && bits <= 32))
      bad(`${name} must be an integer from 0 to 32`, bits);
  }
  if (!(scaleRange[0] > 0 && scaleRange[1] > scaleRange[0] && Number.isFinite(scaleRange[1]))) {
    bad("scaleRange must be two positive finite numbers in ascending order", scaleRange);
  }
  if (addressing === "complex" && elements !== undefined && elements % 2 === 1) {
    bad("elements must be even where positions are complex entries", elements);
  }
  const universe = addressing === "real" ? bound : addressing === "complex" ? plane : 0;
  if (indexCode instanceof PositionModel) {
    const grid = [universe / plane, shape[1], shape[2]];
    if (!grid.every((size, i) => size === indexCode.grid[i])) {
      bad(`the position model must be for a grid of [${grid}]`, indexCode.grid);
    }
  }
  const fingerprint = configurationFingerprint(configuration);
  return {
    elements,
    bound,
    universe,
    plane,
    quantizer,
    cumulative: valueCode === "entropy" ? cumulativeFrequencies(quantizer) : undefined,
    indexCode,
    addressing,
    meanBits,
    scaleBits,
    scaleRange: [scaleRange[0], scaleRange[1]],
    crcBits,
    crcInitial: crcBits === 32 ? fingerprint : fold(fingerprint, crcBits),
  };
}

/** Integer frequencies, none zero, in proportion to the quantizer's probabilities, as running sums. */
function cumulativeFrequencies(quantizer: ValueQuantizer | "float32"): Uint32Array {
  if (quantizer === "float32" || quantizer.probabilities === undefined) {
    bad('valueCode "entropy" needs a quantizer with probabilities', quantizer);
  }
  const { probabilities, size } = quantizer;
  let sum = 0;
  for (const probability of probabilities) {
    if (!(probability >= 0)) bad("probabilities must not be negative", probability);
    sum += probability;
  }
  if (!(sum > 0 && Number.isFinite(sum))) bad("probabilities must have a positive finite sum", sum);
  const cumulative = new Uint32Array(size + 1);
  for (let i = 0; i < size; i++) {
    cumulative[i + 1] = cumulative[i] + 1 + Math.floor((probabilities[i] / sum) * (2 ** 20 - size));
  }
  return cumulative;
}

/**
 * A number that two ends with the same configuration share: CRC-32 of its canonical JSON. The
 * frame's check starts from it, so a frame read with another configuration is found out.
 */
export function configurationFingerprint(configuration: FrameConfiguration): number {
  return crc(32, 0xffffffff, new TextEncoder().encode(JSON.stringify(canonical(configuration))));
}

/** A configuration as plain JSON, what `JSON.stringify` makes of it. */
export type FrameConfigurationJson = Omit<FrameConfiguration, "quantizer" | "indexCode"> & {
  readonly quantizer: ValueQuantizerJson | "float32";
  readonly indexCode?: "fixed" | "enumerative" | PositionModelJson;
};

/**
 * The configuration that `JSON.stringify` wrote.
 *
 * @throws CsiFeedbackError `INVALID_CONFIGURATION`, `INVALID_QUANTIZER` or `INVALID_MODEL`.
 *
 * @example
 * ```ts
 * import { configurationFingerprint, configurationFromJson, uniformQuantizer } from "@csi-feedback/codec";
 *
 * const configuration = { shape: [2, 32, 32], quantizer: uniformQuantizer({ bits: 4, minimum: 0, maximum: 1 }) } as const;
 * const again = configurationFromJson(JSON.parse(JSON.stringify(configuration)));
 * console.log(configurationFingerprint(again) === configurationFingerprint(configuration)); // true
 * ```
 */
export function configurationFromJson(json: FrameConfigurationJson): FrameConfiguration {
  if (typeof json !== "object" || json === null) bad("a configuration must be an object", json);
  const { quantizer, indexCode } = json;
  const configuration: FrameConfiguration = {
    ...json,
    quantizer: quantizer === "float32" ? quantizer : quantizerFromJson(quantizer),
    ...(typeof indexCode === "object"
      ? { indexCode: new PositionModel(indexCode) }
      : { indexCode: indexCode ?? "enumerative" }),
  };
  prepare(configuration);
  return configuration;
}

/** Every setting in the order that fingerprints are made of. */
function canonical(configuration: FrameConfiguration): unknown[] {
  const settings = complete(configuration);
  return [
    settings.shape,
    settings.elements ?? null,
    settings.quantizer,
    settings.valueCode,
    settings.indexCode,
    settings.addressing,
    settings.meanBits,
    settings.scaleBits,
    settings.scaleRange,
    settings.crcBits,
  ];
}

function fold(fingerprint: number, bits: number): number {
  let folded = 0;
  for (let left = fingerprint; left > 0; left = Math.floor(left / 2 ** bits)) folded ^= left % 2 ** bits;
  return folded;
}

function oneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) bad(`${name} must be one of ${allowed.join(", ")}`, value);
}

function bad(rule: string, received: unknown): never {
  invalid("INVALID_CONFIGURATION", "configuration", rule, received);
}

// What a channel file says about itself beside its samples, and how that is laid
// out as HDF5 attributes. The layout in full is in the package's README.
import type { AngleOrder } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";
import type { Metadata, MetadataValue } from "../channel-set";

/** Everything of a channel file but its samples. */
export interface ChannelFileHeader {
  /** Of one sample: `[2, delays, antennas]`. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  readonly angleOrder: AngleOrder;
  /** Whether a scale is stored for each sample. */
  readonly scaled: boolean;
  /** Further numbers of each sample: name and how many. */
  readonly perSample: Readonly<Record<string, number>>;
  /** Facts about the whole set; the generator's parameters, seed and version belong here. */
  readonly metadata: Metadata;
}

/** Consecutive samples. */
export interface ChannelBlock {
  /** `[count, 2, delays, antennas]` in [0, 1]. */
  readonly data: Float32Array;
  /** `[count]`, present exactly when the header says so. */
  readonly scale?: Float32Array;
  /** `[count, k]` each, the names and sizes of the header. */
  readonly perSample: Readonly<Record<string, Float32Array>>;
}

export const FORMAT = "csi-feedback channels";
export const FORMAT_VERSION = 1;

/** Attributes that the layout itself uses. */
export const RESERVED_ATTRIBUTES: ReadonlySet<string> = new Set([
  "format",
  "format_version",
  "angle_order",
  "scaling",
]);

/**
 * Checks a header.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE`, `INVALID_ARGUMENT`.
 */
export function assertHeader(functionName: string, header: ChannelFileHeader): void {
  const [planes, delays, antennas] = header.shape;
  if (planes !== 2 || ![delays, antennas].every((size) => Number.isSafeInteger(size) && size >= 1)) {
    invalid("INVALID_SHAPE", functionName, "a sample must be [2, delays, antennas]", header.shape);
  }
  if (header.angleOrder !== "fft" && header.angleOrder !== "centered") {
    invalid("INVALID_ARGUMENT", functionName, 'angleOrder must be "fft" or "centered"', header.angleOrder);
  }
  for (const [name, width] of Object.entries(header.perSample)) {
    if (!isName(name) || !Number.isSafeInteger(width) || width < 1) {
      const rule = "a per-sample entry needs a name of letters, digits and underscores and a positive size";
      invalid("INVALID_ARGUMENT", functionName, rule, `${name}: ${width}`);
    }
  }
  for (const [name, value] of Object.entries(header.metadata)) {
    if (!isName(name) || RESERVED_ATTRIBUTES.has(name)) {
      const rule =
        "a metadata name is made of letters, digits and underscores and is not one of the layout's own";
      invalid("INVALID_ARGUMENT", functionName, rule, name);
    }
    if (!isStorable(value)) {
      const rule = `metadata ${name} must be text without zero characters, a number, a boolean or a list of numbers`;
      invalid("INVALID_ARGUMENT", functionName, rule, value);
    }
  }
}

function isName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name);
}

function isStorable(value: MetadataValue): boolean {
  if (typeof value === "string") return !value.includes("\0");
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => typeof item === "number");
  return typeof value === "number" || typeof value === "boolean";
}

/**
 * Checks that a block has what the header says, finite and in range.
 *
 * @returns the number of its samples.
 * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `OUT_OF_RANGE`.
 */
export function assertBlock(functionName: string, header: ChannelFileHeader, block: ChannelBlock): number {
  const size = header.shape[0] * header.shape[1] * header.shape[2];
  const count = block.data.length / size;
  if (!Number.isInteger(count)) {
    invalid("INVALID_SHAPE", functionName, `data must hold samples of ${size} values`, block.data.length);
  }
  const bad = block.data.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0) {
    const code = Number.isFinite(block.data[bad]) ? "OUT_OF_RANGE" : "NOT_FINITE";
    invalid(code, functionName, `data must be in [0, 1], but element ${bad} is not`, block.data[bad]);
  }
  if ((block.scale !== undefined) !== header.scaled || (block.scale?.length ?? count) !== count) {
    const rule = header.scaled
      ? `a scale is needed for each of ${count} samples`
      : "the header promises no scale";
    invalid("INVALID_SHAPE", functionName, rule, block.scale?.length ?? "none");
  }
  const badScale = block.scale?.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY)) ?? -1;
  if (badScale >= 0) {
    invalid(
      "OUT_OF_RANGE",
      functionName,
      `scale ${badScale} must be positive and finite`,
      block.scale![badScale],
    );
  }
  const names = Object.keys(block.perSample).sort().join();
  if (names !== Object.keys(header.perSample).sort().join()) {
    invalid(
      "INVALID_SHAPE",
      functionName,
      `per-sample entries must be ${Object.keys(header.perSample)}`,
      names,
    );
  }
  for (const [name, width] of Object.entries(header.perSample)) {
    if (block.perSample[name].length !== count * width) {
      invalid(
        "INVALID_SHAPE",
        functionName,
        `${name} must hold ${count * width} values`,
        block.perSample[name].length,
      );
    }
  }
  return count;
}

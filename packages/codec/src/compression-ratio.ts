// How many elements a compression ratio buys: equation 17 of the paper, its inverse,
// and Table II. What a report really costs in bits is measured by the frame.
import { invalid } from "@csi-feedback/common/errors";
import { elementsForBits } from "./allocation";
import { indexSetBits } from "./index-set-code";

export interface RatioOptions {
  /** Shape of a channel sample. Default `[2, 32, 32]`. */
  readonly shape?: readonly [planes: number, delays: number, antennas: number];
  /** q1: bits of a codeword value. Default 64, as the paper. */
  readonly valueBits?: number;
  /** q2: bits of a position index. Default 10, as the paper; 2,048 places need 11. */
  readonly indexBits?: number;
}

/**
 * Bits of a report by the paper's count, the numerator of eq. 17: M values and their mean at q1
 * bits, M positions at q2 bits.
 *
 * @example
 * ```ts
 * import { paperBits } from "@csi-feedback/codec";
 *
 * console.log(paperBits(221), paperBits(28)); // 16418 2136
 * ```
 */
export function paperBits(elements: number, options: RatioOptions = {}): number {
  const { valueBits = 64, indexBits = 10 } = options;
  return valueBits * (elements + 1) + indexBits * elements;
}

/**
 * Compression ratio of M elements, eq. 17: the bits of {@link paperBits} over those of the whole
 * sample at q1 bits a value.
 *
 * @example
 * ```ts
 * import { compressionRatio } from "@csi-feedback/codec";
 *
 * console.log(compressionRatio(221).toFixed(5)); // 0.12526
 * ```
 */
export function compressionRatio(elements: number, options: RatioOptions = {}): number {
  const { shape = [2, 32, 32], valueBits = 64 } = options;
  return paperBits(elements, options) / (valueBits * shape[0] * shape[1] * shape[2]);
}

/**
 * M, the number of elements to keep for a compression ratio.
 *
 * Rule `"paper"` gives Table II: eq. 17 solved at 1/8 and rounded up, then in proportion to the
 * ratio, rounded up again (221, 111, 56, 28 for 1/8, 1/16, 1/32, 1/64). It overspends by 0.2 to 4.3 %.
 * Rule `"budget"` gives the largest M whose bits stay within the ratio.
 *
 * @param ratio - from 0 (excluded) to 1, for example `1 / 8`.
 * @throws CsiFeedbackError `INVALID_RATIO`.
 *
 * @example
 * ```ts
 * import { elementsForRatio } from "@csi-feedback/codec";
 *
 * console.log(elementsForRatio(1 / 16, { rule: "paper" })); // 111
 * console.log(elementsForRatio(1 / 16, { rule: "budget" })); // 109
 * console.log(elementsForRatio(1 / 16, { rule: "budget", valueBits: 32, indexBits: 11 })); // 94
 * ```
 */
export function elementsForRatio(
  ratio: number,
  options: RatioOptions & { rule: "paper" | "budget" },
): number {
  if (!(ratio > 0 && ratio <= 1)) {
    invalid("INVALID_RATIO", "elementsForRatio", "the ratio must be above 0 and at most 1", ratio);
  }
  const { shape = [2, 32, 32], valueBits = 64, indexBits = 10 } = options;
  const places = shape[0] * shape[1] * shape[2];
  const exact = (share: number) => (share * valueBits * places - valueBits) / (valueBits + indexBits);
  const elements =
    options.rule === "paper" ? Math.ceil(8 * ratio * Math.ceil(exact(1 / 8))) : Math.floor(exact(ratio));
  if (elements < 1) {
    invalid(
      "INVALID_RATIO",
      "elementsForRatio",
      `the ratio must leave room for one of ${places} elements`,
      ratio,
    );
  }
  return Math.min(elements, places);
}

/** One row of Table II: a compression ratio, in bits as the paper counts them and in real ones. */
export interface TransmittingBits {
  /** 8 for a ratio of 1/8. */
  readonly denominator: number;
  /** Codeword values of a fixed-codeword network (CRNet). */
  readonly codeword: number;
  /** Its bits: the budget. */
  readonly codewordBits: number;
  /** M of the paper; the mean is one value more. */
  readonly elements: number;
  readonly valueBits: number;
  readonly indexBits: number;
  readonly totalBits: number;
  /** Largest M within the codeword's bits, at q1 bits a value, by index code. */
  readonly affordable: {
    /** q2 bits an index, the paper's count. */
    readonly paper: number;
    /** ceil(log2 n) bits, what an index among n real elements takes. */
    readonly fixed: number;
    /** log2 C(n, M) bits for the set. */
    readonly enumerative: number;
  };
}

/**
 * Table II of the paper, and beside it what the same bits buy when indices are counted honestly or
 * coded better.
 *
 * @example
 * ```ts
 * import { transmittingBits } from "@csi-feedback/codec";
 *
 * const [row] = transmittingBits();
 * console.log(row.codeword, row.codewordBits, row.elements, row.totalBits); // 256 16384 221 16418
 * console.log(row.affordable); // { paper: 220, fixed: 217, enumerative: 238 }
 * const [short] = transmittingBits({ valueBits: 4 });
 * console.log(short.affordable); // { paper: 72, fixed: 68, enumerative: 105 }
 * ```
 */
export function transmittingBits(
  options: RatioOptions & { readonly denominators?: readonly number[] } = {},
): TransmittingBits[] {
  const { shape = [2, 32, 32], valueBits = 64, indexBits = 10, denominators = [8, 16, 32, 64] } = options;
  const places = shape[0] * shape[1] * shape[2];
  return denominators.map((denominator) => {
    const elements = elementsForRatio(1 / denominator, { rule: "paper", shape });
    const codewordBits = (valueBits * places) / denominator;
    const within = (indices: (count: number) => number) =>
      elementsForBits(codewordBits, places, (count) => valueBits * (count + 1) + indices(count));
    return {
      denominator,
      codeword: places / denominator,
      codewordBits,
      elements,
      valueBits: valueBits * (elements + 1),
      indexBits: indexBits * elements,
      totalBits: paperBits(elements, options),
      affordable: {
        paper: within((count) => indexBits * count),
        fixed: within((count) => indexSetBits(places, count, "fixed")),
        enumerative: within((count) => indexSetBits(places, count, "enumerative")),
      },
    };
  });
}

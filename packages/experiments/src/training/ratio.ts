// The compression ratios of the paper's tables, and how many elements they keep.
import { elementsForRatio } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";

/** The compression ratios of the paper's tables. */
export const paperRatios = ["1/8", "1/16", "1/32", "1/64"] as const;

/** A compression ratio of the paper. */
export type Ratio = (typeof paperRatios)[number];

/**
 * Reads `1/8`.
 *
 * @throws CsiFeedbackError `INVALID_RATIO`.
 *
 * @example
 * ```ts
 * import { elementsAt, parseRatio } from "@csi-feedback/experiments";
 *
 * console.log(elementsAt(parseRatio("1/8"))); // 221
 * ```
 */
export function parseRatio(text: string): Ratio {
  const ratio = paperRatios.find((known) => known === text);
  return ratio ?? invalid("INVALID_RATIO", "ratio", `must be one of ${paperRatios.join(", ")}`, text);
}

/** 8 for 1/8. */
export function denominatorOf(ratio: Ratio): number {
  return Number(ratio.slice(2));
}

/** M of Table II: the elements that a report keeps. */
export function elementsAt(ratio: Ratio): number {
  return elementsForRatio(1 / denominatorOf(ratio), { rule: "paper" });
}

// What every design shares: how large the quantizer is, and what is said of the result.
import { invalid } from "@csi-feedback/common/errors";
import type { ScalarQuantizer } from "./scalar-quantizer";

/** Size of a quantizer: `bits` of an index (1 to 16), or a number of `levels` (1 to 65,536). */
export type QuantizerSize =
  | { readonly bits: number; readonly levels?: never }
  | { readonly levels: number; readonly bits?: never };

/** A designed quantizer and what it does to the data it was designed on. */
export interface QuantizerDesign {
  readonly quantizer: ScalarQuantizer;
  /** Mean squared error, in the square of the data's unit. */
  readonly meanSquaredError: number;
  /** Entropy of the indices [bits]: what an ideal entropy code would spend on one. */
  readonly entropy: number;
  /** Iterations of the start that won. */
  readonly iterations: number;
  /** False when `maximumIterations` ended the design. */
  readonly converged: boolean;
}

/** The number of levels; throws `INVALID_BITS` or `INVALID_LEVELS`. */
export function levelCount(functionName: string, size: QuantizerSize): number {
  if (size.levels === undefined) {
    const { bits } = size;
    if (!(Number.isInteger(bits) && bits >= 1 && bits <= 16)) {
      invalid("INVALID_BITS", functionName, "bits must be an integer from 1 to 16", bits);
    }
    return 2 ** bits;
  }
  if (!(Number.isInteger(size.levels) && size.levels >= 1 && size.levels <= 65536)) {
    invalid("INVALID_LEVELS", functionName, "levels must be an integer from 1 to 65536", size.levels);
  }
  return size.levels;
}

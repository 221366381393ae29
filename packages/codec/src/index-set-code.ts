// An index set coded alone, outside any frame: for measuring the codes, and for
// formats of one's own. Both ends must know the number of places and of positions.
import { invalid } from "@csi-feedback/common/errors";
import {
  assertIndexSet,
  type IndexCode,
  indexWidth,
  log2Binomial,
  readIndexSet,
  startAdaptive,
  writeIndexSet,
} from "./index-set";
import { PositionModel } from "./position-model";
import { RangeDecoder, RangeEncoder } from "./range-coder";

/**
 * An index set alone. `bits` is its length before the last byte is filled up with zeros.
 *
 * `"enumerative"` codes place after place "selected or not" with the exact probability
 * `left / remaining`; the product over the walk is 1 / C(n, M) for every set, so the code is as short
 * as the combinadic rank's, within one bit of log2 C(n, M), without big integers (T. M. Cover,
 * "Enumerative source encoding", 1973). O(n).
 *
 * @param positions - ascending, from 0 to `places - 1`.
 * @throws CsiFeedbackError `INVALID_POSITIONS` or `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { decodeIndexSet, encodeIndexSet, log2Binomial } from "@csi-feedback/codec";
 *
 * const { bytes, bits } = encodeIndexSet([3, 17, 400], { places: 2048, code: "enumerative" });
 * console.log(bits, log2Binomial(2048, 3).toFixed(2), encodeIndexSet([3, 17, 400], { places: 2048, code: "fixed" }).bits); // 31 30.41 33
 * console.log(Array.from(decodeIndexSet(bytes, { places: 2048, count: 3, code: "enumerative" }))); // [ 3, 17, 400 ]
 * ```
 */
export function encodeIndexSet(
  positions: ArrayLike<number>,
  options: { readonly places: number; readonly code: IndexCode },
): { bytes: Uint8Array; bits: number } {
  const { places, code } = options;
  assertPlaces("encodeIndexSet", places, code);
  assertIndexSet("encodeIndexSet", positions, places);
  const encoder = new RangeEncoder();
  writeIndexSet(encoder, positions, places, code, startAdaptive(code));
  return encoder.finish(code !== "fixed");
}

/**
 * The index set of {@link encodeIndexSet}. There is no check: damaged bytes give another set, or
 * `CORRUPT_FRAME`.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` or `CORRUPT_FRAME`.
 */
export function decodeIndexSet(
  bytes: Uint8Array,
  options: { readonly places: number; readonly count: number; readonly code: IndexCode },
): Int32Array {
  const { places, count, code } = options;
  assertPlaces("decodeIndexSet", places, code);
  if (!(Number.isInteger(count) && count >= 0 && count <= places)) {
    invalid("INVALID_ARGUMENT", "decodeIndexSet", `count must be an integer from 0 to ${places}`, count);
  }
  const positions = new Int32Array(count);
  const decoder = new RangeDecoder(bytes);
  readIndexSet(decoder, positions, places, code, startAdaptive(code));
  return positions;
}

/**
 * Bits of an index set whose code does not depend on the set: `count x ceil(log2 places)` for
 * `"fixed"`, log2 C(places, count) for `"enumerative"` (not rounded: a frame rounds up once, at its end).
 */
export function indexSetBits(places: number, count: number, code: "fixed" | "enumerative"): number {
  return code === "fixed" ? count * indexWidth(places) : log2Binomial(places, count);
}

function assertPlaces(functionName: string, places: number, code: IndexCode): void {
  if (!(Number.isInteger(places) && places >= 1 && places <= 65536)) {
    invalid("INVALID_ARGUMENT", functionName, "places must be an integer from 1 to 65536", places);
  }
  if (code instanceof PositionModel && code.places !== places) {
    invalid("INVALID_ARGUMENT", functionName, `the position model is for ${code.places} places`, places);
  }
}

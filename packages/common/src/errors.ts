// The one error class of the csi-feedback packages. A code is stable across
// versions and is what programs should test; the message is for people.

const brand = Symbol.for("csi-feedback.error");

/**
 * An error with a stable `code`, such as `"INVALID_SHAPE"`.
 *
 * @example
 * ```ts
 * import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
 *
 * const error = new CsiFeedbackError("INVALID_RATIO", "parseRatio: expected 1/N, received 3");
 * console.log(error.code, isCsiFeedbackError(error)); // INVALID_RATIO true
 * ```
 */
export class CsiFeedbackError extends Error {
  readonly code: string;
  readonly [brand] = true;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CsiFeedbackError";
    this.code = code;
  }
}

/**
 * True for any {@link CsiFeedbackError}, also one thrown by another copy of this
 * module (bundlers may duplicate it, so `instanceof` is not reliable).
 */
export function isCsiFeedbackError(error: unknown): error is CsiFeedbackError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * Throws a {@link CsiFeedbackError} whose message reads
 * `functionName: rule, received value`.
 *
 * @example
 * ```ts
 * import { invalid } from "@csi-feedback/common";
 *
 * try {
 *   invalid("INVALID_ARGUMENT", "selectLargest", "count must be an integer from 1 to 2048", 0);
 * } catch (error) {
 *   console.log((error as Error).message); // selectLargest: count must be an integer from 1 to 2048, received 0
 * }
 * ```
 */
export function invalid(code: string, functionName: string, rule: string, received: unknown): never {
  throw new CsiFeedbackError(code, `${functionName}: ${rule}, received ${describe(received)}`);
}

/** A short, safe text for any value: long arrays are cut, nothing is called on it. */
export function describe(value: unknown): string {
  if (typeof value === "string")
    return value.length > 80 ? `${JSON.stringify(value.slice(0, 77))}...` : JSON.stringify(value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(describe).join(", ");
    return value.length > 8 ? `[${shown}, ... ${value.length} in all]` : `[${shown}]`;
  }
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "object";
  return String(value);
}

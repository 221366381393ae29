// Shapes of dense row-major arrays and the checks every border function makes.
import { invalid } from "./errors";

/**
 * Number of elements of an array of the given shape.
 *
 * @throws CsiFeedbackError `INVALID_SHAPE` when a dimension is not a non-negative integer.
 *
 * @example
 * ```ts
 * import { elementCount } from "@csi-feedback/common";
 *
 * console.log(elementCount([4, 2, 32, 32])); // 8192
 * ```
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      invalid("INVALID_SHAPE", "elementCount", "every dimension must be a non-negative integer", shape);
    }
    count *= size;
  }
  return count;
}

/**
 * Checks that `values` holds exactly the elements of `shape`.
 *
 * @param functionName - named in the error message.
 * @throws CsiFeedbackError `INVALID_SHAPE` otherwise.
 */
export function assertShape(
  functionName: string,
  values: { readonly length: number },
  shape: readonly number[],
): void {
  const expected = elementCount(shape);
  if (values.length !== expected) {
    invalid(
      "INVALID_SHAPE",
      functionName,
      `shape [${shape.join(", ")}] needs ${expected} elements`,
      values.length,
    );
  }
}

/**
 * Checks that every value is finite.
 *
 * @throws CsiFeedbackError `NOT_FINITE` naming the first offending position.
 */
export function assertFinite(functionName: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      invalid("NOT_FINITE", functionName, `values must be finite, but element ${i} is not`, values[i]);
    }
  }
}

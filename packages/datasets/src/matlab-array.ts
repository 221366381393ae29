// A MATLAB array as both generations of MAT files hold it: column-major values
// with MATLAB's dimensions.
import { badFile } from "./files";
import type { MatTypedArray, MatValue } from "./mat/format";

export interface MatlabArray {
  readonly dimensions: readonly number[];
  readonly re: MatTypedArray;
  readonly im?: MatTypedArray | undefined;
}

/** The numeric variables of a Level 5 file. */
export function numericVariables(values: ReadonlyMap<string, MatValue>): Map<string, MatlabArray> {
  const arrays = new Map<string, MatlabArray>();
  for (const [name, value] of values) if (value.kind === "numeric") arrays.set(name, value);
  return arrays;
}

/** The elements of a real array as numbers, column-major. */
export function realElements(
  source: { name: string },
  name: string,
  array: MatlabArray,
): Float32Array | Float64Array {
  if (array.im !== undefined)
    badFile("INVALID_TYPE", source, `variable ${name}`, "it must be real", "a complex array");
  if (array.re instanceof Float32Array || array.re instanceof Float64Array) return array.re;
  return Float64Array.from(array.re as ArrayLike<number | bigint>, Number);
}

/** The elements of a real matrix row by row. */
export function rowMajor(source: { name: string }, name: string, array: MatlabArray): Float64Array {
  const [rows, columns] = array.dimensions;
  const values = realElements(source, name, array);
  return Float64Array.from(values, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)]);
}

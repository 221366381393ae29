// A dense numeric array, real or complex, in row-major order: what the readers of
// general array formats give.

export interface DenseArray {
  readonly shape: readonly number[];
  readonly re: Float32Array | Float64Array;
  /** Present for complex arrays. */
  readonly im?: Float32Array | Float64Array | undefined;
}

// Cholesky factors of small symmetric matrices, for the joint gains of the paths.

/** A symmetric positive definite matrix and its factor L, lower triangle in packed rows. */
export class Cholesky {
  readonly size: number;
  readonly #packed: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#packed = new Float64Array((size * (size + 1)) / 2);
  }

  /** Sets element (row, column), column <= row. */
  set(row: number, column: number, value: number): void {
    this.#packed[(row * (row + 1)) / 2 + column] = value;
  }

  /** Element (row, column) of the matrix, or of L once factored. */
  get(row: number, column: number): number {
    return this.#packed[(row * (row + 1)) / 2 + column];
  }

  /** Replaces the matrix by L. A pivot that rounding has eaten becomes tiny instead of imaginary. */
  factor(): void {
    const packed = this.#packed;
    for (let i = 0, rowI = 0; i < this.size; rowI += ++i) {
      for (let j = 0, rowJ = 0; j <= i; rowJ += ++j) {
        let sum = packed[rowI + j];
        for (let k = 0; k < j; k++) sum -= packed[rowI + k] * packed[rowJ + k];
        packed[rowI + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / packed[rowJ + j];
      }
    }
  }

  /** L^T x. */
  multiplyTransposed(values: Float64Array): Float64Array {
    const product = new Float64Array(this.size);
    for (let i = 0, row = 0; i < this.size; row += ++i) {
      for (let k = 0; k <= i; k++) product[k] += this.#packed[row + k] * values[i];
    }
    return product;
  }

  /** Solves L L^T x = b in place. */
  solve(values: Float64Array): void {
    const packed = this.#packed;
    for (let i = 0, row = 0; i < this.size; row += ++i) {
      let sum = values[i];
      for (let k = 0; k < i; k++) sum -= packed[row + k] * values[k];
      values[i] = sum / packed[row + i];
    }
    for (let i = this.size - 1; i >= 0; i--) {
      const value = values[i] / this.get(i, i);
      values[i] = value;
      for (let k = 0, row = (i * (i + 1)) / 2; k < i; k++) values[k] -= packed[row + k] * value;
    }
  }
}

// Inner products with several running sums: one alone waits for its own last addition.

/** Inner product of `length` values of `a` and `b`. */
export function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let m = 0;
  for (; m + 3 < length; m += 4) {
    sum0 += a[fromA + m] * b[fromB + m];
    sum1 += a[fromA + m + 1] * b[fromB + m + 1];
    sum2 += a[fromA + m + 2] * b[fromB + m + 2];
    sum3 += a[fromA + m + 3] * b[fromB + m + 3];
  }
  for (; m < length; m++) sum0 += a[fromA + m] * b[fromB + m];
  return sum0 + sum1 + (sum2 + sum3);
}

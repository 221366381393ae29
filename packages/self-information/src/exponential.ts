// The exponential function for numbers that are not positive, in a fixed order of additions
// and multiplications: unlike Math.exp it gives the same bits in every JavaScript engine,
// and in the SIMD code of simd.ts, which computes it in the same order.

/** exp(r) is the sum of r^n times these, for |r| up to log(2) / 2. */
export const seriesOfExp: readonly number[] = Array.from({ length: 14 }, (_, n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
});

/** log(2) as a sum whose first part has zeros at its end: multiples of it are exact. */
export const log2Parts = [0.6931471803691238, 1.9082149292705877e-10] as const;

/** Adding this rounds to an integer, which then stands in the lowest bits. */
export const roundingShift = 1.5 * 2 ** 52;

/** Exponents below this are taken for this: what they give is lost beside 1. */
export const leastExponent = -700;

const powersOfTwo = Float64Array.from({ length: 1100 }, (_, n) => 2 ** -n);

/** exp(x) for x <= 0 within 1e-15 of its value; exp(-700) for what is smaller. */
export function expOfNegative(x: number): number {
  const bounded = Math.max(x, leastExponent);
  const power = bounded * Math.LOG2E + roundingShift - roundingShift;
  const rest = bounded - power * log2Parts[0] - power * log2Parts[1];
  let sum = seriesOfExp[13];
  for (let n = 12; n >= 0; n--) sum = sum * rest + seriesOfExp[n];
  return sum * powersOfTwo[-power];
}

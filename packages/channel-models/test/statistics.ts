// Two-sample Kolmogorov-Smirnov test and moments, for the tests of this package.

/** Mean of numbers. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
  }
  return sum / values.length;
}

/** Standard deviation of numbers. */
export function deviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  return Math.sqrt(mean(Array.from(values, (value) => (value - centre) ** 2)));
}

/** The value below which a share of the numbers lies. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Asymptotic p-value of the two-sample Kolmogorov-Smirnov test. */
export function kolmogorovSmirnov(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i], b[j]);
    while (i < a.length && a[i] <= value) {
      i++;
    }
    while (j < b.length && b[j] <= value) {
      j++;
    }
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return kolmogorovTail(largest, (a.length * b.length) / (a.length + b.length));
}

/** P-value of one sample against a continuous distribution function. */
export function kolmogorovSmirnovAgainst(values: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  let largest = 0;
  sorted.forEach((value, i) => {
    const p = cdf(value);
    largest = Math.max(largest, p - i / sorted.length, (i + 1) / sorted.length - p);
  });
  return kolmogorovTail(largest, sorted.length);
}

function kolmogorovTail(distance: number, effective: number): number {
  const root = Math.sqrt(effective);
  const x = (root + 0.12 + 0.11 / root) * distance;
  if (x < 0.2) {
    return 1;
  }
  let tail = 0;
  for (let k = 1; k <= 100; k++) {
    tail += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * x * x);
  }
  return Math.min(1, Math.max(0, tail));
}

/** Distribution function of a standard normal number (Abramowitz and Stegun 7.1.26, error below 2e-7). */
export function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp((-x * x) / 2);
  return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}

/** Share of a sample's energy in its largest elements, for `[samples, 2, delays, antennas]`. */
export function largestShares(data: Float32Array, samples: number, elements: number): Float64Array {
  const size = data.length / samples;
  return Float64Array.from({ length: samples }, (_, i) => {
    const energies = Float64Array.from(
      { length: size / 2 },
      (_, e) => data[i * size + e] ** 2 + data[i * size + size / 2 + e] ** 2,
    )
      .sort()
      .reverse();
    const total = energies.reduce((sum, energy) => sum + energy, 0);
    return energies.subarray(0, elements).reduce((sum, energy) => sum + energy, 0) / total;
  });
}

// Numbers as people read them: digits by what a metric is worth, a true minus sign, and
// which way is better.

/** Digits after the point that a metric is worth. */
export function digitsOf(metric: string): number {
  if (/\[dB\]|\[ms\]|\[s\]|bit\/s|time over/.test(metric)) return 2;
  if (/relative error/i.test(metric)) return 5;
  return /SGCS|similarity/i.test(metric) ? 3 : 0;
}

/** 1 where larger is better, -1 where smaller is, 0 where it is neither. */
export function directionOf(metric: string): -1 | 0 | 1 {
  if (/\blost\b/.test(metric)) return 0;
  if (/SGCS|similarity|rate/i.test(metric)) return 1;
  return /NMSE|latency|time/i.test(metric) ? -1 : 0;
}

const options = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `−12.34`, `118,240,000`. */
export function formatNumber(value: number, metric: string): string {
  return value.toLocaleString("en-US", options(digitsOf(metric))).replace("-", "−");
}

/** `+0.12`, `−3.40`, `0`. */
export function formatDifference(value: number, metric: string): string {
  return value
    .toLocaleString("en-US", { ...options(digitsOf(metric)), signDisplay: "exceptZero" })
    .replace("-", "−");
}

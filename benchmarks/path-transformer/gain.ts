// The gain of one estimate over another on the same samples.
import { randomStream } from "@csi-feedback/common";
import { quantile, toDecibels } from "@csi-feedback/eval";

export function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Gain of the mean error [dB] and its 95 % interval over samples drawn again in pairs. */
function gainOf(before: readonly number[], after: readonly number[]) {
  const random = randomStream(0);
  const gains = Float64Array.from({ length: 2000 }, () => {
    const picks = before.map(() => random.integer(before.length));
    const mean = (errors: readonly number[]) => meanOf(picks.map((pick) => errors[pick]));
    return toDecibels(mean(before) / mean(after));
  });
  const value = toDecibels(meanOf(before) / meanOf(after));
  return { value, low: quantile(gains, 0.025), high: quantile(gains, 0.975) };
}

/** The same as text. */
export function gainText(before: readonly number[], after: readonly number[], digits = 3): string {
  const { value, low, high } = gainOf(before, after);
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

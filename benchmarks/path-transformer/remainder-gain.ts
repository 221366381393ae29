// The gain of one estimate over another on the same samples, as remainder.ts and remainder-oracle.ts print it.
import { randomStream } from "@csi-feedback/common";
import { quantile, toDecibels } from "@csi-feedback/eval";

export function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Gain of the mean error [dB] and its 95 % interval over samples drawn again in pairs. */
export function gainText(before: readonly number[], after: readonly number[]): string {
  const random = randomStream(0);
  const gains = Float64Array.from({ length: 2000 }, () => {
    const picks = before.map(() => random.integer(before.length));
    const mean = (errors: readonly number[]) => meanOf(picks.map((pick) => errors[pick]));
    return toDecibels(mean(before) / mean(after));
  });
  const gain = toDecibels(meanOf(before) / meanOf(after));
  return `${gain.toFixed(3)} (${quantile(gains, 0.025).toFixed(3)} to ${quantile(gains, 0.975).toFixed(3)})`;
}

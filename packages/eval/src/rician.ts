// The Rician K-factor of a channel from how its power varies. It knows nothing of paths: a
// generator that draws a K-factor knows another, the one of its parameters.
import { invalid } from "@csi-feedback/common";

/**
 * Rician K-factor [dB] by the method of moments: the steady part of the power over the part that varies,
 * `K = sqrt(m^2 - v) / (m - sqrt(m^2 - v))` with m the mean of the power and v its variance over
 * frequency and space (L. J. Greenstein, D. G. Michelson, V. Erceg, "Moment-method estimation of the Ricean
 * K-factor", IEEE Communications Letters 3, 1999).
 *
 * @param power - `|h|^2` on a grid of frequencies and antennas; its scale does not matter.
 * @returns minus infinity where the power varies as much as Rayleigh fading or more, infinity where not at all.
 * @throws CsiFeedbackError `EMPTY` without values, `NOT_FINITE`, `ZERO_ENERGY`.
 *
 * @example
 * ```ts
 * import { ricianKFactor } from "@csi-feedback/eval";
 *
 * // A steady wave and one of a tenth of its power in all phases, which is not quite Rayleigh fading.
 * const power = Array.from({ length: 360 }, (_, phase) => {
 *   const [re, im] = [1 + Math.sqrt(0.1) * Math.cos((phase * Math.PI) / 180), Math.sqrt(0.1) * Math.sin((phase * Math.PI) / 180)];
 *   return re * re + im * im;
 * });
 * console.log(ricianKFactor(power).toFixed(2)); // 10.24
 * ```
 */
export function ricianKFactor(power: ArrayLike<number>): number {
  if (power.length === 0) invalid("EMPTY", "ricianKFactor", "needs at least one value", 0);
  let mean = 0;
  for (let i = 0; i < power.length; i++) mean += power[i] / power.length;
  if (!Number.isFinite(mean)) invalid("NOT_FINITE", "ricianKFactor", "the power must be finite", mean);
  if (!(mean > 0)) invalid("ZERO_ENERGY", "ricianKFactor", "the mean power must be positive", mean);
  let variance = 0;
  for (let i = 0; i < power.length; i++) variance += (power[i] / mean - 1) ** 2 / power.length;
  const steady = Math.sqrt(Math.max(0, 1 - variance));
  return 10 * Math.log10(steady / (1 - steady));
}

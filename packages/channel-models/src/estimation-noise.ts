// Noise of an imperfect channel estimate: circular normal, added to any channel array.
import { invalid, type RandomStream } from "@csi-feedback/common";

/** How much noise {@link addEstimationNoise} adds. */
export interface EstimationNoiseOptions {
  /** Signal-to-noise ratio [dB]: mean power of a complex element over the noise's. */
  readonly snr: number;
  /** Mean power of a complex element; measured on the array when absent. */
  readonly power?: number;
}

/**
 * The channels plus estimation noise CN(0, power / SNR) on every complex element; what
 * least-squares estimation with unit-power pilots gives. Real and imaginary planes may
 * lie anywhere in the array, as each real number gets half of the noise power.
 *
 * An SNR per subcarrier and antenna means more SNR in the delay taps, where the
 * channel is concentrated: pass as `power` the channel's energy over all taps divided by
 * subcarriers times antennas.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { addEstimationNoise } from "@csi-feedback/channel-models";
 * import { randomStream } from "@csi-feedback/common";
 *
 * const clean = new Float32Array(20000).fill(1);
 * const noisy = addEstimationNoise(clean, randomStream(1), { snr: 20 });
 * const error = noisy.reduce((sum, value) => sum + (value - 1) ** 2, 0) / clean.length;
 * console.log(error.toFixed(3)); // 0.010
 * ```
 */
export function addEstimationNoise(
  channels: Float32Array,
  random: RandomStream,
  options: EstimationNoiseOptions,
): Float32Array {
  const { snr } = options;
  if (!Number.isFinite(snr)) {
    invalid("INVALID_ARGUMENT", "addEstimationNoise", "snr must be finite [dB]", snr);
  }
  const power = options.power ?? meanPower(channels);
  if (!(power >= 0 && Number.isFinite(power))) {
    invalid("INVALID_ARGUMENT", "addEstimationNoise", "power must be finite and not negative", power);
  }
  const deviation = Math.sqrt(power / 10 ** (snr / 10) / 2);
  return channels.map((value) => value + deviation * random.normal());
}

function meanPower(channels: Float32Array): number {
  let energy = 0;
  for (const value of channels) {
    energy += value * value;
  }
  return channels.length === 0 ? 0 : (2 * energy) / channels.length;
}

// Channels for the tests: a few paths over a linear array of two groups.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import type { RandomStream } from "@csi-feedback/common";

/** A plane wave: how much, at what spatial frequency [turns per antenna], delay [turns per subcarrier] and phase. */
export interface Wave {
  readonly gain: number;
  readonly space: number;
  readonly delay: number;
  /** [turns] */
  readonly phase?: number;
  /** Gain of the second group over the first, and its phase [turns]. */
  readonly second?: readonly [gain: number, phase: number];
}

/** One user's channel `[1, subcarriers, 2 * elements]`. */
export function fromWaves(waves: readonly Wave[], subcarriers: number, elements: number): FrequencyChannels {
  const antennas = 2 * elements;
  const re = new Float32Array(subcarriers * antennas);
  const im = new Float32Array(subcarriers * antennas);
  for (const { gain, space, delay, phase = 0, second: [ratio, shift] = [1, 0] } of waves) {
    for (let k = 0; k < subcarriers; k++) {
      for (let a = 0; a < antennas; a++) {
        const group = Math.floor(a / elements);
        const turns = phase + space * (a % elements) - delay * k + group * shift;
        re[k * antennas + a] += gain * (group === 1 ? ratio : 1) * Math.cos(2 * Math.PI * turns);
        im[k * antennas + a] += gain * (group === 1 ? ratio : 1) * Math.sin(2 * Math.PI * turns);
      }
    }
  }
  return { re, im, shape: [1, subcarriers, antennas] };
}

/** Independent complex normal values. */
export function noise(stream: RandomStream, shape: FrequencyChannels["shape"]): FrequencyChannels {
  const length = shape[0] * shape[1] * shape[2];
  const draw = () => Float32Array.from({ length }, () => stream.normal());
  return { re: draw(), im: draw(), shape };
}

/** A user with so many random waves. */
export function scattered(
  stream: RandomStream,
  count: number,
  subcarriers: number,
  elements: number,
): FrequencyChannels {
  const waves = Array.from({ length: count }, () => ({
    gain: Math.abs(stream.normal()),
    space: stream.uniform(),
    delay: stream.uniform() * 0.15,
    phase: stream.uniform(),
    second: [Math.abs(1 + 0.3 * stream.normal()), stream.uniform()] as const,
  }));
  return fromWaves(waves, subcarriers, elements);
}

/** Share of the channel's energy that the first layer's precoders collect, subcarrier by subcarrier. */
export function collected(
  { re, im, shape }: FrequencyChannels,
  precoders: { re: Float64Array; im: Float64Array; shape: readonly [number, number, number] },
): number {
  const [, subcarriers, antennas] = shape;
  const [subbands, layers] = precoders.shape;
  let [power, energy] = [0, 0];
  for (let k = 0; k < subcarriers; k++) {
    const from = Math.floor((k * subbands) / subcarriers) * layers * antennas;
    let [x, y] = [0, 0];
    for (let a = 0; a < antennas; a++) {
      const [h, w] = [k * antennas + a, from + a];
      x += re[h] * precoders.re[w] + im[h] * precoders.im[w];
      y += re[h] * precoders.im[w] - im[h] * precoders.re[w];
      energy += re[h] ** 2 + im[h] ** 2;
    }
    power += x * x + y * y;
  }
  return power / energy;
}

// Random channels, and what property tests draw.
import { randomStream } from "@csi-feedback/common";
import fc from "fast-check";

export function gaussian(seed: number, length: number, scale = 1): Float64Array {
  const stream = randomStream(seed);
  return Float64Array.from({ length }, () => scale * stream.normal());
}

export function complexGaussian(seed: number, length: number) {
  return { re: gaussian(2 * seed, length, Math.SQRT1_2), im: gaussian(2 * seed + 1, length, Math.SQRT1_2) };
}

/** Times `gain exp(j phase)`. */
export function rotate(values: { re: Float64Array; im: Float64Array }, gain: number, phase: number) {
  const [c, s] = [gain * Math.cos(phase), gain * Math.sin(phase)];
  return {
    re: values.re.map((x, i) => c * x - s * values.im[i]),
    im: values.re.map((x, i) => s * x + c * values.im[i]),
  };
}

export const seed = fc.nat(100_000);
export const shape = fc.tuple(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 6 }),
);
export const gain = fc.double({ min: 0.01, max: 100, noNaN: true });
export const phase = fc.double({ min: -4, max: 4, noNaN: true });

// What the standard's reports leave out of a channel, because a precoder does not need it:
// one amplitude, one phase and one delay. With it a report becomes an estimate of the
// channel that NMSE can be measured on. The bits are counted, and named as not standard.
import type { BitReader, BitWriter } from "./bit-fields";
import { bitWidth } from "./bit-fields";
import type { ComplexArray } from "./ports";

/** The estimate is `amplitude exp(j 2 pi (phase / 256 + t delay / N3))` times what the report says of subband t. */
export interface Reference {
  /** Index of the amplitude, 0 to 65,535: 2^((index - 32,768) / 512). */
  readonly amplitude: number;
  /** Index of the phase, 0 to 255. */
  readonly phase: number;
  /** Frequency-domain basis vector, 0 to N3 - 1. */
  readonly delay: number;
}

const AMPLITUDE_BITS = 16;
const PHASE_BITS = 8;
const STEPS_PER_OCTAVE = 512;

/** The amplitude as a number. */
export function referenceAmplitude({ amplitude }: Reference): number {
  return 2 ** ((amplitude - 2 ** (AMPLITUDE_BITS - 1)) / STEPS_PER_OCTAVE);
}

/** The phase [rad]. */
export function referencePhase({ phase }: Reference): number {
  return (2 * Math.PI * phase) / 2 ** PHASE_BITS;
}

/**
 * The reference that brings an estimate nearest to a channel, both `[subbands, antennas]`, in the least-squares sense.
 */
export function fitReference(target: ComplexArray, estimate: ComplexArray, subbands: number): Reference {
  const antennas = target.re.length / subbands;
  const re = new Float64Array(subbands);
  const im = new Float64Array(subbands);
  let energy = 0;
  for (let i = 0; i < target.re.length; i++) {
    const t = Math.floor(i / antennas);
    re[t] += estimate.re[i] * target.re[i] + estimate.im[i] * target.im[i];
    im[t] += estimate.re[i] * target.im[i] - estimate.im[i] * target.re[i];
    energy += estimate.re[i] ** 2 + estimate.im[i] ** 2;
  }
  let best = { delay: 0, re: 0, im: 0, square: -1 };
  for (let delay = 0; delay < subbands; delay++) {
    let [sumRe, sumIm] = [0, 0];
    for (let t = 0; t < subbands; t++) {
      const angle = (-2 * Math.PI * ((t * delay) % subbands)) / subbands;
      sumRe += Math.cos(angle) * re[t] - Math.sin(angle) * im[t];
      sumIm += Math.cos(angle) * im[t] + Math.sin(angle) * re[t];
    }
    const square = sumRe ** 2 + sumIm ** 2;
    if (square > best.square) best = { delay, re: sumRe, im: sumIm, square };
  }
  const octaves = Math.log2(Math.sqrt(best.square) / energy);
  const half = 2 ** (AMPLITUDE_BITS - 1);
  const amplitude = Math.min(half - 1, Math.max(-half, Math.round(STEPS_PER_OCTAVE * octaves))) + half;
  const turns = Math.atan2(best.im, best.re) / (2 * Math.PI);
  const phases = 2 ** PHASE_BITS;
  const phase = (Math.round(turns * phases) + phases) % phases;
  return { amplitude, phase, delay: best.delay };
}

/** Prefix of the names of the fields that the standard does not have. */
export const REFERENCE = "reference ";

export function writeReference(
  writer: BitWriter,
  { amplitude, phase, delay }: Reference,
  subbands: number,
): void {
  writer.write(`${REFERENCE}amplitude`, amplitude, AMPLITUDE_BITS);
  writer.write(`${REFERENCE}phase`, phase, PHASE_BITS);
  writer.write(`${REFERENCE}delay`, delay, bitWidth(subbands));
}

export function readReference(reader: BitReader, subbands: number): Reference {
  return {
    amplitude: reader.read(`${REFERENCE}amplitude`, AMPLITUDE_BITS, 2 ** AMPLITUDE_BITS),
    phase: reader.read(`${REFERENCE}phase`, PHASE_BITS, 2 ** PHASE_BITS),
    delay: reader.read(`${REFERENCE}delay`, bitWidth(subbands), subbands),
  };
}

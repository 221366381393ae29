// Propagation paths: what every channel model of this package produces and what
// the synthesis turns into channels. No randomness and no arrays here.
import { invalid } from "@csi-feedback/common";

/** Speed of light that the channel models use [m/s], as their specifications do. */
export const SPEED_OF_LIGHT = 3e8;

/**
 * The multipath components of one link, one entry per path in each array.
 *
 * The frequency response of the link is
 * `sum_l gain_l exp(-j 2 pi f delay_l) a(direction_l)` with the absolute
 * frequency `f`, so gains do not contain the carrier phase of the delay.
 */
export interface PropagationPaths {
  /** Absolute delay [s]. */
  readonly delays: Float64Array;
  /** Real part of the complex amplitude. */
  readonly gainsRe: Float64Array;
  /** Imaginary part of the complex amplitude. */
  readonly gainsIm: Float64Array;
  /** Real part of the amplitude from the second polarisation of a dual-polarised array. */
  readonly secondGainsRe?: Float64Array;
  /** Imaginary part of that amplitude. */
  readonly secondGainsIm?: Float64Array;
  /** Azimuth of departure at the base station [rad], from +x towards +y. */
  readonly azimuths: Float64Array;
  /** Zenith angle of departure at the base station [rad], from +z; absent: the horizontal plane. */
  readonly zeniths?: Float64Array;
  /** Azimuth of arrival at the user [rad]. */
  readonly arrivalAzimuths?: Float64Array;
  /** Zenith angle of arrival at the user [rad]. */
  readonly arrivalZeniths?: Float64Array;
  /** Doppler shift [Hz]; absent: nothing moves. */
  readonly dopplerShifts?: Float64Array;
}

/** Checks that the arrays of `paths` agree in length and gives the number of paths. */
export function pathCount(paths: PropagationPaths, functionName: string): number {
  const count = paths.delays.length;
  for (const [name, values] of Object.entries(paths)) {
    if (values !== undefined && values.length !== count) {
      invalid(
        "SHAPE_MISMATCH",
        functionName,
        `${name} must have one entry per path (${count})`,
        values.length,
      );
    }
  }
  return count;
}

/** Power of all paths, `sum |gain|^2`. */
export function pathPower(paths: PropagationPaths): number {
  let power = 0;
  for (let l = 0; l < paths.delays.length; l++) {
    power += paths.gainsRe[l] ** 2 + paths.gainsIm[l] ** 2;
  }
  return power;
}

/**
 * Root-mean-square delay spread of the paths, weighted by power [s].
 *
 * @example
 * ```ts
 * import { rmsDelaySpread } from "@csi-feedback/channel-models";
 *
 * const paths = {
 *   delays: Float64Array.of(0, 2e-7),
 *   gainsRe: Float64Array.of(1, 0),
 *   gainsIm: Float64Array.of(0, 1),
 *   azimuths: Float64Array.of(0, 1),
 * };
 * console.log(rmsDelaySpread(paths)); // 1e-7
 * ```
 */
export function rmsDelaySpread(paths: PropagationPaths): number {
  const count = pathCount(paths, "rmsDelaySpread");
  const power = pathPower(paths);
  let mean = 0;
  for (let l = 0; l < count; l++) {
    mean += ((paths.gainsRe[l] ** 2 + paths.gainsIm[l] ** 2) / power) * paths.delays[l];
  }
  let variance = 0;
  for (let l = 0; l < count; l++) {
    variance += ((paths.gainsRe[l] ** 2 + paths.gainsIm[l] ** 2) / power) * (paths.delays[l] - mean) ** 2;
  }
  return Math.sqrt(variance);
}

/**
 * Circular angle spread `sqrt(-2 ln |sum P exp(j angle)| / sum P)` of the paths [rad],
 * the definition of 3GPP TR 38.901, annex A.1.
 *
 * @param angles - one angle per path [rad], for example `paths.azimuths`.
 */
export function circularAngleSpread(paths: PropagationPaths, angles: Float64Array): number {
  let power = 0;
  let cosine = 0;
  let sine = 0;
  for (let l = 0; l < paths.delays.length; l++) {
    const p = paths.gainsRe[l] ** 2 + paths.gainsIm[l] ** 2;
    power += p;
    cosine += p * Math.cos(angles[l]);
    sine += p * Math.sin(angles[l]);
  }
  return Math.sqrt(Math.max(0, -2 * Math.log(Math.hypot(cosine, sine) / power)));
}

/** The amplitudes with which the paths leave from one polarisation of the array. */
export function polarizationGains(
  paths: PropagationPaths,
  polarization: number,
  functionName: string,
): readonly [re: Float64Array, im: Float64Array] {
  if (polarization === 0) {
    return [paths.gainsRe, paths.gainsIm];
  }
  if (paths.secondGainsRe === undefined || paths.secondGainsIm === undefined) {
    return invalid(
      "MISSING_POLARIZATION",
      functionName,
      "a dual-polarised array needs paths with secondGainsRe and secondGainsIm",
      Object.keys(paths),
    );
  }
  return [paths.secondGainsRe, paths.secondGainsIm];
}

// Plane and spherical waves on an array of any form: the phase of the exact distance, and
// how it changes with direction and distance.
import { invalid } from "@csi-feedback/common";
import { type ComplexVector, zeroVector } from "./complex";

/** Places of the antennas about the array's centre [wavelengths]; `elementOffsets` of channel-models gives them. */
export interface AntennaPlaces {
  /** Along the first axis, `[antennas]`. */
  readonly across: Float64Array;
  /** Along the second axis; absent for linear arrays. */
  readonly up?: Float64Array;
}

/** A wave on the array: where from, and how curved. */
export interface Wave {
  /** Direction cosine along the first axis, in [-1, 1]. */
  readonly u: number;
  /** Direction cosine along the second axis; 0 for linear arrays. */
  readonly v: number;
  /** One over the distance of the source [1 / wavelength]; 0 for a plane wave. */
  readonly curvature: number;
}

/** Checks the places of the antennas. */
export function assertPlaces(functionName: string, { across, up }: AntennaPlaces): void {
  if (across.length === 0 || (up !== undefined && up.length !== across.length)) {
    invalid("INVALID_SHAPE", functionName, "both axes must have one place for each antenna", [
      across.length,
      up?.length,
    ]);
  }
}

/** Distance to antenna n beyond that to the centre, over the latter plus one: enough for value and derivatives. */
function excess(across: number, up: number, { u, v, curvature }: Wave) {
  const square = across * across + up * up;
  const along = across * u + up * v;
  // r_n / r, and r_n - r without cancellation.
  const ratio = Math.sqrt(1 + curvature * (curvature * square + 2 * along));
  return { square, along, ratio, cycles: (curvature * square + 2 * along) / (ratio + 1) };
}

/**
 * The response of the array to a wave, unit norm: `exp(-j 2 pi (r_n - r)) / sqrt(N)` with distances in wavelengths,
 * phase zero at the centre.
 *
 * @example
 * ```ts
 * import { arrayResponse } from "@csi-feedback/channel-estimation";
 *
 * const places = { across: Float64Array.of(-0.25, 0.25) };
 * const { im } = arrayResponse(places, { u: 1, v: 0, curvature: 0 });
 * console.log([...im].map((value) => value.toFixed(3)).join(" ")); // 0.707 -0.707
 * ```
 */
export function arrayResponse(
  places: AntennaPlaces,
  wave: Wave,
  into = zeroVector(places.across.length),
): ComplexVector {
  const { across, up } = places;
  const scale = 1 / Math.sqrt(across.length);
  for (let n = 0; n < across.length; n++) {
    const phase = 2 * Math.PI * excess(across[n], up === undefined ? 0 : up[n], wave).cycles;
    into.re[n] = scale * Math.cos(phase);
    into.im[n] = -scale * Math.sin(phase);
  }
  return into;
}

/**
 * Derivatives of `r_n - r` [wavelengths] of every antenna by u, by v where the array has a second axis, and by
 * curvature.
 */
export function excessDerivatives({ across, up }: AntennaPlaces, wave: Wave): Float64Array[] {
  const derivatives = Array.from({ length: up === undefined ? 2 : 3 }, () => new Float64Array(across.length));
  const byCurvature = derivatives[derivatives.length - 1];
  for (let n = 0; n < across.length; n++) {
    const { square, along, ratio, cycles } = excess(across[n], up === undefined ? 0 : up[n], wave);
    derivatives[0][n] = across[n] / ratio;
    if (up !== undefined) derivatives[1][n] = up[n] / ratio;
    // d/dk of (ratio - 1) / k, rewritten so that nothing is divided by the curvature.
    byCurvature[n] = (square - along * cycles) / (ratio * (ratio + 1));
  }
  return derivatives;
}

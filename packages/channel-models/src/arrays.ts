// Antenna arrays at the base station: element positions and the phase that a
// plane wave leaves on them. Spherical waves are in hybrid-field.ts.
import { invalid } from "@csi-feedback/common";

/**
 * Uniform linear array along x. Element `n` has the phase
 * `exp(-j 2 pi spacing n sin(zenith) cos(azimuth))`.
 */
export interface UniformLinearArray {
  readonly kind: "ula";
  readonly elements: number;
  /** Element spacing [wavelengths]; 0.5 by default. */
  readonly spacing?: number;
  /** Treats every path as horizontal: `exp(-j 2 pi spacing n cos(azimuth))`. */
  readonly ignoreZenith?: boolean;
  /**
   * 2 for a dual-polarised array: the elements follow once more, seen from the second
   * polarisation (antenna = polarisation * elements + element). 1 by default.
   */
  readonly polarizations?: 1 | 2;
}

/**
 * Uniform planar array in the y-z plane, `rows` along z and `columns` along y,
 * facing +x. Antenna index = row * columns + column; element phase
 * `exp(-j 2 pi spacing (column sin(zenith) sin(azimuth) + row cos(zenith)))`.
 * Its angle domain is the two-dimensional DFT over rows and columns.
 */
export interface UniformPlanarArray {
  readonly kind: "upa";
  readonly rows: number;
  readonly columns: number;
  /** Element spacing along both axes [wavelengths]; 0.5 by default. */
  readonly spacing?: number;
  /**
   * 2 for a dual-polarised array: the elements follow once more, seen from the second
   * polarisation (antenna = polarisation * elements + element). 1 by default.
   */
  readonly polarizations?: 1 | 2;
}

/** An antenna array at the base station. */
export type AntennaArray = UniformLinearArray | UniformPlanarArray;

/** Number of antennas of an array, polarisations included. */
export function antennaCount(array: AntennaArray): number {
  const sizes = array.kind === "ula" ? [array.elements] : [array.rows, array.columns];
  const spacing = array.spacing ?? 0.5;
  for (const size of sizes) {
    if (!Number.isSafeInteger(size) || size < 1) {
      invalid("INVALID_ARRAY", "antennaCount", "array sizes must be positive integers", size);
    }
  }
  if (!(spacing > 0 && Number.isFinite(spacing))) {
    invalid("INVALID_ARRAY", "antennaCount", "spacing must be a positive number of wavelengths", spacing);
  }
  return sizes.reduce((product, size) => product * size, array.polarizations ?? 1);
}

/** Spatial frequency of a direction along each array axis [cycles per element], rows first. */
export function spatialFrequencies(array: AntennaArray, azimuth: number, zenith: number): [number, number] {
  const spacing = array.spacing ?? 0.5;
  if (array.kind === "ula") {
    const horizontal = array.ignoreZenith ? 1 : Math.sin(zenith);
    return [0, spacing * horizontal * Math.cos(azimuth)];
  }
  return [spacing * Math.cos(zenith), spacing * Math.sin(zenith) * Math.sin(azimuth)];
}

/** Rows and columns of an array; a linear array is one row. */
export function arrayGrid(array: AntennaArray): [rows: number, columns: number] {
  return array.kind === "ula" ? [1, array.elements] : [array.rows, array.columns];
}

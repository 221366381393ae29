// Hybrid-field XL-MIMO: far-field paths (plane waves) and near-field paths (exact
// spherical waves) on one extremely large array, narrowband. The channel model of
// hybrid-field estimators; not a geometric environment.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { invalid, type RandomStream, randomStream } from "@csi-feedback/common";
import { type AntennaArray, antennaCount, arrayGrid, spatialFrequencies } from "./arrays";
import { SPEED_OF_LIGHT } from "./paths";

/** A complex vector over the antennas. */
export interface SteeringVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Positions of the elements about the array's centre [wavelengths], `[x, y, z]` each.
 * Element phases fall as the index grows towards a direction, so indices run against
 * the axis.
 */
function elementPositions(array: AntennaArray): [number, number, number][] {
  const [rows, columns] = arrayGrid(array);
  const spacing = array.spacing ?? 0.5;
  return Array.from({ length: rows * columns }, (_, n) => {
    const across = -spacing * ((n % columns) - (columns - 1) / 2);
    const up = -spacing * (Math.floor(n / columns) - (rows - 1) / 2);
    return array.kind === "ula" ? [across, 0, 0] : [0, across, up];
  });
}

/**
 * Response of the array to a plane wave, unit norm, phase zero at the array's centre.
 * A linear array has `exp(-j 2 pi spacing (n - (N - 1) / 2) sin(zenith) cos(azimuth)) / sqrt(N)`.
 *
 * @param azimuth - [rad]
 * @param zenith - [rad]; the horizontal plane by default.
 */
export function farFieldSteering(array: AntennaArray, azimuth: number, zenith = Math.PI / 2): SteeringVector {
  const [rows, columns] = arrayGrid(array);
  const [rowFrequency, columnFrequency] = spatialFrequencies(array, azimuth, zenith);
  const count = rows * columns;
  const re = new Float64Array(count);
  const im = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const cycles =
      ((n % columns) - (columns - 1) / 2) * columnFrequency +
      (Math.floor(n / columns) - (rows - 1) / 2) * rowFrequency;
    re[n] = Math.cos(-2 * Math.PI * cycles) / Math.sqrt(count);
    im[n] = Math.sin(-2 * Math.PI * cycles) / Math.sqrt(count);
  }
  return { re, im };
}

/**
 * Response of the array to a point source, unit norm: the phase of the exact distance
 * `exp(-j 2 pi (r_n - r) / wavelength) / sqrt(N)`. It tends to {@link farFieldSteering} as the
 * distance grows.
 *
 * @param distance - of the source from the array's centre [wavelengths].
 *
 * @example
 * ```ts
 * import { farFieldSteering, nearFieldSteering } from "@csi-feedback/channel-models";
 *
 * const array = { kind: "ula", elements: 64 } as const;
 * const far = farFieldSteering(array, 1);
 * const correlation = (distance: number) => {
 *   const near = nearFieldSteering(array, distance, 1);
 *   return near.re.reduce((sum, re, n) => sum + re * far.re[n] + near.im[n] * far.im[n], 0);
 * };
 * console.log(correlation(100) < 0.7, correlation(1e7).toFixed(6)); // true 1.000000
 * ```
 */
export function nearFieldSteering(
  array: AntennaArray,
  distance: number,
  azimuth: number,
  zenith = Math.PI / 2,
): SteeringVector {
  if (!(distance > 0 && Number.isFinite(distance))) {
    invalid(
      "INVALID_ARGUMENT",
      "nearFieldSteering",
      "distance must be positive and finite [wavelengths]",
      distance,
    );
  }
  const direction = [
    Math.sin(zenith) * Math.cos(azimuth),
    Math.sin(zenith) * Math.sin(azimuth),
    Math.cos(zenith),
  ];
  const positions = elementPositions(array);
  const re = new Float64Array(positions.length);
  const im = new Float64Array(positions.length);
  positions.forEach((position, n) => {
    const along = position[0] * direction[0] + position[1] * direction[1] + position[2] * direction[2];
    const square = position[0] ** 2 + position[1] ** 2 + position[2] ** 2;
    // r_n - r without cancellation: (r_n^2 - r^2) / (r_n + r).
    const change = square - 2 * distance * along;
    const excess = change / (Math.sqrt(distance * distance + change) + distance);
    re[n] = Math.cos(-2 * Math.PI * excess) / Math.sqrt(positions.length);
    im[n] = Math.sin(-2 * Math.PI * excess) / Math.sqrt(positions.length);
  });
  return { re, im };
}

/**
 * Rayleigh distance `2 D^2 / wavelength` of an array [wavelengths], with the aperture
 * `D = N spacing` along each axis (the diagonal of a planar array).
 *
 * @example
 * ```ts
 * import { rayleighDistance } from "@csi-feedback/channel-models";
 *
 * // 256 antennas at 30 GHz, wavelength 1 cm.
 * console.log(rayleighDistance({ kind: "ula", elements: 256 }) * 0.01); // 327.68
 * ```
 */
export function rayleighDistance(array: AntennaArray): number {
  const [rows, columns] = arrayGrid(array);
  const spacing = array.spacing ?? 0.5;
  const sides = [columns * spacing, rows === 1 ? 0 : rows * spacing];
  return 2 * (sides[0] ** 2 + sides[1] ** 2);
}

/** What {@link generateHybridField} makes. */
export interface HybridFieldOptions {
  readonly samples: number;
  readonly seed: number;
  /** Index of the first sample; 0 by default. Sample `i` is the same whatever range it is made in. */
  readonly firstSample?: number;
  /** The array; a linear array of 256 elements by default. */
  readonly array?: AntennaArray;
  /** [Hz]; 30 GHz by default. */
  readonly carrierFrequency?: number;
  /** Far-field paths L_0; 1 by default. */
  readonly farPaths?: number;
  /** Near-field paths L - L_0; 5 by default. */
  readonly nearPaths?: number;
  /** Distances of the near-field sources are uniform in this range [m]; 10 to 80 by default. */
  readonly distances?: readonly [number, number];
}

/**
 * Hybrid-field channels `h = sqrt(N / L) (sum of far paths + sum of near paths)`,
 * gains CN(0, 1), so that E|h|^2 = N. Angles from broadside are uniform in
 * (-pi / 2, pi / 2), and so are elevations on a planar array. Shape `[samples, 1, antennas]`.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_ARRAY`.
 *
 * @example
 * ```ts
 * import { generateHybridField } from "@csi-feedback/channel-models";
 *
 * const { shape } = generateHybridField({ samples: 2, seed: 1, farPaths: 4, nearPaths: 2 });
 * console.log(shape.join(" x ")); // 2 x 1 x 256
 * ```
 */
export function generateHybridField(options: HybridFieldOptions): FrequencyChannels {
  const {
    samples,
    seed,
    firstSample = 0,
    array = { kind: "ula", elements: 256 },
    carrierFrequency = 30e9,
    farPaths = 1,
    nearPaths = 5,
    distances = [10, 80],
  } = options;
  for (const [name, value] of Object.entries({ samples, firstSample, farPaths, nearPaths })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      invalid("INVALID_ARGUMENT", "generateHybridField", `${name} must be a non-negative integer`, value);
    }
  }
  if (farPaths + nearPaths === 0) {
    invalid("INVALID_ARGUMENT", "generateHybridField", "there must be at least one path", 0);
  }
  if (!(distances[0] > 0 && distances[1] >= distances[0])) {
    invalid("INVALID_ARGUMENT", "generateHybridField", "distances must be positive and in order", distances);
  }
  if ((array.polarizations ?? 1) !== 1) {
    invalid(
      "INVALID_ARRAY",
      "generateHybridField",
      "the array must have one polarisation",
      array.polarizations,
    );
  }
  const antennas = antennaCount(array);
  const wavelength = SPEED_OF_LIGHT / carrierFrequency;
  const re = new Float32Array(samples * antennas);
  const im = new Float32Array(samples * antennas);
  for (let i = 0; i < samples; i++) {
    const random = randomStream(seed, firstSample + i);
    const sum = { re: new Float64Array(antennas), im: new Float64Array(antennas) };
    for (let l = 0; l < farPaths + nearPaths; l++) {
      const [azimuth, zenith] = drawDirection(random, array);
      const steering =
        l < farPaths
          ? farFieldSteering(array, azimuth, zenith)
          : nearFieldSteering(
              array,
              (distances[0] + (distances[1] - distances[0]) * random.uniform()) / wavelength,
              azimuth,
              zenith,
            );
      addScaled(sum, steering, random.normal() * Math.SQRT1_2, random.normal() * Math.SQRT1_2);
    }
    const scale = Math.sqrt(antennas / (farPaths + nearPaths));
    for (let n = 0; n < antennas; n++) {
      re[i * antennas + n] = scale * sum.re[n];
      im[i * antennas + n] = scale * sum.im[n];
    }
  }
  return { re, im, shape: [samples, 1, antennas] };
}

/** A direction in front of the array: broadside is +y for a linear, +x for a planar array. */
function drawDirection(random: RandomStream, array: AntennaArray): [azimuth: number, zenith: number] {
  const angle = Math.PI * (random.uniform() - 0.5);
  if (array.kind === "ula") {
    return [Math.PI / 2 - angle, Math.PI / 2];
  }
  return [angle, Math.PI * random.uniform()];
}

function addScaled(sum: SteeringVector, steering: SteeringVector, gainRe: number, gainIm: number): void {
  for (let n = 0; n < steering.re.length; n++) {
    sum.re[n] += gainRe * steering.re[n] - gainIm * steering.im[n];
    sum.im[n] += gainRe * steering.im[n] + gainIm * steering.re[n];
  }
}

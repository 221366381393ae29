// Hybrid-field XL-MIMO: far-field paths (plane waves) and near-field paths (exact
// spherical waves) on one extremely large array, narrowband. The channel model of
// hybrid-field estimators; not a geometric environment.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { invalid, type RandomStream, randomStream } from "@csi-feedback/common";
import { type AntennaArray, antennaCount, arrayGrid } from "./arrays";
import { SPEED_OF_LIGHT } from "./paths";

/** A complex vector over the antennas. */
export interface SteeringVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** An array whose elements stand anywhere on a line, or anywhere in a plane. */
export interface IrregularArray {
  readonly kind: "irregular";
  /** Place of each element along the first axis [wavelengths], from any origin. */
  readonly across: readonly number[];
  /** Along the second axis; when absent, all elements stand on one line. */
  readonly up?: readonly number[];
}

/** An array that may be so large that waves arrive curved. */
export type ExtremelyLargeArray = AntennaArray | IrregularArray;

/** Places of the elements about the array's centre [wavelengths]. */
export interface ElementOffsets {
  /** Along the first axis, `[antennas]`. */
  readonly across: Float64Array;
  /** Along the second axis, `[antennas]`; absent for linear arrays. */
  readonly up?: Float64Array;
}

/**
 * Where the elements of an array stand about its centre: the middle of a regular array, the mean place of
 * an irregular one. The phase of an element falls by `2 pi` for every wavelength of
 * `across * u + up * v`, where u and v are the direction cosines of an arriving plane wave.
 *
 * @throws CsiFeedbackError `INVALID_ARRAY` for an irregular array without elements, with places that are
 * not finite, or with axes of different lengths; for regular ones as `antennaCount`.
 *
 * @example
 * ```ts
 * import { elementOffsets } from "@csi-feedback/channel-models";
 *
 * console.log([...elementOffsets({ kind: "ula", elements: 4 }).across].join(" ")); // -0.75 -0.25 0.25 0.75
 * console.log([...elementOffsets({ kind: "irregular", across: [0, 1, 5] }).across].join(" ")); // -2 -1 3
 * ```
 */
export function elementOffsets(array: ExtremelyLargeArray): ElementOffsets {
  if (array.kind === "irregular") return irregularOffsets(array);
  antennaCount(array);
  const [rows, columns] = arrayGrid(array);
  const spacing = array.spacing ?? 0.5;
  const count = rows * columns;
  const across = Float64Array.from(
    { length: count },
    (_, n) => spacing * ((n % columns) - (columns - 1) / 2),
  );
  if (array.kind === "ula") return { across };
  const up = Float64Array.from(across, (_, n) => spacing * (Math.floor(n / columns) - (rows - 1) / 2));
  return { across, up };
}

function irregularOffsets({ across, up }: IrregularArray): ElementOffsets {
  if (across.length === 0 || (up !== undefined && up.length !== across.length)) {
    invalid("INVALID_ARRAY", "elementOffsets", "both axes must have one place for each element", [
      across.length,
      up?.length,
    ]);
  }
  const centred = (places: readonly number[]) => {
    if (!places.every(Number.isFinite)) {
      invalid("INVALID_ARRAY", "elementOffsets", "places must be finite", places);
    }
    const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
    return Float64Array.from(places, (place) => place - mean);
  };
  return up === undefined ? { across: centred(across) } : { across: centred(across), up: centred(up) };
}

/** A linear array ignores the second direction cosine. */
function isLinear(array: ExtremelyLargeArray): boolean {
  return array.kind === "ula" || (array.kind === "irregular" && array.up === undefined);
}

/** Direction cosines along the axes of the array; a linear array lies along x, a planar one in the y-z plane. */
function directionCosines(array: ExtremelyLargeArray, azimuth: number, zenith: number): [number, number] {
  if (!isLinear(array)) return [Math.sin(zenith) * Math.sin(azimuth), Math.cos(zenith)];
  const horizontal = array.kind === "ula" && array.ignoreZenith ? 1 : Math.sin(zenith);
  return [horizontal * Math.cos(azimuth), 0];
}

/** Adds `gain` times the steering vector; `curvature` is one over the distance [1 / wavelength], 0 for a plane wave. */
function addWave(
  sum: SteeringVector,
  { across, up }: ElementOffsets,
  [u, v]: readonly [number, number],
  curvature: number,
  gain: readonly [re: number, im: number],
): void {
  const scale = 1 / Math.sqrt(across.length);
  for (let n = 0; n < across.length; n++) {
    const x = across[n];
    const y = up === undefined ? 0 : up[n];
    // r_n - r without cancellation: (r_n^2 - r^2) / (r_n + r), both in units of r.
    const along = x * u + y * v;
    const change = curvature * (x * x + y * y) + 2 * along;
    const cycles = change / (Math.sqrt(1 + curvature * change) + 1);
    const cos = Math.cos(2 * Math.PI * cycles) * scale;
    const sin = -Math.sin(2 * Math.PI * cycles) * scale;
    sum.re[n] += gain[0] * cos - gain[1] * sin;
    sum.im[n] += gain[0] * sin + gain[1] * cos;
  }
}

function steeringVector(
  array: ExtremelyLargeArray,
  azimuth: number,
  zenith: number,
  curvature: number,
): SteeringVector {
  const offsets = elementOffsets(array);
  const count = offsets.across.length;
  const vector = { re: new Float64Array(count), im: new Float64Array(count) };
  addWave(vector, offsets, directionCosines(array, azimuth, zenith), curvature, [1, 0]);
  return vector;
}

/**
 * Response of the array to a plane wave, unit norm, phase zero at the array's centre.
 * A linear array has `exp(-j 2 pi spacing (n - (N - 1) / 2) sin(zenith) cos(azimuth)) / sqrt(N)`.
 *
 * @param azimuth - [rad]
 * @param zenith - [rad]; the horizontal plane by default.
 */
export function farFieldSteering(
  array: ExtremelyLargeArray,
  azimuth: number,
  zenith = Math.PI / 2,
): SteeringVector {
  return steeringVector(array, azimuth, zenith, 0);
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
  array: ExtremelyLargeArray,
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
  return steeringVector(array, azimuth, zenith, 1 / distance);
}

/**
 * Rayleigh distance `2 D^2 / wavelength` of an array [wavelengths], with the aperture
 * `D = N spacing` along each axis of a regular array and from the first to the last place of an
 * irregular one (the diagonal of a planar array).
 *
 * @example
 * ```ts
 * import { rayleighDistance } from "@csi-feedback/channel-models";
 *
 * // 256 antennas at 30 GHz, wavelength 1 cm.
 * console.log(rayleighDistance({ kind: "ula", elements: 256 }) * 0.01); // 327.68
 * ```
 */
export function rayleighDistance(array: ExtremelyLargeArray): number {
  const sides =
    array.kind === "irregular" ? [array.across, array.up ?? [0]].map(extent) : regularSides(array);
  return 2 * (sides[0] ** 2 + sides[1] ** 2);
}

function regularSides(array: AntennaArray): number[] {
  const [rows, columns] = arrayGrid(array);
  const spacing = array.spacing ?? 0.5;
  return [columns * spacing, rows === 1 ? 0 : rows * spacing];
}

function extent(places: readonly number[]): number {
  const sorted = Float64Array.from(places).sort();
  return sorted[sorted.length - 1] - sorted[0];
}

/** What {@link generateHybridField} makes. */
export interface HybridFieldOptions {
  readonly samples: number;
  readonly seed: number;
  /** Index of the first sample; 0 by default. Sample `i` is the same whatever range it is made in. */
  readonly firstSample?: number;
  /** The array; a linear array of 256 elements by default. */
  readonly array?: ExtremelyLargeArray;
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
  if (array.kind !== "irregular" && (array.polarizations ?? 1) !== 1) {
    invalid(
      "INVALID_ARRAY",
      "generateHybridField",
      "the array must have one polarisation",
      array.polarizations,
    );
  }
  const offsets = elementOffsets(array);
  const antennas = offsets.across.length;
  const wavelength = SPEED_OF_LIGHT / carrierFrequency;
  const re = new Float32Array(samples * antennas);
  const im = new Float32Array(samples * antennas);
  for (let i = 0; i < samples; i++) {
    const random = randomStream(seed, firstSample + i);
    const sum = { re: new Float64Array(antennas), im: new Float64Array(antennas) };
    for (let l = 0; l < farPaths + nearPaths; l++) {
      const [azimuth, zenith] = drawDirection(random, array);
      const curvature =
        l < farPaths ? 0 : wavelength / (distances[0] + (distances[1] - distances[0]) * random.uniform());
      const gain = [random.normal() * Math.SQRT1_2, random.normal() * Math.SQRT1_2] as const;
      addWave(sum, offsets, directionCosines(array, azimuth, zenith), curvature, gain);
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
function drawDirection(random: RandomStream, array: ExtremelyLargeArray): [azimuth: number, zenith: number] {
  const angle = Math.PI * (random.uniform() - 0.5);
  if (isLinear(array)) return [Math.PI / 2 - angle, Math.PI / 2];
  return [angle, Math.PI * random.uniform()];
}

// Dictionaries of waves that matching pursuit chooses from: plane waves (angle domain), and
// waves from a polar grid of directions and distances. On a regular linear array all waves of one
// curvature are correlated with by one FFT; on any other, atom by atom.
import { invalid } from "@csi-feedback/common";
import FFT from "fft.js";
import { type ComplexMatrix, type ComplexVector, innerProduct, multiply, scale, zeroVector } from "./complex";
import { type AntennaPlaces, arrayResponse, assertPlaces, type Wave } from "./waves";

/** Waves to choose from. */
export interface Dictionary {
  /** Number of atoms. */
  readonly size: number;
  readonly antennas: number;
  /** The wave of an atom. */
  wave(index: number): Wave;
  /** The exact response of the array to it, unit norm. */
  atom(index: number): ComplexVector;
  /** Adds `|a^H residual|²` of every atom to `energies`. */
  addCorrelations(residual: ComplexVector, energies: Float64Array): void;
  /** Real multiply-accumulates of that; an FFT counts as one of radix 2. */
  readonly multiplyAccumulates: number;
}

/** Options of {@link angleDictionary}. */
export interface AngleDictionaryOptions {
  /** Directions for each antenna along an axis; 1, which is the DFT of a regular array, unless told. */
  readonly oversampling?: number;
}

/** Options of {@link polarDictionary}. */
export interface PolarDictionaryOptions extends AngleDictionaryOptions {
  /** Nearest source [wavelengths]. */
  readonly nearest: number;
  /**
   * How far apart the curvatures of neighbouring rings are, β of Cui and Dai: their atoms' correlation falls as β grows.
   * 1.2 unless told.
   */
  readonly ringSpacing?: number;
}

/**
 * Plane waves over a grid of direction cosines: the DFT of a linear array, the two-dimensional one of a planar array.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SHAPE`.
 */
export function angleDictionary(places: AntennaPlaces, options: AngleDictionaryOptions = {}): Dictionary {
  return build("angleDictionary", places, [0], options.oversampling ?? 1);
}

/**
 * Waves over a polar grid (Cui and Dai 2022): directions as in the angle domain, and in each of them distances that lie
 * ever closer towards the array, such that neighbouring rings differ by the same bend over the aperture. The first ring
 * are the plane waves.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `INVALID_SHAPE`.
 *
 * @example
 * ```ts
 * import { polarDictionary } from "@csi-feedback/channel-estimation";
 *
 * // 256 antennas half a wavelength apart, sources from 10 m at 30 GHz.
 * const across = Float64Array.from({ length: 256 }, (_, n) => 0.5 * (n - 127.5));
 * const dictionary = polarDictionary({ across }, { nearest: 1000 });
 * console.log(dictionary.size, dictionary.wave(0).curvature); // 1096 0
 * ```
 */
export function polarDictionary(places: AntennaPlaces, options: PolarDictionaryOptions): Dictionary {
  const { nearest, ringSpacing = 1.2, oversampling = 1 } = options;
  for (const [name, value] of Object.entries({ nearest, ringSpacing })) {
    if (!(value > 0 && Number.isFinite(value))) {
      invalid("INVALID_ARGUMENT", "polarDictionary", `${name} must be positive and finite`, value);
    }
  }
  assertPlaces("polarDictionary", places);
  // The bend q = (1 - u²) / r is what curves the wavefront; rings are equal steps of it.
  const aperture = Math.hypot(extent(places.across), places.up === undefined ? 0 : extent(places.up));
  const step = (2 * ringSpacing ** 2) / aperture ** 2;
  const bends = [0];
  while (bends[bends.length - 1] + step <= 1 / nearest) bends.push(bends[bends.length - 1] + step);
  // The last step reaches the nearest sources as well.
  if (1 / nearest - bends[bends.length - 1] > step / 4) bends.push(1 / nearest);
  return build("polarDictionary", places, bends, oversampling, nearest);
}

function build(
  functionName: string,
  places: AntennaPlaces,
  bends: readonly number[],
  oversampling: number,
  nearest = Number.POSITIVE_INFINITY,
): Dictionary {
  assertPlaces(functionName, places);
  if (!Number.isSafeInteger(oversampling) || oversampling < 1) {
    invalid("INVALID_ARGUMENT", functionName, "oversampling must be a positive integer", oversampling);
  }
  const spacing = regularSpacing(places);
  if (spacing !== undefined) {
    return new LinearDictionary(places, spacing, bends, oversampling, nearest);
  }
  const waves: Wave[] = [];
  const [us, vs] = [directions(places.across, oversampling), directions(places.up, oversampling)];
  for (const bend of bends) {
    for (const v of vs) {
      for (const u of us) {
        const across = 1 - u * u - v * v;
        const curvature = bend === 0 ? 0 : bend / across;
        if (across >= 0 && curvature <= 1 / nearest + 1e-12) waves.push({ u, v, curvature });
      }
    }
  }
  return new GeneralDictionary(places, waves);
}

function extent(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
}

/** Element spacing of a regular linear array [wavelengths]; undefined for any other. */
function regularSpacing({ across, up }: AntennaPlaces): number | undefined {
  if (up !== undefined || across.length < 2) return undefined;
  const spacing = across[1] - across[0];
  const regular = across.every((place, n) => Math.abs(place - across[0] - n * spacing) < 1e-9);
  return regular && spacing > 0 ? spacing : undefined;
}

/** Direction cosines that an axis can tell apart: one for each cycle over its extent. */
function directions(places: Float64Array | undefined, oversampling: number): number[] {
  if (places === undefined) return [0];
  const distinct = new Set(places).size;
  const width = (extent(places) * distinct) / Math.max(1, distinct - 1);
  const count = Math.max(1, Math.round(2 * width * oversampling));
  return Array.from({ length: count }, (_, k) => -1 + (2 * k + 1) / count);
}

/** Atoms of any array, kept as they are. */
class GeneralDictionary implements Dictionary {
  readonly size: number;
  readonly antennas: number;
  readonly multiplyAccumulates: number;
  readonly #waves: readonly Wave[];
  readonly #atoms: readonly ComplexVector[];

  constructor(places: AntennaPlaces, waves: readonly Wave[]) {
    this.size = waves.length;
    this.antennas = places.across.length;
    this.#waves = waves;
    this.#atoms = waves.map((wave) => arrayResponse(places, wave));
    this.multiplyAccumulates = this.size * (4 * this.antennas + 2);
  }

  wave(index: number): Wave {
    return this.#waves[index];
  }

  atom(index: number): ComplexVector {
    return this.#atoms[index];
  }

  addCorrelations(residual: ComplexVector, energies: Float64Array): void {
    for (let i = 0; i < this.size; i++) {
      const [re, im] = innerProduct(this.#atoms[i], residual);
      energies[i] += re * re + im * im;
    }
  }
}

/**
 * Atoms of a regular linear array. All directions of one bend share the quadratic phase `exp(-j pi q x²)` up to terms of
 * the third order, so that one FFT of the unbent residual correlates with all of them.
 */
class LinearDictionary implements Dictionary {
  readonly size: number;
  readonly antennas: number;
  readonly multiplyAccumulates: number;
  readonly #places: AntennaPlaces;
  /** For each ring: the phases of its bend, of unit norm, and the atoms' places in the FFT. */
  readonly #rings: readonly {
    readonly bend: ComplexVector;
    readonly bins: Int32Array;
    readonly start: number;
  }[];
  readonly #waves: readonly Wave[];
  readonly #fft: FFT;
  readonly #input: Float64Array;
  readonly #output: Float64Array;

  constructor(
    places: AntennaPlaces,
    spacing: number,
    bends: readonly number[],
    oversampling: number,
    nearest: number,
  ) {
    const { across } = places;
    this.antennas = across.length;
    this.#places = places;
    const length = 2 ** Math.ceil(Math.log2(Math.max(2, across.length * oversampling)));
    this.#fft = new FFT(length);
    this.#input = new Float64Array(2 * length);
    this.#output = new Float64Array(2 * length);
    const waves: Wave[] = [];
    this.#rings = bends.map((bend) => {
      const start = waves.length;
      const bins: number[] = [];
      for (let k = -length / 2; k < length / 2; k++) {
        // A spatial frequency of k / length cycles an element, which repeats after one.
        const u = k / length / spacing;
        const curvature = bend === 0 ? 0 : bend / (1 - u * u);
        if (Math.abs(u) > 1 || curvature > 1 / nearest + 1e-12) continue;
        bins.push((k + length) % length);
        waves.push({ u, v: 0, curvature });
      }
      const phases = zeroVector(across.length);
      const norm = 1 / Math.sqrt(across.length);
      for (let n = 0; n < across.length; n++) {
        phases.re[n] = norm * Math.cos(Math.PI * bend * across[n] ** 2);
        phases.im[n] = norm * Math.sin(Math.PI * bend * across[n] ** 2);
      }
      return { bend: phases, bins: Int32Array.from(bins), start };
    });
    this.#waves = waves;
    this.size = waves.length;
    const ring = 4 * this.antennas + 2 * length * Math.log2(length);
    this.multiplyAccumulates = bends.length * ring + 2 * this.size;
  }

  wave(index: number): Wave {
    return this.#waves[index];
  }

  atom(index: number): ComplexVector {
    return arrayResponse(this.#places, this.#waves[index]);
  }

  addCorrelations({ re, im }: ComplexVector, energies: Float64Array): void {
    const [input, output] = [this.#input, this.#output];
    for (const { bend, bins, start } of this.#rings) {
      // conj(FFT(conj(x))) is the inverse FFT, and only magnitudes are wanted.
      for (let n = 0; n < this.antennas; n++) {
        input[2 * n] = re[n] * bend.re[n] - im[n] * bend.im[n];
        input[2 * n + 1] = -(re[n] * bend.im[n] + im[n] * bend.re[n]);
      }
      this.#fft.transform(output, input);
      for (let i = 0; i < bins.length; i++) {
        const place = 2 * bins[i];
        energies[start + i] += output[place] * output[place] + output[place + 1] * output[place + 1];
      }
    }
  }
}

/**
 * A dictionary as a combining matrix sees it: its atoms are `A a`, scaled to unit norm, and pursuit over them works on
 * observations in place of channels.
 */
export class SensedDictionary {
  readonly size: number;
  /** Length of an observation. */
  readonly antennas: number;
  readonly #atoms: readonly ComplexVector[];
  /** Norm of `A a` for each atom. */
  readonly norms: Float64Array;
  readonly multiplyAccumulates: number;

  constructor(dictionary: Dictionary, pilots: ComplexMatrix) {
    this.size = dictionary.size;
    this.antennas = pilots.rows;
    this.norms = new Float64Array(dictionary.size);
    this.multiplyAccumulates = this.size * (4 * this.antennas + 2);
    this.#atoms = Array.from({ length: dictionary.size }, (_, i) => {
      const seen = multiply(pilots, dictionary.atom(i));
      this.norms[i] = Math.sqrt(innerProduct(seen, seen)[0]);
      scale(seen, 1 / this.norms[i]);
      return seen;
    });
  }

  atom(index: number): ComplexVector {
    return this.#atoms[index];
  }

  addCorrelations(residual: ComplexVector, energies: Float64Array): void {
    for (let i = 0; i < this.size; i++) {
      const [re, im] = innerProduct(this.#atoms[i], residual);
      energies[i] += re * re + im * im;
    }
  }
}

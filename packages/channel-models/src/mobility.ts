// Moving users: the Doppler shift of each path, and channels at several instants.
// The environment stands still and the user moves by far less than its size.
import { invalid, randomStream } from "@csi-feedback/common";
import { type ChannelModelName, resolveModel } from "./generate";
import type { ChannelModel } from "./model";
import { type PropagationPaths, pathCount, SPEED_OF_LIGHT } from "./paths";
import { type AngleDelayOptions, AngleDelaySynthesizer } from "./synthesis";

/** How a user moves. */
export interface UserMotion {
  /** [m/s] */
  readonly speed: number;
  /** Azimuth of the movement [rad], in the frame of the paths' arrival angles. */
  readonly azimuth: number;
  /** Zenith angle of the movement [rad]; level by default. */
  readonly zenith?: number;
}

/**
 * Doppler shift of every path [Hz] for a moving user, `(arrival direction . velocity) / wavelength`,
 * eq. 7.5-25 of TR 38.901: positive where the user moves towards the path's origin.
 *
 * @throws CsiFeedbackError `MISSING_ARRIVAL_ANGLES` for paths without angles of arrival, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { dopplerShifts } from "@csi-feedback/channel-models";
 *
 * const paths = {
 *   delays: Float64Array.of(1e-6, 2e-6),
 *   gainsRe: Float64Array.of(1, 1),
 *   gainsIm: Float64Array.of(0, 0),
 *   azimuths: Float64Array.of(0, 0),
 *   arrivalAzimuths: Float64Array.of(0, Math.PI),
 * };
 * // 30 km/h at 3.6 GHz, straight towards the first path's origin.
 * const shifts = dopplerShifts(paths, { speed: 30 / 3.6, azimuth: 0 }, 3.6e9);
 * console.log(shifts[0].toFixed(3), shifts[1].toFixed(3)); // 100.000 -100.000
 * ```
 */
export function dopplerShifts(
  paths: PropagationPaths,
  motion: UserMotion,
  carrierFrequency: number,
): Float64Array {
  const count = pathCount(paths, "dopplerShifts");
  const { arrivalAzimuths, arrivalZeniths } = paths;
  const { speed, azimuth, zenith = Math.PI / 2 } = motion;
  if (arrivalAzimuths === undefined) {
    return invalid(
      "MISSING_ARRIVAL_ANGLES",
      "dopplerShifts",
      "paths must have arrivalAzimuths",
      Object.keys(paths),
    );
  }
  if (!(speed >= 0 && Number.isFinite(speed))) {
    invalid("INVALID_ARGUMENT", "dopplerShifts", "speed must be finite and not negative [m/s]", speed);
  }
  const largest = (speed * carrierFrequency) / SPEED_OF_LIGHT;
  return Float64Array.from({ length: count }, (_, l) => {
    const arrivalZenith = arrivalZeniths?.[l] ?? Math.PI / 2;
    const horizontal = Math.sin(arrivalZenith) * Math.sin(zenith) * Math.cos(arrivalAzimuths[l] - azimuth);
    return largest * (horizontal + Math.cos(arrivalZenith) * Math.cos(zenith));
  });
}

/** What {@link generateSequences} makes. */
export interface SequenceOptions {
  /** A registered model, or one's own, whose paths have angles of arrival. */
  readonly model: ChannelModelName | ChannelModel;
  /** Number of users. */
  readonly samples: number;
  readonly seed: number;
  /** Index of the first user; 0 by default. */
  readonly firstSample?: number;
  /** [m/s]; 30 km/h by default. The direction is uniform in azimuth. */
  readonly speed?: number;
  /** Channels per user. */
  readonly instants: number;
  /** Time between them [s]. */
  readonly interval: number;
  /** Replaces parts of the model's default array and grid. */
  readonly synthesis?: Partial<AngleDelayOptions>;
}

/** Channels over time. */
export interface ChannelSequences {
  readonly data: Float32Array;
  readonly shape: readonly [samples: number, instants: number, planes: 2, delays: number, antennas: number];
}

/**
 * Channels of moving users at equally spaced instants, `[samples, instants, 2, delays, antennas]`.
 * Instant 0 is the channel that `generateChannels` makes of the same seed.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT`, `MISSING_ARRIVAL_ANGLES`.
 */
export function generateSequences(options: SequenceOptions): ChannelSequences {
  const { samples, seed, firstSample = 0, speed = 30 / 3.6, instants, interval } = options;
  for (const [name, value] of Object.entries({ samples, firstSample, instants })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      invalid("INVALID_ARGUMENT", "generateSequences", `${name} must be a non-negative integer`, value);
    }
  }
  if (!Number.isFinite(interval)) {
    invalid("INVALID_ARGUMENT", "generateSequences", "interval must be finite [s]", interval);
  }
  const model = resolveModel(options.model, "generateSequences");
  const synthesis: AngleDelayOptions = { ...model.defaults, ...options.synthesis };
  const synthesizer = new AngleDelaySynthesizer(synthesis);
  const { delays, antennas } = synthesizer;
  const size = 2 * delays * antennas;
  const data = new Float32Array(samples * instants * size);
  for (let i = 0; i < samples; i++) {
    const random = randomStream(seed, firstSample + i);
    const { paths } = model.draw(random);
    const motion = { speed, azimuth: 2 * Math.PI * random.uniform() };
    const moving = { ...paths, dopplerShifts: dopplerShifts(paths, motion, synthesis.carrierFrequency) };
    for (let t = 0; t < instants; t++) {
      synthesizer.write(moving, data, (i * instants + t) * size, t * interval);
    }
  }
  return { data, shape: [samples, instants, 2, delays, antennas] };
}

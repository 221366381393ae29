// DeepMIMO's own formula from ray-traced paths to OFDM channels. Reading DeepMIMO's
// files is not done here. The user has one isotropic antenna.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { invalid } from "@csi-feedback/common";

/** Paths of one user in DeepMIMO's units, one entry per path. */
export interface DeepMimoPaths {
  /** [deg] */
  readonly phases: ArrayLike<number>;
  /** Time of arrival [s]. */
  readonly delays: ArrayLike<number>;
  /** Received power [dBm]. */
  readonly powers: ArrayLike<number>;
  /** Azimuth of departure [deg]. */
  readonly departureAzimuths: ArrayLike<number>;
  /** Zenith angle of departure [deg], from +z. */
  readonly departureZeniths: ArrayLike<number>;
  /** Doppler shift [Hz]; absent: none. */
  readonly dopplerShifts?: ArrayLike<number>;
}

/** Parameters of DeepMIMO's channel, under the names of its parameter list in brackets. */
export interface DeepMimoOptions {
  /** Elements along x, y and z (num_ant_BS); x runs fastest. */
  readonly antennas: readonly [x: number, y: number, z: number];
  /** Element spacing [wavelengths] (ant_spacing); 0.5 by default. */
  readonly spacing?: number;
  /** [Hz] */
  readonly bandwidth: number;
  /** Number of OFDM tones N (num_OFDM). */
  readonly subcarriers: number;
  /** Tones computed (OFDM_limit, OFDM_sampling_factor); all by default. */
  readonly tones?: readonly number[];
  /** Only the first paths are used (num_paths); all by default. */
  readonly paths?: number;
  /** Transmit power of the ray tracing [dBm]; 30 by default. */
  readonly transmitPower?: number;
  /** Shapes each path by an ideal low-pass filter sampled at the bandwidth (activate_RX_filter); false by default. */
  readonly receiveFilter?: boolean;
  /** Instant [s], for the Doppler shifts; 0 by default. */
  readonly time?: number;
}

/**
 * OFDM channel of one user, shape `[1, tones, antennas]`:
 * `h[k] = sum_l sqrt(P_l / N) exp(j phase_l) exp(-j 2 pi k tau_l bandwidth / N) a(l)` with
 * `a = exp(j 2 pi spacing (n_x sin(zen) cos(az) + n_y sin(zen) sin(az) + n_z cos(zen)))` and
 * `P_l = 10^((P_dBm - P_transmit) / 10)` [W per watt sent]. Paths that arrive after
 * the N-th sample are dropped, as DeepMIMO does.
 *
 * @throws CsiFeedbackError `SHAPE_MISMATCH`, `INVALID_ARGUMENT`.
 *
 * @example
 * ```ts
 * import { deepMimoChannel } from "@csi-feedback/channel-models";
 *
 * const channel = deepMimoChannel(
 *   { phases: [0], delays: [0], powers: [-70], departureAzimuths: [90], departureZeniths: [90] },
 *   { antennas: [1, 2, 1], bandwidth: 10e6, subcarriers: 1 },
 * );
 * // -100 dB of gain; half a wavelength more along +y turns the phase by 180 degrees.
 * console.log(channel.re[0].toExponential(2), channel.re[1].toExponential(2)); // 1.00e-5 -1.00e-5
 * ```
 */
export function deepMimoChannel(paths: DeepMimoPaths, options: DeepMimoOptions): FrequencyChannels {
  const { antennas, spacing = 0.5, bandwidth, subcarriers, transmitPower = 30, time = 0 } = options;
  const count = paths.delays.length;
  for (const [name, values] of Object.entries(paths)) {
    if (values !== undefined && values.length !== count) {
      invalid(
        "SHAPE_MISMATCH",
        "deepMimoChannel",
        `${name} must have one entry per path (${count})`,
        values.length,
      );
    }
  }
  if (!antennas.every((n) => Number.isSafeInteger(n) && n > 0)) {
    invalid("INVALID_ARGUMENT", "deepMimoChannel", "antennas must be three positive integers", antennas);
  }
  if (
    !(bandwidth > 0 && Number.isFinite(bandwidth)) ||
    !(Number.isSafeInteger(subcarriers) && subcarriers > 0)
  ) {
    invalid("INVALID_ARGUMENT", "deepMimoChannel", "bandwidth and subcarriers must be positive", [
      bandwidth,
      subcarriers,
    ]);
  }
  const tones = options.tones ?? Array.from({ length: subcarriers }, (_, k) => k);
  const elements = antennas[0] * antennas[1] * antennas[2];
  const sumRe = new Float64Array(tones.length * elements);
  const sumIm = new Float64Array(tones.length * elements);
  const used = Math.min(count, options.paths ?? count);
  for (let l = 0; l < used; l++) {
    const samples = paths.delays[l] * bandwidth;
    if (!(samples < subcarriers)) {
      continue;
    }
    const amplitude = Math.sqrt(10 ** ((paths.powers[l] - transmitPower) / 10) / subcarriers);
    const phase = (paths.phases[l] * Math.PI) / 180 + 2 * Math.PI * (paths.dopplerShifts?.[l] ?? 0) * time;
    const azimuth = (paths.departureAzimuths[l] * Math.PI) / 180;
    const zenith = (paths.departureZeniths[l] * Math.PI) / 180;
    const [kx, ky, kz] = [
      spacing * Math.sin(zenith) * Math.cos(azimuth),
      spacing * Math.sin(zenith) * Math.sin(azimuth),
      spacing * Math.cos(zenith),
    ];
    const response = options.receiveFilter
      ? filteredResponse(samples, tones, subcarriers)
      : tones.map((k) => toneResponse(1, (k * samples) / subcarriers));
    for (let n = 0; n < elements; n++) {
      const x = n % antennas[0];
      const y = Math.floor(n / antennas[0]) % antennas[1];
      const z = Math.floor(n / (antennas[0] * antennas[1]));
      const turn = phase + 2 * Math.PI * (x * kx + y * ky + z * kz);
      const re = amplitude * Math.cos(turn);
      const im = amplitude * Math.sin(turn);
      for (let k = 0; k < tones.length; k++) {
        const [toneRe, toneIm] = response[k];
        sumRe[k * elements + n] += re * toneRe - im * toneIm;
        sumIm[k * elements + n] += re * toneIm + im * toneRe;
      }
    }
  }
  return { re: Float32Array.from(sumRe), im: Float32Array.from(sumIm), shape: [1, tones.length, elements] };
}

function toneResponse(amplitude: number, cycles: number): [number, number] {
  return [amplitude * Math.cos(2 * Math.PI * cycles), -amplitude * Math.sin(2 * Math.PI * cycles)];
}

/** DFT at the tones of the pulse sinc(d - samples), d = 0 .. N - 1. */
function filteredResponse(
  samples: number,
  tones: readonly number[],
  subcarriers: number,
): [number, number][] {
  const pulse = Float64Array.from({ length: subcarriers }, (_, d) => {
    const x = Math.PI * (d - samples);
    return Math.abs(x) < 1e-12 ? 1 : Math.sin(x) / x;
  });
  return tones.map((k) => {
    let re = 0;
    let im = 0;
    for (let d = 0; d < subcarriers; d++) {
      const [toneRe, toneIm] = toneResponse(pulse[d], (k * d) / subcarriers);
      re += toneRe;
      im += toneIm;
    }
    return [re, im];
  });
}

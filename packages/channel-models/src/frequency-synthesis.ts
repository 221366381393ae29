// Channels over the full frequency grid, antenna by antenna: what the closed form of
// synthesis.ts is checked against and what frequency-domain methods need.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { type AntennaArray, antennaCount, arrayGrid, spatialFrequencies } from "./arrays";
import { type PropagationPaths, pathCount, polarizationGains } from "./paths";
import { assertGrid, type OfdmGrid } from "./synthesis";

/** What {@link synthesizeFrequency} needs besides the paths. */
export interface FrequencyOptions extends OfdmGrid {
  readonly array: AntennaArray;
  /** Instant of the channel [s], which turns each path by its Doppler shift; 0 by default. */
  readonly time?: number;
}

/**
 * The frequency response of one link at every antenna,
 * `sum_l gain_l exp(-j 2 pi f_k delay_l) exp(j 2 pi doppler_l time) a_n(direction_l)`
 * with `f_k = carrierFrequency - bandwidth / 2 + k bandwidth / subcarriers`.
 * Shape `[1, subcarriers, antennas]`.
 *
 * @throws CsiFeedbackError `INVALID_GRID`, `INVALID_ARRAY`, `SHAPE_MISMATCH`, `MISSING_POLARIZATION`.
 */
export function synthesizeFrequency(paths: PropagationPaths, options: FrequencyOptions): FrequencyChannels {
  assertGrid(options, "synthesizeFrequency");
  const { array, carrierFrequency, bandwidth, subcarriers, time = 0 } = options;
  const antennas = antennaCount(array);
  const count = pathCount(paths, "synthesizeFrequency");
  const sumRe = new Float64Array(subcarriers * antennas);
  const sumIm = new Float64Array(subcarriers * antennas);
  const [rows, columns] = arrayGrid(array);
  const elements = rows * columns;
  const steeringRe = new Float64Array(elements);
  const steeringIm = new Float64Array(elements);
  const polarizations = Array.from({ length: array.polarizations ?? 1 }, (_, p) =>
    polarizationGains(paths, p, "synthesizeFrequency"),
  );
  for (let l = 0; l < count; l++) {
    const [rowFrequency, columnFrequency] = spatialFrequencies(
      array,
      paths.azimuths[l],
      paths.zeniths?.[l] ?? Math.PI / 2,
    );
    for (let n = 0; n < elements; n++) {
      const phase = -2 * Math.PI * (Math.floor(n / columns) * rowFrequency + (n % columns) * columnFrequency);
      steeringRe[n] = Math.cos(phase);
      steeringIm[n] = Math.sin(phase);
    }
    const delay = paths.delays[l];
    const turned = (paths.dopplerShifts?.[l] ?? 0) * time;
    for (let k = 0; k < subcarriers; k++) {
      const cycles = (carrierFrequency - bandwidth / 2 + (k * bandwidth) / subcarriers) * delay - turned;
      const phase = -2 * Math.PI * (cycles - Math.round(cycles));
      const cosine = Math.cos(phase);
      const sine = Math.sin(phase);
      polarizations.forEach(([gainsRe, gainsIm], p) => {
        const re = gainsRe[l] * cosine - gainsIm[l] * sine;
        const im = gainsRe[l] * sine + gainsIm[l] * cosine;
        for (let n = 0, i = k * antennas + p * elements; n < elements; n++, i++) {
          sumRe[i] += re * steeringRe[n] - im * steeringIm[n];
          sumIm[i] += re * steeringIm[n] + im * steeringRe[n];
        }
      });
    }
  }
  return { re: Float32Array.from(sumRe), im: Float32Array.from(sumIm), shape: [1, subcarriers, antennas] };
}

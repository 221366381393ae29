// Rays of TR 38.901: offset angles within a cluster, random coupling, polarised
// coefficients, and their list as propagation paths. Shared by the drop-based models
// (clause 7.5) and the clustered delay lines (clause 7.7.1).
import type { RandomStream } from "@csi-feedback/common";
import type { PropagationPaths } from "../paths";

/** Offset angles of the 20 rays of a cluster of unit spread, table 7.5-3. */
export const RAY_OFFSETS: readonly number[] = [
  0.0447, 0.1413, 0.2492, 0.3715, 0.5129, 0.6797, 0.8844, 1.1481, 1.5195, 2.1551,
].flatMap((offset) => [offset, -offset]);

/** Angles of a link end or a cluster [deg]. */
export interface ClusterAngles {
  readonly aod: number;
  readonly aoa: number;
  readonly zod: number;
  readonly zoa: number;
}

/** Antenna slants [rad]: 0 is vertical, model 2 of clause 7.3.2 (`F_theta = cos`, `F_phi = sin`). */
export interface AntennaSlants {
  /** One slant per polarisation of the base station: `[0]`, or `[pi / 4, -pi / 4]` for a cross-polarised array. */
  readonly baseStation: readonly [number] | readonly [number, number];
  /** Slant of the user's antenna. */
  readonly user: number;
}

const RADIANS = Math.PI / 180;

/** Zenith angles beyond the poles are folded back, as step 7 of clause 7.5 asks. */
function foldZenith(degrees: number): number {
  const turned = ((degrees % 360) + 360) % 360;
  return turned > 180 ? 360 - turned : turned;
}

/** Collects rays and finishes them as {@link PropagationPaths}. */
export class RayList {
  readonly #columns: Float64Array[];
  readonly #slants: AntennaSlants;
  #count = 0;

  constructor(capacity: number, slants: AntennaSlants) {
    this.#slants = slants;
    this.#columns = Array.from({ length: 9 }, () => new Float64Array(capacity));
  }

  /**
   * Adds one ray with random phases (steps 9 to 11).
   *
   * @param power - of the ray; its vertical-to-vertical amplitude is the square root.
   * @param crossPolarizationRatio - kappa, linear.
   */
  addScattered(
    random: RandomStream,
    delay: number,
    power: number,
    angles: ClusterAngles,
    crossPolarizationRatio: number,
  ): void {
    const amplitude = Math.sqrt(power);
    const leak = Math.sqrt(1 / crossPolarizationRatio);
    // Phases of the couplings theta-theta, theta-phi, phi-theta, phi-phi.
    const phases = [0, 1, 2, 3].map(() => 2 * Math.PI * random.uniform());
    const { user, baseStation } = this.#slants;
    const [userTheta, userPhi] = [Math.cos(user), Math.sin(user)];
    const weights = baseStation.map((slant) => [
      amplitude * userTheta * Math.cos(slant),
      amplitude * leak * userTheta * Math.sin(slant),
      amplitude * leak * userPhi * Math.cos(slant),
      amplitude * userPhi * Math.sin(slant),
    ]);
    const gains = weights.map((row) => [
      row.reduce((sum, weight, i) => sum + weight * Math.cos(phases[i]), 0),
      row.reduce((sum, weight, i) => sum + weight * Math.sin(phases[i]), 0),
    ]);
    this.#add(delay, gains, angles);
  }

  /** Adds the direct ray, whose coupling matrix is diag(1, -1), with the given phase [rad]. */
  addDirect(delay: number, power: number, angles: ClusterAngles, phase: number): void {
    const amplitude = Math.sqrt(power);
    const { user, baseStation } = this.#slants;
    const gains = baseStation.map((slant) => {
      const weight = amplitude * (Math.cos(user) * Math.cos(slant) - Math.sin(user) * Math.sin(slant));
      return [weight * Math.cos(phase), weight * Math.sin(phase)];
    });
    this.#add(delay, gains, angles);
  }

  #add(delay: number, gains: number[][], angles: ClusterAngles): void {
    const i = this.#count++;
    const [first, second = [0, 0]] = gains;
    const values = [
      delay,
      first[0],
      first[1],
      second[0],
      second[1],
      angles.aod * RADIANS,
      foldZenith(angles.zod) * RADIANS,
      angles.aoa * RADIANS,
      foldZenith(angles.zoa) * RADIANS,
    ];
    for (let c = 0; c < values.length; c++) {
      this.#columns[c][i] = values[c];
    }
  }

  /** The rays as paths, all amplitudes times `scale`. */
  finish(scale: number): PropagationPaths {
    const [
      delays,
      gainsRe,
      gainsIm,
      secondGainsRe,
      secondGainsIm,
      azimuths,
      zeniths,
      arrivalAzimuths,
      arrivalZeniths,
    ] = this.#columns.map((column) => column.subarray(0, this.#count));
    for (const gains of [gainsRe, gainsIm, secondGainsRe, secondGainsIm]) {
      for (let i = 0; i < gains.length; i++) {
        gains[i] *= scale;
      }
    }
    const paths = { delays, gainsRe, gainsIm, azimuths, zeniths, arrivalAzimuths, arrivalZeniths };
    return this.#slants.baseStation.length === 1 ? paths : { ...paths, secondGainsRe, secondGainsIm };
  }
}

/** Cluster spreads of the rays [deg]. */
export interface RaySpreads {
  readonly asd: number;
  readonly asa: number;
  readonly zsd: number;
  readonly zsa: number;
}

/**
 * Angles of the rays `members` of one cluster (or sub-cluster), each angle's offsets
 * in a random order of their own: the random coupling of step 8.
 */
export function coupledRayAngles(
  random: RandomStream,
  cluster: ClusterAngles,
  spreads: RaySpreads,
  members: readonly number[],
): ClusterAngles[] {
  const shuffled = () => {
    const order = random.permutation(members.length);
    return members.map((_, i) => RAY_OFFSETS[members[order[i]]]);
  };
  const [aoa, zod, zoa] = [shuffled(), shuffled(), shuffled()];
  return members.map((ray, i) => ({
    aod: cluster.aod + spreads.asd * RAY_OFFSETS[ray],
    aoa: cluster.aoa + spreads.asa * aoa[i],
    zod: cluster.zod + spreads.zsd * zod[i],
    zoa: cluster.zoa + spreads.zsa * zoa[i],
  }));
}

// The TR 38.901 generators: urban macro and urban micro drops (clause 7.5) and the
// clustered delay lines A to E (clause 7.7.1). Outdoor users; spatial consistency,
// blockage and outdoor-to-indoor loss are not modelled.
import { invalid, type RandomStream } from "@csi-feedback/common";
import type { ChannelDraw } from "../model";
import cdlTables from "./cdl.json";
import {
  drawLargeScale,
  type LinkState,
  lineOfSightProbability,
  pathLoss,
  type Tr38901Scenario,
} from "./large-scale";
import { type AntennaSlants, coupledRayAngles, RayList } from "./rays";
import scenarios from "./scenarios.json";
import { drawRays } from "./small-scale";

const DEGREES = 180 / Math.PI;
const VERTICAL: AntennaSlants = { baseStation: [0], user: 0 };

/** What a TR 38.901 drop depends on. Distances and heights in [m], angles in [rad]. */
export interface Tr38901Options {
  /** Carrier frequency [Hz]; 28 GHz by default. */
  readonly carrierFrequency?: number;
  /** Line-of-sight state of every link, or `probability` to draw it from table 7.4.2-1 (the default). */
  readonly state?: LinkState | "probability";
  /** Height of the base station; 25 (UMa) or 10 (UMi) by default. */
  readonly baseStationHeight?: number;
  /** Height of the user; 1.5 by default, at most 13. */
  readonly userHeight?: number;
  /** Users are uniform over a ring sector of these horizontal radii; 35 to 250 (UMa), 10 to 100 (UMi). */
  readonly radii?: readonly [minimum: number, maximum: number];
  /** Azimuths of the sector; 30 to 150 degrees by default, around the broadside of an array along x. */
  readonly azimuths?: readonly [minimum: number, maximum: number];
  /** Antenna slants; all vertical by default. */
  readonly slants?: AntennaSlants;
}

/**
 * A function that draws independent TR 38.901 drops. The paths' delays are relative
 * to the first arrival and their gains hold path loss and shadow fading.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for a user above 13 m or radii that are not in order.
 */
export function tr38901(
  scenario: Tr38901Scenario,
  options: Tr38901Options = {},
): (random: RandomStream) => ChannelDraw {
  const table = scenarios[scenario];
  const {
    carrierFrequency = 28e9,
    state = "probability",
    baseStationHeight = table.baseStationHeight,
    userHeight = 1.5,
    radii = [table.minimumDistance, table.radius],
    azimuths = [Math.PI / 6, (5 * Math.PI) / 6],
    slants = VERTICAL,
  } = options;
  if (!(userHeight >= 1.5 && userHeight <= 13)) {
    invalid("INVALID_ARGUMENT", "tr38901", "userHeight must be from 1.5 to 13 m", userHeight);
  }
  if (!(radii[0] > 0 && radii[1] >= radii[0])) {
    invalid("INVALID_ARGUMENT", "tr38901", "radii must be positive and in order", radii);
  }
  return (random) => {
    const distance = Math.sqrt(radii[0] ** 2 + (radii[1] ** 2 - radii[0] ** 2) * random.uniform());
    const azimuth = azimuths[0] + (azimuths[1] - azimuths[0]) * random.uniform();
    const geometry = { distance, baseStationHeight, userHeight };
    const los =
      state === "probability"
        ? random.uniform() < lineOfSightProbability(scenario, distance)
        : state === "los";
    const linkState = los ? "los" : "nlos";
    const parameters = drawLargeScale(random, scenario, linkState, carrierFrequency, geometry);
    const zenith = Math.atan2(distance, userHeight - baseStationHeight) * DEGREES;
    const direct = {
      aod: azimuth * DEGREES,
      aoa: azimuth * DEGREES + 180,
      zod: zenith,
      zoa: 180 - zenith,
      distance: Math.hypot(distance, baseStationHeight - userHeight),
    };
    const { list, clusters } = drawRays(
      random,
      scenario,
      linkState,
      carrierFrequency,
      parameters,
      direct,
      slants,
    );
    const loss = pathLoss(scenario, linkState, carrierFrequency, geometry);
    return {
      paths: list.finish(10 ** ((parameters.shadowing - loss) / 20)),
      user: { x: distance * Math.cos(azimuth), y: distance * Math.sin(azimuth) },
      details: {
        lineOfSight: los ? 1 : 0,
        pathLoss: loss,
        shadowing: parameters.shadowing,
        kFactor: parameters.kFactor,
        drawnDelaySpread: parameters.delaySpread,
        drawnAsd: parameters.asd,
        drawnAsa: parameters.asa,
        drawnZsd: parameters.zsd,
        drawnZsa: parameters.zsa,
        clusters,
      },
    };
  };
}

/** The clustered delay lines of TR 38.901. */
export type CdlProfile = keyof typeof cdlTables.profiles;

/** What a clustered delay line depends on. */
export interface CdlOptions {
  /** RMS delay spread that the normalised delays are scaled to [s]; 100 ns by default. */
  readonly delaySpread?: number;
  /** Added to all azimuths of departure [rad]; pi / 2 by default, so that 0 in the table is broadside to an array along x. */
  readonly rotation?: number;
  /** Antenna slants; all vertical by default. */
  readonly slants?: AntennaSlants;
}

/**
 * A function that draws links of a clustered delay line, tables 7.7.1-1 to 7.7.1-5:
 * the clusters are fixed, the coupling of rays and their phases are random. The
 * powers of the rays sum to 1.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for a delay spread that is not positive.
 */
export function cdl(profile: CdlProfile, options: CdlOptions = {}): (random: RandomStream) => ChannelDraw {
  const { delaySpread = 100e-9, rotation = Math.PI / 2, slants = VERTICAL } = options;
  if (!(delaySpread > 0 && Number.isFinite(delaySpread))) {
    invalid("INVALID_ARGUMENT", "cdl", "delaySpread must be positive and finite [s]", delaySpread);
  }
  const { specular, spreads, crossPolarizationRatio, clusters } = cdlTables.profiles[profile];
  const powers = clusters.map(([, power]) => 10 ** (power / 10));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const raySpreads = { asd: spreads.ASD, asa: spreads.ASA, zsd: spreads.ZSD, zsa: spreads.ZSA };
  const ratio = 10 ** (crossPolarizationRatio / 10);
  const rays = Array.from({ length: 20 }, (_, i) => i);
  return (random) => {
    const list = new RayList(clusters.length * rays.length, slants);
    clusters.forEach(([delay, , aod, aoa, zod, zoa], n) => {
      const angles = { aod: aod + rotation * DEGREES, aoa, zod, zoa };
      if (specular && n === 0) {
        list.addDirect(0, powers[0] / total, angles, 2 * Math.PI * random.uniform());
        return;
      }
      for (const ray of coupledRayAngles(random, angles, raySpreads, rays)) {
        list.addScattered(random, delay * delaySpread, powers[n] / total / rays.length, ray, ratio);
      }
    });
    return { paths: list.finish(1), user: { x: 0, y: 0 }, details: {} };
  };
}

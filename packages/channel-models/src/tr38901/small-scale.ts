// Small-scale part of TR 38.901, steps 5 to 11 of clause 7.5: cluster delays, powers
// and angles, and the rays of one drop. Delays are relative to the first cluster.
import type { RandomStream } from "@csi-feedback/common";
import { SPEED_OF_LIGHT } from "../paths";
import type { LargeScaleParameters, LinkState, Tr38901Scenario } from "./large-scale";
import { type AntennaSlants, type ClusterAngles, coupledRayAngles, RayList } from "./rays";
import scenarios from "./scenarios.json";

/** A cluster of one drop. */
interface Cluster {
  /** Delay relative to the first cluster [s]. */
  readonly delay: number;
  /** Power without the direct ray; the clusters' sum to 1. */
  readonly power: number;
  /** Power with the direct ray, from which angles are made. */
  readonly powerWithDirect: number;
}

/** Sub-clusters of the two strongest clusters, table 7.5-5: their rays (from 0) and delay in units of c_DS. */
const SUB_CLUSTERS: readonly { readonly rays: readonly number[]; readonly delay: number }[] = [
  { rays: [0, 1, 2, 3, 4, 5, 6, 7, 18, 19], delay: 0 },
  { rays: [8, 9, 10, 11, 16, 17], delay: 1.28 },
  { rays: [12, 13, 14, 15], delay: 2.56 },
];

const ALL_RAYS = Array.from({ length: 20 }, (_, i) => i);

/** Clusters weaker than this against the strongest are dropped (step 6). */
const POWER_FLOOR = 10 ** (-25 / 10);

/** Delays and powers of the clusters, steps 5 and 6. */
function drawClusters(
  random: RandomStream,
  scenario: Tr38901Scenario,
  state: LinkState,
  { delaySpread, kFactor }: LargeScaleParameters,
): Cluster[] {
  const table = scenarios[scenario][state];
  const { delayScaling, clusterShadowing } = table;
  const drawn = Array.from({ length: table.clusters }, () => random.exponential(delayScaling * delaySpread));
  const first = Math.min(...drawn);
  const delays = drawn.map((delay) => delay - first).sort((a, b) => a - b);
  const raw = delays.map(
    (delay) =>
      Math.exp((-delay * (delayScaling - 1)) / (delayScaling * delaySpread)) *
      10 ** ((-clusterShadowing * random.normal()) / 10),
  );
  const total = raw.reduce((sum, power) => sum + power, 0);
  const rician = 10 ** (kFactor / 10);
  // The polynomial of eq. 7.5-3 stretches delays when a direct ray takes most of the power.
  const scaling =
    state === "los" ? 0.7705 - 0.0433 * kFactor + 0.0002 * kFactor ** 2 + 0.000017 * kFactor ** 3 : 1;
  const clusters = raw.map((power, n) => ({
    delay: delays[n] / scaling,
    power: power / total,
    powerWithDirect: power / total / (1 + rician) + (n === 0 ? rician / (1 + rician) : 0),
  }));
  const strongest = Math.max(...clusters.map((cluster) => cluster.powerWithDirect));
  const kept = clusters.filter((cluster) => cluster.powerWithDirect >= POWER_FLOOR * strongest);
  const sum = kept.reduce((power, cluster) => power + cluster.power, 0);
  return kept.map((cluster) => ({ ...cluster, power: cluster.power / sum }));
}

/** Mean angles of the clusters, step 7. `direct` are the angles of the line of sight. */
function drawClusterAngles(
  random: RandomStream,
  scenario: Tr38901Scenario,
  state: LinkState,
  parameters: LargeScaleParameters,
  direct: ClusterAngles,
  clusters: readonly Cluster[],
): ClusterAngles[] {
  const { azimuthScaling, zenithScaling } = scenarios[scenario][state];
  const { kFactor, asd, asa, zsd, zsa, zenithOffset } = parameters;
  const los = state === "los";
  const cPhi =
    azimuthScaling * (los ? 1.1035 - 0.028 * kFactor - 0.002 * kFactor ** 2 + 0.0001 * kFactor ** 3 : 1);
  const cTheta =
    zenithScaling * (los ? 1.3086 + 0.0339 * kFactor - 0.0077 * kFactor ** 2 + 0.0002 * kFactor ** 3 : 1);
  const strongest = Math.max(...clusters.map((cluster) => cluster.powerWithDirect));
  const logs = clusters.map((cluster) => Math.log(cluster.powerWithDirect / strongest));
  const azimuths = (spread: number, centre: number) => {
    const around = logs.map((log) => {
      const sign = random.uniform() < 0.5 ? -1 : 1;
      return (sign * 2 * (spread / 1.4) * Math.sqrt(-log)) / cPhi + (spread / 7) * random.normal();
    });
    return around.map((angle) => angle - (los ? around[0] : 0) + centre);
  };
  const zeniths = (spread: number, centre: number) => {
    const around = logs.map((log) => {
      const sign = random.uniform() < 0.5 ? -1 : 1;
      return (sign * -spread * log) / cTheta + (spread / 7) * random.normal();
    });
    return around.map((angle) => angle - (los ? around[0] : 0) + centre);
  };
  const aoa = azimuths(asa, direct.aoa);
  const aod = azimuths(asd, direct.aod);
  const zoa = zeniths(zsa, direct.zoa);
  const zod = zeniths(zsd, direct.zod + (los ? 0 : zenithOffset));
  return clusters.map((_, n) => ({ aoa: aoa[n], aod: aod[n], zoa: zoa[n], zod: zod[n] }));
}

/** Draws the rays of one drop with unit total power; the direct ray is the first path. */
export function drawRays(
  random: RandomStream,
  scenario: Tr38901Scenario,
  state: LinkState,
  carrierFrequency: number,
  parameters: LargeScaleParameters,
  direct: ClusterAngles & { readonly distance: number },
  slants: AntennaSlants,
): { readonly list: RayList; readonly clusters: number } {
  const table = scenarios[scenario][state];
  const clusters = drawClusters(random, scenario, state, parameters);
  const angles = drawClusterAngles(random, scenario, state, parameters, direct, clusters);
  const spreads = {
    asd: table.clusterSpreads.ASD,
    asa: table.clusterSpreads.ASA,
    zsd: (3 / 8) * parameters.medianZsd,
    zsa: table.clusterSpreads.ZSA,
  };
  const { constant, slope, minimum } = table.clusterDelaySpread;
  const frequency = Math.max(scenarios[scenario].minimumFrequency, carrierFrequency / 1e9);
  const clusterDelaySpread = 1e-9 * Math.max(minimum, constant + slope * Math.log10(frequency));
  const rician = 10 ** (parameters.kFactor / 10);
  const list = new RayList(clusters.length * table.rays + 1, slants);
  if (state === "los") {
    const phase = (-2 * Math.PI * direct.distance * carrierFrequency) / SPEED_OF_LIGHT;
    list.addDirect(0, rician / (1 + rician), direct, phase);
  }
  const byPower = clusters.map((_, n) => n).sort((a, b) => clusters[b].power - clusters[a].power);
  const split = new Set(byPower.slice(0, 2));
  clusters.forEach((cluster, n) => {
    const parts = split.has(n) ? SUB_CLUSTERS : [{ rays: ALL_RAYS, delay: 0 }];
    for (const { rays, delay } of parts) {
      for (const ray of coupledRayAngles(random, angles[n], spreads, rays)) {
        const { mean, deviation } = table.crossPolarization;
        const ratio = 10 ** ((mean + deviation * random.normal()) / 10);
        const power = cluster.power / (1 + rician) / table.rays;
        list.addScattered(random, cluster.delay + delay * clusterDelaySpread, power, ray, ratio);
      }
    }
  });
  return { list, clusters: clusters.length };
}

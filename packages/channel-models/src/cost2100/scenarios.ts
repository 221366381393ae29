// The parameter tables of the COST 2100 networks, as types over parameters.json,
// and their conversion into the lognormal draws that the model uses.
import parameters from "./parameters.json";

/** The COST 2100 networks of this package. */
export type Cost2100Scenario = keyof typeof parameters;

/** A lognormal quantity: `median * 10^(0.1 sigma z)`, sigma in dB. */
interface Lognormal {
  readonly median: number;
  readonly sigma: number;
}

/** Parameters of a COST 2100 network in SI units and radians. */
export interface Cost2100Parameters {
  readonly carrierFrequency: number;
  readonly cellRadius: number;
  readonly visibilityRadius: number;
  readonly transitionLength: number;
  readonly farClusters: { readonly distribution: string; readonly mean: number };
  readonly extraRegionsPerCluster: number;
  readonly attenuationPerMicrosecond: number;
  /** Delay after which the cluster attenuation stops growing [s]; null: it never does. */
  readonly cutoffDelay: number | null;
  readonly lineOfSight: {
    readonly cutoffDistance: number;
    readonly visibilityRadius: number;
    /** Mean of the line-of-sight power factor [dB]. */
    readonly factor: number;
    /** Standard deviation of that factor [dB]. */
    readonly factorSigma: number;
  } | null;
  readonly localClusters: { readonly baseStation: boolean; readonly user: boolean };
  readonly singleBounceShare: number;
  readonly pathsPerCluster: number;
  /** Lognormal laws in the order shadowing power, delay spread, elevation and azimuth spread at the base station, then at the user. */
  readonly largeScale: readonly Lognormal[];
  /** Lower-triangular factor of their correlation, row by row. */
  readonly correlationFactor: readonly (readonly number[])[];
  /** Mean and standard deviation of a cluster's azimuth from its reference region [rad]. */
  readonly clusterAzimuth: { readonly mean: number; readonly deviation: number };
  readonly clusterDistance: number;
  readonly linkDelay: { readonly mean: number; readonly minimum: number };
}

type SpreadEntry = { readonly unit?: string } & (
  | { readonly mean: number; readonly deviation: number }
  | { readonly median: number; readonly sigma: number }
);

function lognormal(entry: SpreadEntry): Lognormal {
  const unit = entry.unit === "degree" ? Math.PI / 180 : 1;
  if ("median" in entry) {
    return { median: entry.median * unit, sigma: entry.sigma };
  }
  const logVariance = Math.log(1 + (entry.deviation / entry.mean) ** 2);
  return {
    median: entry.mean * unit * Math.exp(-logVariance / 2),
    sigma: (10 / Math.LN10) * Math.sqrt(logVariance),
  };
}

/** Cholesky factor of the correlation of shadowing, delay spread and the two azimuth spreads. */
function correlationFactor(shadowingToSpreads: number, amongSpreads: number): number[][] {
  const spreads = new Set([1, 3, 5]);
  const factor: number[][] = [];
  for (let i = 0; i < 6; i++) {
    factor.push([]);
    for (let j = 0; j <= i; j++) {
      let value = i === j ? 1 : 0;
      if (i !== j && spreads.has(i)) {
        value = j === 0 ? shadowingToSpreads : spreads.has(j) ? amongSpreads : 0;
      }
      for (let k = 0; k < j; k++) {
        value -= factor[i][k] * factor[j][k];
      }
      factor[i].push(i === j ? Math.sqrt(value) : value / factor[j][j]);
    }
  }
  return factor;
}

/** The parameters of a COST 2100 network, all in SI units and radians. */
export function cost2100Parameters(scenario: Cost2100Scenario): Cost2100Parameters {
  const table = parameters[scenario];
  const { shadowingToSpreads, amongSpreads } = table.correlation;
  return {
    carrierFrequency: table.carrierFrequency,
    cellRadius: table.cellRadius,
    visibilityRadius: table.visibilityRadius,
    transitionLength: table.transitionLength,
    farClusters: table.farClusters,
    extraRegionsPerCluster: table.extraRegionsPerCluster,
    attenuationPerMicrosecond: table.attenuationPerMicrosecond,
    cutoffDelay: table.cutoffDelay,
    lineOfSight: table.lineOfSight,
    localClusters: table.localClusters,
    singleBounceShare: table.singleBounceShare,
    pathsPerCluster: table.pathsPerCluster,
    largeScale: [
      { median: 1, sigma: table.shadowingSigma },
      lognormal(table.delaySpread),
      lognormal(table.departureElevationSpread),
      lognormal(table.departureAzimuthSpread),
      lognormal(table.arrivalElevationSpread),
      lognormal(table.arrivalAzimuthSpread),
    ],
    correlationFactor: correlationFactor(shadowingToSpreads, amongSpreads),
    clusterAzimuth: {
      mean: (table.clusterAzimuth.mean * Math.PI) / 180,
      deviation: (table.clusterAzimuth.deviation * Math.PI) / 180,
    },
    clusterDistance: table.clusterDistance,
    linkDelay: table.linkDelay,
  };
}

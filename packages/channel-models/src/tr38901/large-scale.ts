// Large-scale part of 3GPP TR 38.901: line-of-sight probability (table 7.4.2-1),
// path loss (table 7.4.1-1) and the correlated large-scale parameters (table 7.5-6)
// of urban macro and urban micro street canyon, outdoor users.
import type { RandomStream } from "@csi-feedback/common";
import { SPEED_OF_LIGHT } from "../paths";
import scenarios from "./scenarios.json";

/** The TR 38.901 scenarios of this package. */
export type Tr38901Scenario = keyof typeof scenarios;

/** Whether the link has a line of sight. */
export type LinkState = "los" | "nlos";

/** Where the two ends of a link are. */
export interface LinkGeometry {
  /** Horizontal distance [m]. */
  readonly distance: number;
  /** Height of the base station's antenna [m]. */
  readonly baseStationHeight: number;
  /** Height of the user's antenna [m]. */
  readonly userHeight: number;
}

/** The large-scale parameters of one link. */
export interface LargeScaleParameters {
  /** Shadow fading [dB]; positive means more received power. */
  readonly shadowing: number;
  /** Rician K-factor [dB]; minus infinity without line of sight. */
  readonly kFactor: number;
  /** RMS delay spread [s]. */
  readonly delaySpread: number;
  /** Azimuth spread of departure [deg]. */
  readonly asd: number;
  /** Azimuth spread of arrival [deg]. */
  readonly asa: number;
  /** Zenith spread of departure [deg]. */
  readonly zsd: number;
  /** Zenith spread of arrival [deg]. */
  readonly zsa: number;
  /** `10^(mean of log10 ZSD)` [deg], which spreads the rays of a cluster in zenith of departure. */
  readonly medianZsd: number;
  /** Offset of the mean zenith of departure [deg]. */
  readonly zenithOffset: number;
}

/** Mean and standard deviation of log10 of a large-scale parameter. */
export interface LogNormal10 {
  readonly mean: number;
  readonly deviation: number;
}

/** The table's laws at one carrier and geometry. */
export interface LargeScaleLaws {
  readonly delaySpread: LogNormal10;
  readonly asd: LogNormal10;
  readonly asa: LogNormal10;
  readonly zsd: LogNormal10;
  readonly zsa: LogNormal10;
  readonly zenithOffset: number;
}

/** The order of the cross-correlation matrix. */
const ORDER = ["SF", "K", "DS", "ASD", "ASA", "ZSD", "ZSA"] as const;

function distance3d({ distance, baseStationHeight, userHeight }: LinkGeometry): number {
  return Math.hypot(distance, baseStationHeight - userHeight);
}

/**
 * Probability that a link has a line of sight, table 7.4.2-1 (users up to 13 m high).
 *
 * @param distance - horizontal [m].
 *
 * @example
 * ```ts
 * import { lineOfSightProbability } from "@csi-feedback/channel-models";
 *
 * console.log(lineOfSightProbability("UMa", 100).toFixed(4)); // 0.3477
 * ```
 */
export function lineOfSightProbability(scenario: Tr38901Scenario, distance: number): number {
  if (distance <= 18) {
    return 1;
  }
  return 18 / distance + Math.exp(-distance / scenarios[scenario].losDecay) * (1 - 18 / distance);
}

/**
 * Path loss [dB] without shadow fading, table 7.4.1-1 of TR 38.901 (users up to 13 m high).
 *
 * @param carrierFrequency - [Hz].
 */
export function pathLoss(
  scenario: Tr38901Scenario,
  state: LinkState,
  carrierFrequency: number,
  geometry: LinkGeometry,
): number {
  const { distance, baseStationHeight, userHeight } = geometry;
  const frequency = carrierFrequency / 1e9;
  const range = distance3d(geometry);
  const breakpoint = (4 * (baseStationHeight - 1) * (userHeight - 1) * carrierFrequency) / SPEED_OF_LIGHT;
  const heights = breakpoint ** 2 + (baseStationHeight - userHeight) ** 2;
  const spectrum = 20 * Math.log10(frequency);
  const lg = Math.log10(range);
  const [near, far, direct] =
    scenario === "UMa"
      ? [
          28 + 22 * lg + spectrum,
          28 + 40 * lg + spectrum - 9 * Math.log10(heights),
          13.54 + 39.08 * lg + spectrum - 0.6 * (userHeight - 1.5),
        ]
      : [
          32.4 + 21 * lg + spectrum,
          32.4 + 40 * lg + spectrum - 9.5 * Math.log10(heights),
          22.4 + 35.3 * lg + 21.3 * Math.log10(frequency) - 0.3 * (userHeight - 1.5),
        ];
  const los = distance <= breakpoint ? near : far;
  return state === "los" ? los : Math.max(los, direct);
}

/** The laws of table 7.5-6 to 7.5-8 at one carrier [Hz] and geometry. */
export function largeScaleLaws(
  scenario: Tr38901Scenario,
  state: LinkState,
  carrierFrequency: number,
  geometry: LinkGeometry,
): LargeScaleLaws {
  const { minimumFrequency } = scenarios[scenario];
  const table = scenarios[scenario][state];
  const frequency = Math.max(minimumFrequency, carrierFrequency / 1e9);
  const term = Math.log10(scenario === "UMa" ? frequency : 1 + frequency);
  const line = ([constant, slope]: readonly number[]) => constant + slope * term;
  const law = (entry: { mean: number[]; deviation: number[] }): LogNormal10 => ({
    mean: line(entry.mean),
    deviation: line(entry.deviation),
  });
  const { distance, baseStationHeight, userHeight } = geometry;
  const height = {
    "user above 1.5 m": userHeight - 1.5,
    "absolute height difference": Math.abs(userHeight - baseStationHeight),
    "user above base station": Math.max(0, userHeight - baseStationHeight),
  }[table.ZSD.heightOf as "user above 1.5 m" | "absolute height difference" | "user above base station"];
  const zsdMean =
    (table.ZSD.perKilometre * distance) / 1000 + table.ZSD.perHeight * height + table.ZSD.constant;
  return {
    delaySpread: law(table.DS),
    asd: law(table.ASD),
    asa: law(table.ASA),
    zsd: { mean: Math.max(table.ZSD.floor, zsdMean), deviation: table.ZSD.deviation },
    zsa: law(table.ZSA),
    zenithOffset: zenithOffset(scenario, state, frequency, geometry),
  };
}

function zenithOffset(
  scenario: Tr38901Scenario,
  state: LinkState,
  frequency: number,
  { distance, userHeight }: LinkGeometry,
): number {
  const offset = scenarios[scenario][state].zenithOffset;
  if (offset === null) {
    return 0;
  }
  const term = Math.log10(frequency);
  const line = ([constant, slope]: readonly number[]) => constant + slope * term;
  const exponent =
    line(offset.exponent) * Math.log10(Math.max(offset.minimumDistance, distance)) +
    line(offset.intercept) +
    offset.perUserHeight * (userHeight - 1.5);
  return line(offset.constant) - 10 ** exponent;
}

const factors = new Map<string, number[][]>();

/** Cholesky factor of the cross-correlation matrix, in the order SF, K, DS, ASD, ASA, ZSD, ZSA. */
function correlationFactor(scenario: Tr38901Scenario, state: LinkState): number[][] {
  const name = `${scenario} ${state}`;
  const known = factors.get(name);
  if (known !== undefined) {
    return known;
  }
  const entries: Record<string, number> = { ...scenarios[scenario][state].correlation };
  const factor: number[][] = [];
  ORDER.forEach((row, i) => {
    factor.push([]);
    for (let j = 0; j <= i; j++) {
      let value = i === j ? 1 : (entries[`${row} ${ORDER[j]}`] ?? entries[`${ORDER[j]} ${row}`] ?? 0);
      for (let k = 0; k < j; k++) {
        value -= factor[i][k] * factor[j][k];
      }
      factor[i].push(i === j ? Math.sqrt(value) : value / factor[j][j]);
    }
  });
  factors.set(name, factor);
  return factor;
}

/** Draws the large-scale parameters of one link (step 4 of clause 7.5), with the caps of 104 and 52 degrees. */
export function drawLargeScale(
  random: RandomStream,
  scenario: Tr38901Scenario,
  state: LinkState,
  carrierFrequency: number,
  geometry: LinkGeometry,
): LargeScaleParameters {
  const table = scenarios[scenario][state];
  const laws = largeScaleLaws(scenario, state, carrierFrequency, geometry);
  const normals = ORDER.map(() => random.normal());
  const [sf, k, ds, asd, asa, zsd, zsa] = correlationFactor(scenario, state).map((row) =>
    row.reduce((sum, weight, i) => sum + weight * normals[i], 0),
  );
  const value = (law: LogNormal10, z: number) => 10 ** (law.mean + law.deviation * z);
  return {
    shadowing: table.shadowing * sf,
    kFactor: table.K === null ? Number.NEGATIVE_INFINITY : table.K.mean + table.K.deviation * k,
    delaySpread: value(laws.delaySpread, ds),
    asd: Math.min(104, value(laws.asd, asd)),
    asa: Math.min(104, value(laws.asa, asa)),
    zsd: Math.min(52, value(laws.zsd, zsd)),
    zsa: Math.min(52, value(laws.zsa, zsa)),
    medianZsd: 10 ** laws.zsd.mean,
    zenithOffset: laws.zenithOffset,
  };
}

// What a configuration of the enhanced Type II codebook fixes: beams, frequency-domain
// basis vectors, largest number of coefficients, and the width of every field of a report.
import { binomial } from "@csi-feedback/codec";
import { invalid } from "@csi-feedback/common";
import { bitWidth, type Field } from "./bit-fields";
import { type PortLayout, type Ports, resolvePorts } from "./ports";

/** paramCombination-r16. */
export type ParameterCombination = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Rank of a report: layers v. */
export type Rank = 1 | 2 | 3 | 4;

/** A row of TS 38.214 Table 5.2.2.2.5-1. */
export interface CombinationParameters {
  /** Beams L of one polarisation. */
  readonly beams: 2 | 4 | 6;
  /** Share p_v of the frequency-domain basis vectors for ranks 1 and 2. */
  readonly share: number;
  /** The same for ranks 3 and 4; absent where these ranks are not allowed. */
  readonly shareOfHighRanks: number | undefined;
  /** Share beta of the coefficients that may be other than zero. */
  readonly beta: number;
}

/** TS 38.214 Table 5.2.2.2.5-1: what each value of paramCombination-r16 stands for. */
export const parameterCombinations: Readonly<Record<ParameterCombination, CombinationParameters>> = {
  1: { beams: 2, share: 1 / 4, shareOfHighRanks: 1 / 8, beta: 1 / 4 },
  2: { beams: 2, share: 1 / 4, shareOfHighRanks: 1 / 8, beta: 1 / 2 },
  3: { beams: 4, share: 1 / 4, shareOfHighRanks: 1 / 8, beta: 1 / 4 },
  4: { beams: 4, share: 1 / 4, shareOfHighRanks: 1 / 8, beta: 1 / 2 },
  5: { beams: 4, share: 1 / 4, shareOfHighRanks: 1 / 4, beta: 3 / 4 },
  6: { beams: 4, share: 1 / 2, shareOfHighRanks: 1 / 4, beta: 1 / 2 },
  7: { beams: 6, share: 1 / 4, shareOfHighRanks: undefined, beta: 1 / 2 },
  8: { beams: 6, share: 1 / 4, shareOfHighRanks: undefined, beta: 3 / 4 },
};

/** Options of `createEnhancedTypeTwo`. */
export interface EnhancedTypeTwoOptions {
  /** The array, or the number of antennas of a linear array, whose halves become the two groups of ports. */
  readonly antennas: number | PortLayout;
  /** Subbands N3 that a precoder is reported for: 1 to 19, and up to 38 with two per CQI subband. */
  readonly subbands: number;
  /** paramCombination-r16. */
  readonly combination: ParameterCombination;
  /** R, precoder subbands per CQI subband. Default: 1 up to 19 subbands, 2 beyond. */
  readonly subbandsPerCqi?: 1 | 2;
  /** Largest rank that a report may have. Default 1. */
  readonly maximumRank?: Rank;
  /** Receive antennas of a user: so many consecutive rows of a batch are one user's. Default 1. */
  readonly receivers?: number;
}

/** Everything that a configuration fixes. */
export interface TypeTwoParameters {
  readonly ports: Ports;
  readonly combination: ParameterCombination;
  readonly subbands: number;
  readonly subbandsPerCqi: 1 | 2;
  readonly maximumRank: Rank;
  readonly receivers: number;
  /** Beams L. */
  readonly beams: number;
  /** Coefficients of one basis vector, 2L (L with one polarisation). */
  readonly rows: number;
  /** Largest number K0 of coefficients of a layer. */
  readonly maximumCoefficients: number;
}

const MOST_CQI_SUBBANDS = 19;

/** Checks options and works out what follows. */
export function resolveTypeTwo(options: EnhancedTypeTwoOptions): TypeTwoParameters {
  const name = "createEnhancedTypeTwo";
  const { antennas, subbands, combination, maximumRank = 1, receivers = 1 } = options;
  const subbandsPerCqi = options.subbandsPerCqi ?? (subbands > MOST_CQI_SUBBANDS ? 2 : 1);
  const reject: (rule: string, received: unknown) => never = (rule, received) =>
    invalid("INVALID_CODEBOOK", name, rule, received);
  const ports = resolvePorts(name, antennas);
  if (!Object.hasOwn(parameterCombinations, combination))
    reject("combination must be from 1 to 8", combination);
  if (subbandsPerCqi !== 1 && subbandsPerCqi !== 2) reject("subbandsPerCqi must be 1 or 2", subbandsPerCqi);
  const most = MOST_CQI_SUBBANDS * subbandsPerCqi;
  if (!Number.isInteger(subbands) || subbands < 1 || subbands > most) {
    reject(`subbands must be an integer from 1 to ${most} with ${subbandsPerCqi} per CQI subband`, subbands);
  }
  if (![1, 2, 3, 4].includes(maximumRank)) reject("maximumRank must be from 1 to 4", maximumRank);
  if (!Number.isInteger(receivers) || receivers < maximumRank || receivers > 8) {
    reject(`receivers must be an integer from ${maximumRank}, the largest rank, to 8`, receivers);
  }
  const { beams, share, shareOfHighRanks, beta } = parameterCombinations[combination];
  if (ports.polarizations === 2) {
    if (ports.count === 4 && combination > 2) reject("4 ports allow combinations 1 and 2", combination);
    if (combination > 6 && ports.count < 32) reject("combinations 7 and 8 need 32 ports", ports.count);
  }
  if (combination > 6 && subbandsPerCqi === 2)
    reject("combinations 7 and 8 need subbandsPerCqi 1", subbandsPerCqi);
  if (shareOfHighRanks === undefined && maximumRank > 2) {
    reject(`combination ${combination} allows ranks 1 and 2`, maximumRank);
  }
  if (beams > ports.elements)
    reject(`combination ${combination} needs ${beams} antennas of a polarisation`, ports.elements);
  const rows = ports.polarizations * beams;
  const maximumCoefficients = Math.ceil(beta * rows * Math.ceil((share * subbands) / subbandsPerCqi));
  if (2 * maximumCoefficients < maximumRank) {
    reject(`${subbands} subbands leave ${2 * maximumCoefficients} coefficients to all layers`, maximumRank);
  }
  return {
    ...{ ports, combination, subbands, subbandsPerCqi, maximumRank, receivers },
    ...{ beams, rows, maximumCoefficients },
  };
}

/** Frequency-domain basis vectors M_v of each layer of a report of this rank. */
export function basisVectors(
  { combination, subbands, subbandsPerCqi }: TypeTwoParameters,
  rank: Rank,
): number {
  const { share, shareOfHighRanks = share } = parameterCombinations[combination];
  return Math.ceil(((rank > 2 ? shareOfHighRanks : share) * subbands) / subbandsPerCqi);
}

/** Whether basis vectors are taken from a window, which the report then names (N3 > 19). */
export function hasWindow({ subbands }: TypeTwoParameters): boolean {
  return subbands > MOST_CQI_SUBBANDS;
}

/** Sets of basis vectors that i1,6 tells apart. */
export function basisSets(parameters: TypeTwoParameters, rank: Rank): bigint {
  const vectors = basisVectors(parameters, rank);
  return binomial((hasWindow(parameters) ? 2 * vectors : parameters.subbands) - 1, vectors - 1);
}

/** Largest value of the indicator of coefficients in part 1, over all layers. */
export function mostCoefficients({ maximumCoefficients, maximumRank }: TypeTwoParameters): number {
  return maximumRank > 1 ? 2 * maximumCoefficients : maximumCoefficients;
}

/**
 * The fields of a report and their widths (TS 38.212 Tables 6.3.2.1.2-1A and -3), in the order in which this package
 * writes them.
 *
 * @param coefficients - coefficients other than zero, over all layers.
 */
export function typeTwoFields(parameters: TypeTwoParameters, rank: Rank, coefficients: number): Field[] {
  const { ports, beams, rows, maximumRank } = parameters;
  const vectors = basisVectors(parameters, rank);
  const layers = Array.from({ length: rank }, (_, layer) => layer + 1);
  const each = (name: string, bits: number): Field[] =>
    layers.map((layer) => ({ name: `${name},${layer}`, bits }));
  return [
    ...(maximumRank > 1 ? [{ name: "rank", bits: bitWidth(maximumRank) }] : []),
    { name: "coefficients", bits: bitWidth(mostCoefficients(parameters)) },
    { name: "i1,1", bits: bitWidth(ports.o1 * ports.o2) },
    { name: "i1,2", bits: bitWidth(binomial(ports.elements, beams)) },
    ...(hasWindow(parameters) ? [{ name: "i1,5", bits: bitWidth(2 * vectors) }] : []),
    ...each("i1,6", bitWidth(basisSets(parameters, rank))),
    ...each("i1,7", rows * vectors),
    ...each("i1,8", bitWidth(rank === 1 ? coefficients : rows)),
    ...(ports.polarizations === 2 ? each("i2,3", 4) : []),
    { name: "i2,4", bits: 3 * (coefficients - rank) },
    { name: "i2,5", bits: 4 * (coefficients - rank) },
  ];
}

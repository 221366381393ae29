// The enhanced Type II codebook put together: channels to reports, reports to precoders
// and channels.
import { CsiFeedbackError } from "@csi-feedback/common";
import { type Codebook, countBits, type ReportBits } from "./codebook";
import { checkRank, reconstructEach } from "./reconstruction";
import { fitReference } from "./reference";
import { checkChannels, layerTargets } from "./subbands";
import {
  type EnhancedTypeTwoOptions,
  type Rank,
  resolveTypeTwo,
  type TypeTwoParameters,
  typeTwoFields,
} from "./type-two-parameters";
import { combine, typeTwoChannel, typeTwoPrecoders } from "./type-two-precoder";
import { readTypeTwo, type TypeTwoIndices, writeTypeTwo } from "./type-two-report";
import { searchTypeTwo } from "./type-two-search";

/** The enhanced Type II codebook of TS 38.214 5.2.2.2.5. */
export interface EnhancedTypeTwo extends Codebook {
  readonly name: "enhanced-type-two";
  /** L, 2L, K0 and what else the configuration fixes. */
  readonly parameters: TypeTwoParameters;
  /** The indices in a report. @throws CsiFeedbackError `CORRUPT_REPORT`. */
  indices(bytes: Uint8Array): TypeTwoIndices;
  /**
   * What a report of this rank with so many coefficients other than zero costs by the standard.
   *
   * @throws CsiFeedbackError `INVALID_RANK`.
   */
  bits(rank: Rank, coefficients: number): ReportBits;
}

/**
 * The enhanced Type II codebook (Release 16): L DFT beams and M_v delays, a bitmap of the coefficients other than
 * zero, 4 bits of reference amplitude, 3 of differential amplitude and 4 of phase.
 *
 * @throws CsiFeedbackError `INVALID_LAYOUT`, `INVALID_CODEBOOK` for what the standard does not allow.
 *
 * @example
 * ```ts
 * import { createEnhancedTypeTwo } from "@csi-feedback/codebooks";
 *
 * // One path seen by 32 antennas over 13 subbands of 4 subcarriers.
 * const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 13, combination: 4 });
 * const phase = Float32Array.from({ length: 52 * 32 }, (_, i) => -0.1 * Math.floor(i / 32) + 0.7 * (i % 32));
 * const channels = { re: phase.map(Math.cos), im: phase.map(Math.sin), shape: [1, 52, 32] as const };
 * const [{ bytes, bits }] = codebook.encode(channels);
 * console.log(bits.standard, bits.reference, bytes.length, codebook.bits(1, 16).standard); // 113 28 18 170
 * console.log(codebook.precoders(bytes).shape); // [ 13, 1, 32 ]
 * ```
 */
export function createEnhancedTypeTwo(options: EnhancedTypeTwoOptions): EnhancedTypeTwo {
  const parameters = resolveTypeTwo(options);
  const { ports, subbands, receivers, maximumRank } = parameters;
  const antennas = ports.count;
  const name = "EnhancedTypeTwo";
  return {
    name: "enhanced-type-two",
    parameters,
    ...{ antennas, subbands, receivers },
    encode(channels, { rank = maximumRank } = {}) {
      checkRank(`${name}.encode`, rank, maximumRank);
      const users = checkChannels(`${name}.encode`, channels, { antennas, subbands, receivers });
      return Array.from({ length: users }, (_, user) => {
        const targets = layerTargets(channels, user, { subbands, receivers, rank });
        const indices = searchTypeTwo(parameters, targets);
        if (indices === undefined) {
          throw new CsiFeedbackError(
            "RANK_TOO_HIGH",
            `${name}.encode: user ${user} must carry ${rank} layers`,
          );
        }
        const estimate = () => combine(parameters, indices, indices.layers[0], subbands);
        const reference =
          receivers === 1 ? { reference: fitReference(targets[0], estimate(), subbands) } : {};
        const writer = writeTypeTwo(parameters, { ...indices, ...reference });
        return { bytes: writer.bytes(), bits: countBits(writer.fields) };
      });
    },
    precoders(bytes) {
      const indices = readTypeTwo(parameters, bytes);
      const shape = [subbands, indices.layers.length, antennas] as const;
      return { ...typeTwoPrecoders(parameters, indices), shape };
    },
    reconstruct: (reports, { subcarriers }) =>
      reconstructEach(`${name}.reconstruct`, reports, { subcarriers, subbands, antennas }, (bytes) =>
        typeTwoChannel(parameters, readTypeTwo(parameters, bytes), subcarriers),
      ),
    indices: (bytes) => readTypeTwo(parameters, bytes),
    bits(rank, coefficients) {
      checkRank(`${name}.bits`, rank, maximumRank);
      return countBits(typeTwoFields(parameters, rank, coefficients));
    },
  };
}

// What both codebooks offer, and what their reports cost.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import type { Field } from "./bit-fields";
import { REFERENCE } from "./reference";

/** What a report costs. */
export interface ReportBits {
  /** Every field and its width, in the order in which they are sent. */
  readonly fields: readonly Field[];
  /** Bits that the standard has: the precoding matrix indicator, the count of coefficients, the rank. */
  readonly standard: number;
  /** Bits of the amplitude, phase and delay that turn a precoder into a channel; not of the standard. */
  readonly reference: number;
  /** Both. */
  readonly total: number;
}

/** One user's report. */
export interface CodebookReport {
  /** All bits, the last byte filled up with zeros. */
  readonly bytes: Uint8Array;
  readonly bits: ReportBits;
}

/** The precoders of one report. */
export interface SubbandPrecoders {
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Row `[subband, layer]` is the column of the precoding matrix W for that layer; W has norm 1. */
  readonly shape: readonly [subbands: number, layers: number, antennas: number];
}

/** A codebook laid over an array and a number of subbands. */
export interface Codebook {
  /** `"type-one"` or `"enhanced-type-two"`. */
  readonly name: string;
  readonly antennas: number;
  readonly subbands: number;
  /** Receive antennas of a user: so many consecutive rows of a batch are one user's. */
  readonly receivers: number;
  /**
   * User side: a report for every user of `[batch, subcarriers, antennas]`. The subcarriers are divided into subbands
   * of equal width. A user receives `h^H w`, so that precoders point along h.
   *
   * @param options.rank - layers, from 1 to the largest rank, which is the default.
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`; `ZERO_ENERGY` for a user without channel;
   * `INVALID_RANK`; `RANK_TOO_HIGH` where a channel does not carry so many layers.
   */
  encode(channels: FrequencyChannels, options?: { readonly rank?: number }): CodebookReport[];
  /**
   * Base station: the precoder of every subband, from the bytes alone.
   *
   * @throws CsiFeedbackError `CORRUPT_REPORT`.
   */
  precoders(bytes: Uint8Array): SubbandPrecoders;
  /**
   * Base station: the channels of users with one receive antenna, `[reports, subcarriers, antennas]`.
   *
   * @throws CsiFeedbackError `CORRUPT_REPORT`; `NO_REFERENCE` for codebooks with several receive antennas, whose
   * reports hold no reference; `INVALID_SHAPE` for fewer subcarriers than subbands or for no report.
   */
  reconstruct(reports: readonly Uint8Array[], options: { readonly subcarriers: number }): FrequencyChannels;
}

/** Sums over the fields of a report. */
export function countBits(fields: readonly Field[]): ReportBits {
  const sum = (part: readonly Field[]) => part.reduce((bits, field) => bits + field.bits, 0);
  const reference = sum(fields.filter(({ name }) => name.startsWith(REFERENCE)));
  const total = sum(fields);
  return { fields, standard: total - reference, reference, total };
}

// A codebook behind the interface that networks have: channel samples [2, delays, antennas]
// in [0, 1] in, reports out, samples back, so that both can be scored alike.
import { centerAngles, naturalAngles, toAngleDelay, toFrequency } from "@csi-feedback/channel-dft";
import { assertShape, invalid } from "@csi-feedback/common";
import type { Codebook, CodebookReport } from "./codebook";

/** A codebook for channel samples. */
export interface AngleDelayFeedback {
  readonly name: string;
  /** Shape of one channel sample. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /**
   * User side: one report per sample of `[batch, 2, delays, antennas]` in [0, 1], 0.5 for zero, angles centred.
   *
   * @throws CsiFeedbackError `INVALID_SHAPE`, `NOT_FINITE`, `ZERO_ENERGY`.
   */
  encode(channels: Float32Array, options: { readonly batch: number }): Promise<CodebookReport[]>;
  /**
   * Base station: `[reports, 2, delays, antennas]`.
   *
   * @throws CsiFeedbackError `CORRUPT_REPORT`, `INVALID_SHAPE`.
   */
  decode(reports: readonly { readonly bytes: Uint8Array }[]): Promise<Float32Array>;
}

/**
 * Puts a codebook behind the interface of networks. A sample of so many delay taps is one frequency response over as
 * many points; with as many subbands as delays every subband is one point, and nothing is averaged.
 *
 * @param codebook - for users with one receive antenna.
 * @throws CsiFeedbackError `INVALID_CODEBOOK` for a codebook of several receive antennas or of more subbands than delays.
 *
 * @example
 * ```ts
 * import { angleDelayFeedback, createEnhancedTypeTwo } from "@csi-feedback/codebooks";
 *
 * const codebook = createEnhancedTypeTwo({ antennas: 32, subbands: 32, combination: 6 });
 * const feedback = angleDelayFeedback(codebook, { delays: 32 });
 * const channel = new Float32Array(2 * 32 * 32).fill(0.5);
 * channel[5 * 32 + 20] = 0.9; // one path: tap 5, angle 20
 * const [report] = await feedback.encode(channel, { batch: 1 });
 * const rebuilt = await feedback.decode([report]);
 * console.log(report.bits.total < 300, rebuilt[5 * 32 + 20].toFixed(1)); // true 0.9
 * ```
 */
export function angleDelayFeedback(
  codebook: Codebook,
  { delays }: { readonly delays: number },
): AngleDelayFeedback {
  const { antennas, subbands, receivers, name } = codebook;
  if (receivers !== 1) invalid("INVALID_CODEBOOK", "angleDelayFeedback", "receivers must be 1", receivers);
  if (!Number.isInteger(delays) || delays < subbands) {
    invalid(
      "INVALID_CODEBOOK",
      "angleDelayFeedback",
      `delays must be an integer of at least ${subbands} subbands`,
      delays,
    );
  }
  return {
    name,
    shape: [2, delays, antennas],
    async encode(channels, { batch }) {
      if (!Number.isInteger(batch) || batch < 1) {
        invalid("INVALID_SHAPE", "AngleDelayFeedback.encode", "batch must be at least 1", batch);
      }
      const shape = [batch, 2, delays, antennas] as const;
      assertShape("AngleDelayFeedback.encode", channels, shape);
      const data = channels.map((value) => value - 0.5);
      return codebook.encode(toFrequency(naturalAngles({ data, shape }), { subcarriers: delays }));
    },
    async decode(reports) {
      const bytes = reports.map((report) => report.bytes);
      const { data } = centerAngles(
        toAngleDelay(codebook.reconstruct(bytes, { subcarriers: delays }), { delays }),
      );
      return data.map((value) => value + 0.5);
    },
  };
}

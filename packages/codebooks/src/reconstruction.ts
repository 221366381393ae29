// Channels of several reports in one batch, with the checks that both codebooks share.
import type { FrequencyChannels } from "@csi-feedback/channel-dft";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import type { ComplexArray } from "./ports";

/** `[reports, subcarriers, antennas]` from a function that gives one report's channel, or nothing without a reference. */
export function reconstructEach(
  functionName: string,
  reports: readonly Uint8Array[],
  { subcarriers, subbands, antennas }: { subcarriers: number; subbands: number; antennas: number },
  channelOf: (bytes: Uint8Array) => ComplexArray | undefined,
): FrequencyChannels {
  if (reports.length === 0) invalid("INVALID_SHAPE", functionName, "at least one report is needed", 0);
  if (!Number.isSafeInteger(subcarriers) || subcarriers < subbands) {
    invalid(
      "INVALID_SHAPE",
      functionName,
      `subcarriers must be an integer of at least ${subbands}`,
      subcarriers,
    );
  }
  const size = subcarriers * antennas;
  const re = new Float32Array(reports.length * size);
  const im = new Float32Array(reports.length * size);
  for (const [sample, bytes] of reports.entries()) {
    const channel = channelOf(bytes);
    if (channel === undefined) {
      throw new CsiFeedbackError(
        "NO_REFERENCE",
        `${functionName}: only reports of users with one receive antenna hold a reference, received several`,
      );
    }
    re.set(channel.re, sample * size);
    im.set(channel.im, sample * size);
  }
  return { re, im, shape: [reports.length, subcarriers, antennas] };
}

/** Checks the rank that a report is asked for. */
export function checkRank(functionName: string, rank: number, maximum: number): void {
  if (!Number.isInteger(rank) || rank < 1 || rank > maximum) {
    invalid("INVALID_RANK", functionName, `rank must be an integer from 1 to ${maximum}`, rank);
  }
}

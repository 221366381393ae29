// Reads a file of channels of any known format, recognised by its content.
import { centerAngles, type FrequencyChannels, normalize, toAngleDelay } from "@csi-feedback/channel-dft";
import type { ChannelSet } from "./channel-set";
import { channelsFromCsiNet, frequencyFromCsiNet } from "./csinet";
import { type ByteSource, badFile, withFile } from "./files";
import { isMat5, listMatSource, parseMat } from "./mat/read-mat";
import { numericVariables } from "./matlab-array";

export interface ReadChannelsOptions {
  /** Antennas of a CsiNet file whose samples are not 32 x 32. */
  readonly antennas?: number;
  /** Delay taps to keep of a file in the frequency domain; default 32. */
  readonly delays?: number;
  /** Largest array that is read into memory [bytes]; default 2 GiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a file of channels, whatever its format.
 *
 * @returns channels in [0, 1] with their scale, angles centered.
 * @throws CsiFeedbackError `FILE_NOT_READABLE`, `UNKNOWN_FORMAT`,
 * `UNSUPPORTED_FORMAT`, `FILE_TRUNCATED`, `FILE_CORRUPT`, `FILE_TOO_LARGE`,
 * `MISSING_VARIABLE`, `INVALID_SHAPE`, `INVALID_TYPE`, `NOT_FINITE`,
 * `OUT_OF_RANGE`; the message names the file and the place in it.
 */
export async function readChannels(path: string, options: ReadChannelsOptions = {}): Promise<ChannelSet> {
  return withFile(path, (source) => readSource(source, options));
}

function readSource(source: ByteSource, options: ReadChannelsOptions): ChannelSet {
  const head = source.read(0, Math.min(source.size, 128));
  if (isMat5(head)) return readMatChannels(source, options);
  return badFile(
    "UNKNOWN_FORMAT",
    source,
    "byte 0",
    "no known format of channels begins like this",
    head.subarray(0, 8),
  );
}

function readMatChannels(source: ByteSource, options: ReadChannelsOptions): ChannelSet {
  const names = listMatSource(source).map(({ name }) => name);
  const limit = options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes };
  if (names.includes("HT")) {
    const variables = numericVariables(parseMat(source, limit));
    return channelsFromCsiNet(source, variables, options, { format: "CsiNet MAT" });
  }
  if (names.includes("HF_all")) {
    const variables = numericVariables(parseMat(source, { ...limit, variables: ["HF_all"] }));
    const frequency = frequencyFromCsiNet(source, variables.get("HF_all")!, options);
    return fromFrequency(frequency, options.delays, { format: "CsiNet MAT, frequency domain" });
  }
  return badFile("MISSING_VARIABLE", source, "variables", "channels are looked for in HT and HF_all", names);
}

function fromFrequency(
  frequency: FrequencyChannels,
  delays: number | undefined,
  metadata: Record<string, string | number>,
): ChannelSet {
  const subcarriers = frequency.shape[1];
  const taps = toAngleDelay(frequency, { delays: delays ?? Math.min(32, subcarriers) });
  const { data, shape, scale } = normalize(centerAngles(taps));
  return {
    data,
    shape,
    scale,
    angleOrder: "centered",
    perSample: {},
    metadata: { ...metadata, subcarriers },
  };
}

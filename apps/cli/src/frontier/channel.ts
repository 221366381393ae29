// The channels that methods are compared on: clean samples to be measured against, what
// the user estimates of them, and training samples that none of the tests is among.
import { denormalize } from "@csi-feedback/channel-dft";
import { addEstimationNoise, type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import { invalid, randomStream } from "@csi-feedback/common";
import { pickChannels, type ReferenceChannel, referencePath } from "../channels";
import { type FrontierChannelName, frontierChannels } from "./names";

/** The four channels of Table I; two of them have reference samples of others' making. */
const sources: Readonly<
  Record<FrontierChannelName, { model: ChannelModelName; trainedAs: string; reference?: ReferenceChannel }>
> = {
  indoor: { model: "cost2100-indoor", trainedAs: "cost2100-indoor", reference: "cost2100-indoor" },
  outdoor: {
    model: "cost2100-semi-urban-nlos",
    trainedAs: "cost2100-outdoor",
    reference: "cost2100-outdoor",
  },
  uma: { model: "uma-nlos", trainedAs: "uma" },
  "street-canyon": { model: "street-canyon", trainedAs: "street-canyon" },
};

/** Names by which the data commands know them. */
const names: Readonly<Record<string, FrontierChannelName>> = {
  "cost2100-indoor": "indoor",
  "cost2100-outdoor": "outdoor",
  "uma-nlos": "uma",
};

const TRAINING_SAMPLES = 600;
const TRAINING_SEED = 72_001;
/** Tests of generated channels start far behind every training sample of that seed. */
const FIRST_TEST_SAMPLE = 1_000_000;

/** What methods are prepared for. */
export interface FrontierChannel {
  readonly name: FrontierChannelName;
  readonly model: ChannelModelName;
  /** Name by which experiments train networks on it. */
  readonly trainedAs: string;
  /** Where the samples are from. */
  readonly origin: string;
  /** Shape of a sample. */
  readonly shape: readonly [planes: 2, delays: number, antennas: number];
  /** Clean samples, `[count, 2, delays, antennas]`, zero-centered, physical. */
  readonly clean: Float32Array;
  /** What the user estimates: the same with noise. */
  readonly estimated: Float32Array;
  /** Variance of the noise on a complex element of each sample; zeros without noise. */
  readonly noise: Float64Array;
  readonly count: number;
  /** Training samples, `[.., 2, delays, antennas]`, zero-centered; generated at the first call. */
  training(): Float32Array;
}

/** The channel names of a list such as `indoor,outdoor` or `all`. */
export function parseFrontierChannels(text: string): FrontierChannelName[] {
  if (text === "all") return [...frontierChannels];
  return text.split(",").map((part) => {
    const name = names[part] ?? frontierChannels.find((known) => known === part);
    if (name) return name;
    const rule = `must be one of ${frontierChannels.join(", ")} or all`;
    return invalid("UNKNOWN_CHANNEL", "--channel", rule, part);
  });
}

/**
 * Reads or generates the samples of a channel.
 *
 * @param snr - per tone and antenna [dB]; no noise when absent. The taps kept hold all of the channel but
 * only their share of the noise, so the window's own SNR is higher by 10 log10(tones / taps).
 */
export async function openFrontierChannel(
  name: FrontierChannelName,
  options: { samples: number; seed: number; snr?: number },
): Promise<FrontierChannel> {
  const { model, trainedAs, reference } = sources[name];
  const { samples, seed, snr } = options;
  const { data: clean, shape } = reference
    ? await referenceSamples(reference, samples, seed)
    : generateChannels({ model, samples, seed, firstSample: FIRST_TEST_SAMPLE });
  const size = 2 * shape[2] * shape[3];
  const noise = new Float64Array(shape[0]);
  const estimated = clean.slice();
  if (snr !== undefined) {
    for (let i = 0; i < shape[0]; i++) {
      const sample = clean.subarray(i * size, (i + 1) * size);
      const energy = sample.reduce((sum, value) => sum + value * value, 0);
      const power = energy / (subcarriers * shape[3]);
      noise[i] = power / 10 ** (snr / 10);
      estimated.set(addEstimationNoise(sample, randomStream(seed, i, 1), { snr, power }), i * size);
    }
  }
  let training: Float32Array | undefined;
  return {
    name,
    model,
    trainedAs,
    origin: reference
      ? `reference samples, drawn with seed ${seed}`
      : `${model}, seed ${seed}, from sample ${FIRST_TEST_SAMPLE}`,
    shape: [2, shape[2], shape[3]],
    clean,
    estimated,
    noise,
    count: shape[0],
    training() {
      training ??= generateChannels({ model, samples: TRAINING_SAMPLES, seed: TRAINING_SEED }).data;
      return training;
    },
  };
}

/** Tones of every channel's band. */
export const subcarriers = 1024;

async function referenceSamples(reference: ReferenceChannel, samples: number, seed: number) {
  const { data, scales, shape } = await pickChannels(reference, referencePath(reference), samples, seed);
  return denormalize(data, scales, shape);
}

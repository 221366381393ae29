// The data sets of a profile: train, validation and test samples of the four channels
// of Table I, in files of a folder.
import type { ChannelModelName } from "@csi-feedback/channel-models";
import { invalid } from "@csi-feedback/common";

/** Samples of each split. One seed and consecutive ranges of samples: no sample is in two of them. */
const profiles = {
  paper: { train: 20_000, validation: 10_000, test: 10_000 },
  laptop: { train: 4000, validation: 1000, test: 1000 },
  smoke: { train: 64, validation: 32, test: 32 },
} as const;

/** The channels of Table I: COST2100 outdoor and indoor, UMa without line of sight, the stand-in for DeepMIMO O1. */
const tableChannels: readonly ChannelModelName[] = [
  "cost2100-semi-urban-nlos",
  "cost2100-indoor",
  "uma-nlos",
  "street-canyon",
];

/** One file of a profile. */
export interface ProfilePart {
  readonly channel: string;
  readonly first: number;
  readonly samples: number;
  /** Name of the file in the folder. */
  readonly file: string;
}

/**
 * The files of a profile.
 *
 * @param channel - this channel only; the four of Table I without.
 * @throws CsiFeedbackError `UNKNOWN_PROFILE`.
 */
export function profileParts(name: string, channel?: string): ProfilePart[] {
  if (!Object.hasOwn(profiles, name)) {
    invalid("UNKNOWN_PROFILE", "--profile", `must be one of ${Object.keys(profiles).join(", ")}`, name);
  }
  const splits = Object.entries(profiles[name as keyof typeof profiles]);
  return (channel === undefined ? tableChannels : [channel]).flatMap((one) => {
    let first = 0;
    return splits.map(([split, samples]) => {
      first += samples;
      return { channel: one, first: first - samples, samples, file: `${one}-${split}.h5` };
    });
  });
}

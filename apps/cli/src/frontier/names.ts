// The names of the frontier's channels, alone, so that `--help` loads nothing.

/** The four channels of Table I. */
export const frontierChannels = ["indoor", "outdoor", "uma", "street-canyon"] as const;

/** Name of a channel of the frontier. */
export type FrontierChannelName = (typeof frontierChannels)[number];

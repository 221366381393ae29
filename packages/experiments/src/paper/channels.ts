// The channels of the paper's tables under the names that this project has for them.

/** A channel of the paper: by our name, and as the paper's columns call it. */
const paperChannels = {
  "cost2100-outdoor": "COST2100out",
  "cost2100-indoor": "COST2100in",
  uma: "UMa",
  "street-canyon": "DeepMIMOo1",
} as const;

export type PaperChannel = keyof typeof paperChannels;

/** In the order of the paper's columns. */
export const channelNames = Object.keys(paperChannels) as PaperChannel[];

/** What the paper calls a channel; its own name for one that the paper does not have. */
export function paperTitle(channel: string): string {
  return Object.hasOwn(paperChannels, channel) ? paperChannels[channel as PaperChannel] : channel;
}

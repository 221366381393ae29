// The channels of the paper's tables under the names that this project has for them.

/** A channel of the paper: by our name, and as the paper's columns call it. */
export const paperChannels = {
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

/** The compression ratios of the paper's tables. */
export const paperRatios = ["1/8", "1/16", "1/32", "1/64"] as const;

export type PaperRatio = (typeof paperRatios)[number];

/** 8 of `1/8`. */
export function denominatorOf(ratio: PaperRatio): number {
  return Number(ratio.slice(2));
}

// What a channel model is to the generator: a way to draw one link, and the grid
// and array that it is usually seen with.
import type { RandomStream } from "@csi-feedback/common";
import type { PropagationPaths } from "./paths";
import type { AngleDelayOptions } from "./synthesis";

/** One link: its paths and where its user is [m]. */
export interface ChannelDraw {
  readonly paths: PropagationPaths;
  readonly user: { readonly x: number; readonly y: number };
  /** Named numbers that the model puts on record for the sample. */
  readonly details: Readonly<Record<string, number>>;
}

/** A channel model. Implement this to generate data from a model of one's own. */
export interface ChannelModel {
  /** What the model is, in one sentence. */
  readonly description: string;
  /** Array, carrier, bandwidth, subcarriers and delay taps used when nothing else is asked for. */
  readonly defaults: AngleDelayOptions;
  /** Draws one link; all randomness comes from the stream. */
  readonly draw: (random: RandomStream) => ChannelDraw;
}

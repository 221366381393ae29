// The samples of the COST 2100 authors' own code that travel with this app, for
// experiments that test on them as well.
import type { ChannelSet } from "@csi-feedback/datasets";
import { readChannels } from "@csi-feedback/datasets/node";
import { referenceChannels, referencePath } from "../channels";

/** Reference samples of a channel, where there are any. */
export async function referenceSamples(channel: string): Promise<ChannelSet | undefined> {
  const known = referenceChannels.find((name) => name === channel);
  return known && readChannels(referencePath(known));
}

/** Channel data sets in memory: sets, sources, splits, batches, mixtures and noise. */
export { assertChannelSet, type ChannelSet, type Metadata, type MetadataValue } from "./channel-set";

/** Channel data sets in memory: sets, sources, splits, batches, mixtures and noise. */
export { assertChannelSet, type ChannelSet, type Metadata, type MetadataValue } from "./channel-set";
export { concatenate, mixture, withNoise } from "./combine";
export { type ChannelSource, sourceOf, subset, toPhysical } from "./source";
export { type Batch, type BatchOptions, batches, split } from "./split";

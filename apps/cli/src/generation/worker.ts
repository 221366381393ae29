// A worker thread that makes blocks of channel samples. What a sample is depends on
// the seed and its index alone, so it does not matter which worker makes it.
import { parentPort, workerData } from "node:worker_threads";
import { type ChannelModelName, generateChannels } from "@csi-feedback/channel-models";
import type { BlockRequest, GenerationJob } from "./pool";

const { model, seed } = workerData as GenerationJob;

parentPort?.on("message", ({ firstSample, samples }: BlockRequest) => {
  const block = generateChannels({ model: model as ChannelModelName, seed, firstSample, samples });
  const buffers = [block.data, ...Object.values(block.metadata)].map(({ buffer }) => buffer as ArrayBuffer);
  parentPort?.postMessage({ firstSample, block }, buffers);
});

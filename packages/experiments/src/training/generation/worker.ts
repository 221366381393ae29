// A worker thread that makes blocks of channel samples. What a sample is depends on
// the seed and its index alone, so it does not matter which worker makes it.
import { parentPort, workerData } from "node:worker_threads";
import { type GenerationJob, makeSamples } from "./make-samples";
import type { BlockRequest } from "./pool";

parentPort?.on("message", ({ firstSample, samples }: BlockRequest) => {
  const block = makeSamples(workerData as GenerationJob, firstSample, samples);
  const buffers = [block.data, ...Object.values(block.metadata)].map(({ buffer }) => buffer as ArrayBuffer);
  parentPort?.postMessage({ firstSample, block }, buffers);
});

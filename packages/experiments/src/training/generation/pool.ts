// Channel samples made by worker threads and handed on in order, with no more blocks
// in memory than a few per worker. Where the worker's program was not built, as when
// sources run as they are, the samples are made right here.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { GeneratedChannels } from "@csi-feedback/channel-models";
import { type GenerationJob, makeSamples } from "./make-samples";

/** The worker's program, which builds put beside the file that this module ends up in. */
const workerProgram = new URL("./worker.js", import.meta.url);

/** A range of samples, as a worker is asked for it. */
export interface BlockRequest {
  readonly firstSample: number;
  readonly samples: number;
}

/** A range of samples that is done. */
export interface Block {
  readonly firstSample: number;
  readonly block: GeneratedChannels;
}

const blockSize = 50;
/** Blocks under way or waiting for their turn, per worker. */
const lead = 3;

/**
 * Generates samples `first` to `first + count - 1`, block by block, in order.
 *
 * @param signal - ends the generation with an `AbortError` after the blocks under way.
 */
export async function* generateInParallel(
  job: GenerationJob,
  range: { first: number; count: number },
  options: { workers?: number; signal?: AbortSignal } = {},
): AsyncGenerator<Block> {
  const end = range.first + range.count;
  if (!existsSync(workerProgram)) {
    for (let firstSample = range.first; firstSample < end; firstSample += blockSize) {
      // Lets timers and signals have their turn.
      await setImmediate();
      options.signal?.throwIfAborted();
      const samples = Math.min(blockSize, end - firstSample);
      yield { firstSample, block: makeSamples(job, firstSample, samples) };
    }
    return;
  }
  const workers = Math.min(options.workers ?? availableParallelism(), Math.ceil(range.count / blockSize));
  const pool = Array.from({ length: workers }, () => new Worker(workerProgram, { workerData: job }));
  const done = new Map<number, Block>();
  let asked = range.first;
  let wake = () => {};
  let failure: unknown;
  const ask = (worker: Worker) => {
    if (asked >= end) return;
    worker.postMessage({
      firstSample: asked,
      samples: Math.min(blockSize, end - asked),
    } satisfies BlockRequest);
    asked += blockSize;
  };
  const idle = [...pool];
  for (const worker of pool) {
    worker.on("message", (block: Block) => {
      done.set(block.firstSample, block);
      idle.push(worker);
      wake();
    });
    worker.on("error", (error) => {
      failure = error;
      wake();
    });
  }
  try {
    for (let next = range.first; next < end; next += blockSize) {
      while (!done.has(next)) {
        while (idle.length > 0 && asked < end && asked < next + lead * workers * blockSize)
          ask(idle.pop() as Worker);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (failure || done.has(next)) resolve();
        });
        if (failure) throw failure;
        options.signal?.throwIfAborted();
      }
      const block = done.get(next) as Block;
      done.delete(next);
      yield block;
    }
  } finally {
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
}

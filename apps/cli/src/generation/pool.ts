// Channel samples made by worker threads and handed on in order, with no more blocks
// in memory than a few per worker.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { AngleDelayOptions, GeneratedChannels } from "@csi-feedback/channel-models";

/** What is generated. */
export interface GenerationJob {
  /** Name of a channel model. */
  readonly model: string;
  readonly seed: number;
  /** Replaces parts of the model's own array and grid. */
  readonly synthesis?: Partial<AngleDelayOptions>;
  /** Estimation noise: signal-to-noise ratio per subcarrier and antenna [dB]; none without. */
  readonly snr?: number;
}

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
  const workers = Math.min(options.workers ?? availableParallelism(), Math.ceil(range.count / blockSize));
  const pool = Array.from(
    { length: workers },
    () => new Worker(new URL("./worker.js", import.meta.url), { workerData: job }),
  );
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

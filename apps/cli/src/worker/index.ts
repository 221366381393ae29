// `csi-feedback worker`: takes trainings from the list on Redis, one at a time. Each runs
// in a process of its own, so that this one always has time to say that it is alive.

import { isCsiFeedbackError } from "@csi-feedback/common";
import { type EngineChoice, parseEngine } from "@csi-feedback/engines";
import {
  isFinished,
  type JobProgress,
  runFolder,
  runInProcess,
  type TaskSettings,
} from "@csi-feedback/experiments";
import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { interruptSignal } from "../interrupt";
import { connectRedis, queueName } from "./redis-connection";
import type { RemoteJob } from "./redis-queue";
import { receiveRun, sendRun } from "./run-transfer";

/** The options of `csi-feedback worker`, as the command line gives them. */
export interface WorkOptions {
  readonly redis: string;
  readonly runs: string;
  readonly takeover: number;
  readonly engine: string;
}

/** A training whose workers die again and again is given up after so many. */
const deaths = 5;
/** Least time between two reports of progress [ms]. */
const reportInterval = 1000;
/** How long a worker on the same folder may need to let go of a run that was taken from it [ms]. */
const lockWait = 60_000;

export async function work(options: WorkOptions): Promise<void> {
  const engine = parseEngine(options.engine);
  const redis = await connectRedis(options.redis);
  const signal = interruptSignal("stopping: the running training goes back to the list");
  const context = { redis, runs: options.runs, engine, signal };
  const silence = options.takeover * 1000;
  const worker = new Worker<RemoteJob, boolean>(queueName, (job, token) => perform(job, token, context), {
    connection: redis.duplicate(),
    lockDuration: silence,
    stalledInterval: silence / 2,
    maxStalledCount: deaths,
    drainDelay: 1,
  });
  worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
  await worker.waitUntilReady();
  process.stderr.write(`waiting for trainings from ${options.redis.replace(/\/\/[^@/]*@/, "//")}\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
  await worker.close();
  redis.disconnect();
}

interface WorkContext {
  readonly redis: Redis;
  readonly runs: string;
  readonly engine: EngineChoice;
  readonly signal: AbortSignal;
}

async function perform(remote: Job<RemoteJob, boolean>, token: string | undefined, context: WorkContext) {
  const { redis, runs, engine, signal } = context;
  const { job } = remote.data;
  const folder = runFolder(runs, job.id);
  const settings: TaskSettings = { runs, engine, lockWait };
  process.stderr.write(`training ${job.title}\n`);
  const back = async (): Promise<never> => {
    await remote.moveToWait(token);
    throw new WaitingError();
  };
  try {
    for (const id of job.after) {
      if (!(await isFinished(runFolder(runs, id)))) await receiveRun(redis, id, runFolder(runs, id));
    }
    const report = throttled((progress) => void remote.updateProgress({ ...progress }).catch(() => {}));
    const finished = await runInProcess({ kind: "train", job, settings }, { signal, progress: report });
    if (!finished) return await back();
    await sendRun(redis, job.id, folder);
    process.stderr.write(`trained ${job.title}\n`);
    return true;
  } catch (error) {
    if (error instanceof WaitingError) throw error;
    if (signal.aborted) return await back();
    process.stderr.write(`failed, ${job.title}: ${(error as Error).message}\n`);
    // What is wrong with a definition is wrong on every machine.
    const lasting = isCsiFeedbackError(error) && !["WORKER_DIED", "RUN_LOCKED"].includes(error.code);
    throw lasting ? new UnrecoverableError(error.message) : error;
  }
}

function throttled(report: (progress: JobProgress) => void): (progress: JobProgress) => void {
  let last = 0;
  return (progress) => {
    if (Date.now() - last < reportInterval) return;
    last = Date.now();
    report(progress);
  };
}

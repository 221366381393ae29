// The job list on Redis, as whoever wants trainings sees it: BullMQ keeps the list, takes
// jobs of dead workers back and hands them out again; this file adds jobs, waits for them
// and brings the finished runs home.
import { CsiFeedbackError } from "@csi-feedback/common";
import {
  isFinished,
  type JobProgress,
  runFolder,
  schedule,
  type TrainingJob,
  type TrainingQueue,
} from "@csi-feedback/experiments";
import { Queue, QueueEvents } from "bullmq";
import { connectRedis, queueName } from "./redis-connection";
import { dropRun, hasRun, receiveRun, sendRun } from "./run-transfer";

/** What a job carries. */
export interface RemoteJob {
  readonly job: TrainingJob;
}

/** How often a job that fails is tried, by whichever worker is free, and the pause between [ms]. */
const attempts = 2;
const pause = 2000;

/**
 * A queue whose jobs run wherever `csi-feedback worker` does.
 *
 * @param runs - base folder of the runs here; finished runs are brought there.
 * @throws CsiFeedbackError of {@link connectRedis}.
 */
export async function redisQueue({ url, runs }: { url: string; runs: string }): Promise<TrainingQueue> {
  const redis = await connectRedis(url);
  const queue = new Queue<RemoteJob, boolean>(queueName, { connection: redis });
  const events = new QueueEvents(queueName, { connection: redis.duplicate() });
  await events.waitUntilReady();
  const brought = new Set<string>();

  /** What another machine needs to begin with. */
  const provide = async (id: string) => {
    const folder = runFolder(runs, id);
    if (!(await hasRun(redis, id)) && (await isFinished(folder))) await sendRun(redis, id, folder);
  };

  /** The job on the list: one that is there already, unless it failed or what it made is gone. */
  const enlist = async (job: TrainingJob) => {
    const known = await queue.getJob(job.id);
    const state = await known?.getState();
    if (known && (state === "failed" || (state === "completed" && !(await hasRun(redis, job.id))))) {
      await known.remove();
    }
    return queue.add("train", { job }, { jobId: job.id, attempts, backoff: { type: "fixed", delay: pause } });
  };

  const execute = async (job: TrainingJob, stopped: Promise<never>) => {
    const folder = runFolder(runs, job.id);
    if (await isFinished(folder, job.definition)) return;
    for (const id of job.after) await provide(id);
    const remote = await enlist(job);
    await Promise.race([remote.waitUntilFinished(events), stopped]);
    // Nothing to bring where the workers use this very folder.
    if (!(await isFinished(folder, job.definition))) await receiveRun(redis, job.id, folder);
    brought.add(job.id);
  };

  return {
    async run(jobs, options = {}) {
      const byId = new Map(jobs.map((job) => [job.id, job]));
      const tell = (jobId: string, type: "started" | "retry", reason = "") => {
        const job = byId.get(jobId);
        if (job) options.on?.(type === "started" ? { type, job } : { type, job, reason });
      };
      const listeners = {
        active: ({ jobId }: { jobId: string }) => tell(jobId, "started"),
        stalled: ({ jobId }: { jobId: string }) => tell(jobId, "retry", "its worker is gone"),
        progress: ({ jobId, data }: { jobId: string; data: unknown }) => {
          const job = byId.get(jobId);
          if (job) options.on?.({ type: "progress", job, progress: data as JobProgress });
        },
      };
      for (const [name, listener] of Object.entries(listeners))
        events.on(name as "active", listener as never);
      try {
        const stopped = rejectionOf(options.signal);
        await schedule(jobs, { ...options, fits: () => true, execute: (job) => execute(job, stopped) });
      } finally {
        for (const [name, listener] of Object.entries(listeners))
          events.off(name as "active", listener as never);
      }
    },
    async close() {
      for (const id of brought) await dropRun(redis, id);
      await events.close();
      await queue.close();
      redis.disconnect();
    },
  };
}

/** Rejects when the signal is aborted; the workers go on with what they have. */
function rejectionOf(signal: AbortSignal | undefined): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new CsiFeedbackError("INTERRUPTED", "the workers go on without this command"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
  });
  // Jobs that wait for it see the rejection; without any it is nobody's.
  stopped.catch(() => {});
  return stopped;
}

// Running a plan: train for one experiment, measure it, go on to the next.
import { type EngineChoice, startEngine } from "@csi-feedback/engines";
import {
  describeHardware,
  type Experiment,
  keepLearningCurves,
  keepResults,
  localQueue,
  measureExperiment,
  type PlannedTraining,
  type ResultRow,
  readSummary,
  runFolder,
  TrainedNetworks,
  type TrainingJob,
  type TrainingQueue,
} from "@csi-feedback/experiments";
import { duration, Progress } from "../progress";
import { RunDisplay } from "./display";
import type { ReproduceOptions } from "./index";
import type { PlanContext } from "./plan-context";
import { referenceSamples } from "./reference-samples";

/** A worker whose command was killed needs some time to write its checkpoint and let go of its run [ms]. */
const lockWait = 30_000;

/**
 * Trains what is missing and measures all experiments of the plan. Numbers are kept as soon as an
 * experiment is measured, while nothing trains; with workers elsewhere everything is trained first. When
 * a training or an experiment fails, the others go on.
 *
 * @returns all measured rows.
 * @throws the first error.
 */
export async function runPlan(
  context: PlanContext,
  options: ReproduceOptions,
  engine: EngineChoice,
  signal: AbortSignal,
): Promise<ResultRow[]> {
  const { experiments, plan, estimates } = context;
  const { runs, redis } = options;
  const missing = plan.filter(({ state }) => state !== "finished");
  const queue = await openQueue(context, options, engine);
  const display = new RunDisplay(
    missing.map(({ job }) => ({ job, seconds: estimates.get(job.definition)?.seconds })),
    options.workers,
  );
  const networks = new TrainedNetworks(runs);
  const rows: ResultRow[] = [];
  const failures = new Map<string, Error>();
  const ended = new Set<string>();
  /** What a training took is a better estimate than its first steps, and stops early as others will. */
  const learn = async ({ id, definition }: TrainingJob) => {
    const summary = await readSummary(runFolder(runs, id));
    // One that was finished long ago may come from another machine.
    if (summary?.hardware === describeHardware()) await estimates.correct(definition, summary.seconds);
  };
  const train = async (wanted: readonly PlannedTraining[]) => {
    const jobs = wanted.map(({ job }) => job).filter(({ id }) => !ended.has(id));
    try {
      await queue.run(jobs, {
        signal,
        on: (event) => {
          display.on(event);
          if (event.type === "finished" || event.type === "failed") ended.add(event.job.id);
          if (event.type === "failed") failures.set(event.job.id, event.error);
          if (event.type === "finished" && redis === undefined) learn(event.job).catch(() => {});
        },
      });
    } catch (error) {
      // Failures are known by job: what does not need them can be measured.
      if (signal.aborted || failures.size === 0) throw error;
    } finally {
      display.end();
    }
  };
  try {
    if (redis !== undefined) await train(missing);
    for (const experiment of experiments) {
      signal.throwIfAborted();
      const own = missing.filter(({ neededBy }) => neededBy.includes(experiment.id));
      if (redis === undefined) await train(own);
      if (own.some(({ job }) => failures.has(job.id))) {
        process.stderr.write(`${experiment.id}: not measured, a training failed\n`);
        continue;
      }
      try {
        rows.push(...(await measure(experiment, networks, { context, options, engine, signal })));
      } catch (error) {
        signal.throwIfAborted();
        failures.set(experiment.id, error as Error);
        process.stderr.write(`${experiment.id}: ${(error as Error).message}\n`);
      }
    }
  } finally {
    networks.dispose();
    await queue.close();
  }
  for (const error of failures.values()) throw error;
  return rows;
}

async function openQueue(
  { estimates }: PlanContext,
  { runs, workers, redis }: ReproduceOptions,
  engine: EngineChoice,
): Promise<TrainingQueue> {
  if (redis !== undefined) {
    const { redisQueue } = await import("../worker/redis-queue");
    return redisQueue({ url: redis, runs });
  }
  return localQueue({
    runs,
    engine,
    workers,
    lockWait,
    estimate: ({ definition }) => estimates.get(definition),
  });
}

/** Measures one experiment and keeps its rows. */
async function measure(
  experiment: Experiment,
  networks: TrainedNetworks,
  {
    context,
    options,
    engine,
    signal,
  }: {
    readonly context: PlanContext;
    readonly options: ReproduceOptions;
    readonly engine: EngineChoice;
    readonly signal: AbortSignal;
  },
): Promise<ResultRow[]> {
  const start = Date.now();
  const progress = new Progress(`measuring ${experiment.id}`, 100);
  const rows = await measureExperiment(experiment, {
    profile: context.profile,
    seed: context.seed,
    engine: await startEngine(engine),
    networks,
    runs: options.runs,
    reference: referenceSamples,
    progress: (text, fraction) => progress.update(Math.floor(100 * fraction), `, ${text}`),
    signal,
  });
  progress.end();
  const files = await keepResults(options.results, experiment, rows);
  await keepLearningCurves(options.results, options.runs);
  const seconds = duration((Date.now() - start) / 1000);
  process.stderr.write(`${experiment.id}: ${rows.length} numbers in ${seconds}: ${files.join(", ")}\n`);
  return rows;
}

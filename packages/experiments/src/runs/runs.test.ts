import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "@csi-feedback/common/node";
import { startEngine } from "@csi-feedback/engines";
import { lineFigure } from "@csi-feedback/eval/figures";
import { readMetrics } from "@csi-feedback/training/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tinyTraining } from "../../test/training-jobs";
import type { Experiment } from "../experiment";
import { readLearningRuns } from "../report/learning-section";
import { keepLearningCurves, readKeptCurves } from "../results/learning-curves";
import { readResults } from "../results/results-folder";
import { profiles } from "../training/profiles";
import { Estimates } from "./estimates";
import { jobsOf, runFolder, type TrainingJob } from "./job";
import { localQueue } from "./local-queue";
import { keepResults, measureExperiment } from "./measure";
import { planTrainings } from "./plan";
import type { QueueEvent } from "./queue";
import { measureTask } from "./task";
import { TrainedNetworks } from "./trained-networks";

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "runs-"));
});
afterEach(() => rm(runs, { recursive: true }));

const queue = () => localQueue({ runs, engine: "onnxruntime" });

/** An experiment that says how many epochs its networks were trained. */
function experimentOf(id: string, ...definitions: ReturnType<typeof tinyTraining>[]): Experiment {
  return {
    id,
    title: id,
    trainings: () => definitions,
    async measure({ trained }) {
      const rows = [];
      for (const definition of definitions) {
        const { summary } = await trained(definition);
        rows.push({
          method: `CsiNet, seed ${definition.seed}`,
          channel: "cost2100-indoor",
          ratio: "1/64",
          condition: "",
          metric: "Epochs",
          value: summary.epochs,
          samples: 8,
          data: "test",
          epochs: summary.epochs,
        });
      }
      return rows;
    },
    figures: async (rows) => [
      {
        name: `${id}-epochs`,
        specification: lineFigure({
          x: { title: "Row" },
          y: { title: "Epochs" },
          series: [{ name: "all", x: rows.map((_, i) => i), y: rows.map(({ value }) => value) }],
        }),
      },
    ],
  };
}

const oneAndTwo = experimentOf("a", tinyTraining({ seed: 1 }), tinyTraining({ seed: 2 }));
const oneMoved = experimentOf("b", tinyTraining({ seed: 3, from: 1 }));

test("trainings that experiments share, or start from, are planned once and run once", {
  timeout: 180_000,
}, async () => {
  const options = { experiments: [oneMoved, oneAndTwo], profile: profiles.smoke, seed: 1, runs };
  const plan = await planTrainings(options);
  expect(plan.map(({ neededBy, state }) => [neededBy.join(), state])).toEqual([
    ["b,a", "new"],
    ["b", "new"],
    ["a", "new"],
  ]);
  expect(plan[1].job.after).toEqual([plan[0].job.id]);
  expect(plan[1].job.title).toBe("csinet fine-tuned, cost2100-indoor, 1/64, seed 3");
  const events: QueueEvent[] = [];
  const jobs = plan.map(({ job }) => job);
  await queue().run(jobs, { on: (event) => events.push(event) });
  const finished = events.filter(({ type }) => type === "finished").map(({ job }) => job.id);
  expect(finished).toEqual(jobs.map(({ id }) => id));
  expect((await readdir(runs)).sort()).toEqual(jobs.map(({ id }) => id.slice(0, 16)).sort());
  expect((await planTrainings(options)).map(({ state }) => state)).toEqual([
    "finished",
    "finished",
    "finished",
  ]);

  const networks = new TrainedNetworks(runs);
  const engine = await startEngine("onnxruntime");
  const results = join(runs, "results");
  for (const experiment of options.experiments) {
    const rows = await measureExperiment(experiment, { ...options, engine, networks });
    const files = await keepResults(results, experiment, rows);
    const { id } = experiment;
    const names = [`${id}.csv`, `smoke/${id}.json`, `smoke/${id}-epochs.svg`, `smoke/${id}-epochs.png`];
    expect(files).toEqual(names.map((name) => join(results, name)));
  }
  networks.dispose();
  const rows = await readResults(results);
  expect(rows.map(({ experiment, value }) => [experiment, value])).toEqual([
    ["a", 2],
    ["a", 2],
    ["b", 1],
  ]);
  expect(rows[0]).toMatchObject({ profile: "smoke", seed: 1, engine: engine.description });
  expect(rows[0].hardware).toContain("GiB");

  // The learning curves can be read without the run folders.
  expect(await keepLearningCurves(results, runs)).toBe(3);
  const kept = await readKeptCurves(results);
  expect(kept.map(({ title }) => title).sort()).toEqual(["csinet", "csinet", "csinet fine-tuned"]);
  const read = await readLearningRuns(runs);
  expect(kept).toEqual(
    read.map(({ points, ...run }) => ({
      ...run,
      points: points.map(({ stage, epoch, nmseDb }) => ({ stage, epoch, nmseDb })),
    })),
  );
  const path = join(results, "learning", `${kept[0].id}.csv`);
  const text = await readFile(path, "utf8");
  expect(text).toMatch(
    /^format,network,.*\n1,csinet.*,"cost2100-indoor, 1\/64, seed \d, 24 samples",(?:full|transfer),0,/,
  );
  await writeFile(path, text.replace(/^1,/m, "2,"));
  await expect(readKeptCurves(results)).rejects.toMatchObject({
    code: "RESULTS_VERSION",
    message: expect.stringContaining("version 2"),
  });
  await writeFile(path, text.replace(/,0,/, ",first,"));
  await expect(readKeptCurves(results)).rejects.toMatchObject({ code: "INVALID_RESULTS" });
});

test("a training that was stopped goes on, and ends in the same weights", { timeout: 180_000 }, async () => {
  const [job] = await jobsOf(tinyTraining({ seed: 5 }));
  const controller = new AbortController();
  const stopped = queue().run([job], {
    signal: controller.signal,
    on: (event) => {
      if (event.type === "progress" && event.progress.text.includes("epoch 2")) controller.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
  const folder = runFolder(runs, job.id);
  const weights = (base: string) => readFile(join(base, "model", "weights.safetensors"));
  await expect(weights(folder)).rejects.toMatchObject({ code: "ENOENT" });
  await queue().run([job]);
  expect((await readMetrics(folder)).filter(({ type }) => type === "resume")).toHaveLength(1);
  const other = join(runs, "other");
  await localQueue({ runs: other, engine: "onnxruntime" }).run([job]);
  expect((await weights(folder)).equals(await weights(runFolder(other, job.id)))).toBe(true);
});

test("a run that another process works on is left alone", async () => {
  const [job] = await jobsOf(tinyTraining({ seed: 6 }));
  const unlock = await lockFile(`${runFolder(runs, job.id)}.lock`);
  const error = {
    code: "RUN_LOCKED",
    message: expect.stringMatching(/another process trains .*process \d+ on/),
  };
  await expect(queue().run([job])).rejects.toMatchObject(error);
  await unlock();
  await queue().run([job]);
});

test("a training that is missing is named with the command that makes it", async () => {
  const missing = new TrainedNetworks(runs).get(tinyTraining({ seed: 7 }));
  await expect(missing).rejects.toMatchObject({
    code: "RUN_NOT_FINISHED",
    message: expect.stringMatching(/csinet, cost2100-indoor, 1\/64, seed 7.*csi-feedback reproduce/),
  });
});

test("steps are measured once for all trainings of a kind, and kept", async () => {
  const definition = tinyTraining({ seed: 8 });
  const estimates = await Estimates.open(runs);
  expect(estimates.get(definition)).toBeUndefined();
  const times = await measureTask(definition, { runs, engine: "onnxruntime" });
  await estimates.add(definition, times);
  const kept = await Estimates.open(runs);
  const short = kept.get(tinyTraining({ seed: 9 }));
  const long = kept.get(tinyTraining({ seed: 9, epochs: 100 }));
  expect(short!.seconds).toBeGreaterThan(0);
  expect(long!.seconds).toBeGreaterThan(short!.seconds);
  expect(kept.get({ ...definition, batchSize: 4 })).toBeUndefined();
  // A training that took longer than was estimated says so for the next one.
  await kept.correct(definition, 1000);
  expect((await Estimates.open(runs)).get(tinyTraining({ seed: 12 }))?.seconds).toBeCloseTo(1000, -1);
});

test("a folder that holds another run's definition is not touched", async () => {
  const [job] = await jobsOf(tinyTraining({ seed: 10 }));
  const [other] = await jobsOf(tinyTraining({ seed: 11 }));
  await queue().run([job]);
  const mistaken: TrainingJob = { ...other, id: job.id };
  await expect(queue().run([mistaken])).rejects.toMatchObject({ code: "RUN_MISMATCH" });
});

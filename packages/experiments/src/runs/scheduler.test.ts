import { CsiFeedbackError } from "@csi-feedback/common";
import { expect, test } from "vitest";
import { trainingJob } from "../../test/training-jobs";
import type { TrainingJob } from "./job";
import type { QueueEvent } from "./queue";
import { schedule } from "./scheduler";

/** Runs jobs that take some turns of the event loop; returns what happened. */
async function run(
  jobs: readonly TrainingJob[],
  options: {
    workers?: number;
    failing?: readonly string[];
    signal?: AbortSignal;
    stopAfter?: () => void;
  } = {},
) {
  const { workers = 1, failing = [], signal, stopAfter } = options;
  const events: string[] = [];
  let running = 0;
  let most = 0;
  const result = schedule(jobs, {
    ...(signal ? { signal } : {}),
    on: (event: QueueEvent) => events.push(`${event.type} ${event.job.id}`),
    fits: (_, others) => others.length < workers,
    async execute({ id }) {
      events.push(`run ${id}`);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      stopAfter?.();
      if (failing.includes(id)) throw new CsiFeedbackError("DIVERGED", "no number");
    },
  });
  const error = await result.then(
    () => undefined,
    (reason) => reason,
  );
  return { events, most, error };
}

const [a, b, c] = [trainingJob("a"), trainingJob("b", ["a"]), trainingJob("c")];

test("jobs run in order, one at a time", async () => {
  const { events, most } = await run([a, c]);
  expect(events).toEqual(["run a", "finished a", "run c", "finished c"]);
  expect(most).toBe(1);
});

test("several at a time, each after what it starts from", async () => {
  const { events, most } = await run([b, a, c], { workers: 3 });
  expect(events.slice(0, 2)).toEqual(["run a", "run c"]);
  expect(events.indexOf("run b")).toBeGreaterThan(events.indexOf("finished a"));
  expect(most).toBe(2);
});

test("a job that starts from a finished one that is not in the list runs", async () => {
  expect((await run([b])).events).toEqual(["run b", "finished b"]);
});

test("when one fails the others go on, but not what starts from it", async () => {
  const { events, error } = await run([a, b, c], { failing: ["a"] });
  expect(events).toEqual(["run a", "failed a", "failed b", "run c", "finished c"]);
  expect(error).toMatchObject({
    code: "TRAININGS_FAILED",
    message: expect.stringMatching(/2 trainings.*no number/),
  });
  expect((await run([a, c], { failing: ["c"] })).error).toMatchObject({ code: "DIVERGED" });
});

test("a signal lets what runs end and starts nothing more", async () => {
  const controller = new AbortController();
  const { events, error } = await run([a, b, c], {
    signal: controller.signal,
    stopAfter: () => controller.abort(),
  });
  expect(events).toEqual(["run a", "finished a"]);
  expect(error).toMatchObject({ code: "INTERRUPTED" });
});

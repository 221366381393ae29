// What the experiments ask for, without training anything.
import { expect, test } from "vitest";
import { experiments, findExperiment } from "./registry";
import { checkDefinition } from "./training/definition";
import { profiles } from "./training/profiles";

test("every table and figure of the paper's evaluation is there, each name once", () => {
  const ids = experiments.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const paper = [2, 3, 4, 5, 6]
    .map((n) => `table-${n}`)
    .concat([5, 6, 7, 8, 9, 10, 11, 12].map((n) => `figure-${n}`));
  expect(ids.slice(0, paper.length)).toEqual(paper);
  expect(() => findExperiment("table-7")).toThrow(expect.objectContaining({ code: "UNKNOWN_EXPERIMENT" }));
});

test.each(Object.values(profiles))(
  "every training of the $name profile is valid, with one budget",
  (profile) => {
    for (const { id, trainings } of experiments) {
      for (const definition of trainings(profile, 1)) {
        checkDefinition(definition, id);
        const epochs = definition.stages.reduce((sum, stage) => sum + stage.epochs, 0);
        const transfer = definition.startFrom !== undefined;
        expect(epochs).toBe(transfer ? profile.epochs[1] : profile.epochs[0] + profile.epochs[1]);
        expect(definition.batchSize).toBe(profile.batchSize);
      }
    }
  },
);

test("tables share their trainings", () => {
  const of = (id: string) =>
    new Set(
      findExperiment(id)
        .trainings(profiles.laptop, 1)
        .map((one) => JSON.stringify(one)),
    );
  const comparison = of("table-3");
  expect(of("figure-5")).toEqual(comparison);
  for (const id of ["figure-7", "figure-8", "figure-12", "rate-distortion", "latency-int8"]) {
    for (const training of of(id)) expect(comparison).toContain(training);
  }
  const [tuned, shared] = [true, false].map((starts) =>
    [...of("table-6")].map((one) => JSON.parse(one)).filter(({ startFrom }) => Boolean(startFrom) === starts),
  );
  for (const training of shared) expect(comparison).toContain(JSON.stringify(training));
  for (const { startFrom } of tuned) expect(comparison).toContain(JSON.stringify(startFrom.training));
  expect(tuned.map(({ network, valueBits }) => `${network.name} ${valueBits}`).sort()).toEqual(
    ["crnet 2", "crnet 4", "llmcsinet 2", "llmcsinet 4"].flatMap((one) => [one, one]),
  );
});

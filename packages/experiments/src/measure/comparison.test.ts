// Table III and Figure 5 from training to rows, with a few samples and one pass.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedEngine, startEngine } from "@csi-feedback/engines";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExperimentContext, Profile } from "../experiment";
import { figure5 } from "../figures/figure-5";
import { table3 } from "../tables/table-3";
import { runTraining } from "../training/run";
import { loadTrainedNetwork, type TrainedNetwork } from "../training/trained-network";

const profile: Profile = {
  name: "smoke",
  samples: { train: 8, validation: 4, test: 6 },
  epochs: [1, 1],
  batchSize: 4,
};

let engine: StartedEngine;
let folder: string;
beforeAll(async () => {
  engine = await startEngine();
  folder = await mkdtemp(join(tmpdir(), "comparison-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("trains once, measures each method on the same data, and has rows with the paper's values", async () => {
  const definitions = table3.trainings(profile, 1);
  expect(figure5.trainings(profile, 1)).toEqual(definitions);
  const trained = new Map<string, TrainedNetwork>();
  const context: ExperimentContext = {
    profile,
    seed: 1,
    async trained(definition) {
      const key = JSON.stringify(definition);
      let network = trained.get(key);
      if (network === undefined) {
        const run = join(folder, String(trained.size));
        await runTraining({ definition, folder: run, engine });
        network = await loadTrainedNetwork(run);
        trained.set(key, network);
      }
      return network;
    },
    progress: () => {},
  };
  const rows = await table3.measure(context);
  expect(trained.size).toBe(definitions.length);
  expect(rows.map(({ method }) => method)).toEqual([
    ...["LLMCsiNet", "IdasNet", "CRNet", "CsiNet"],
    ...["M largest", "M random", "PCA", "LASSO (FISTA)"],
  ]);
  const of = (method: string) => rows.find((row) => row.method === method);
  expect(of("LLMCsiNet")).toMatchObject({
    paper: 0.991,
    samples: 6,
    epochs: 2,
    metric: "SGCS",
    ratio: "1/8",
  });
  // Of an untrained residual network the visible elements stay: it is the control.
  expect(of("LLMCsiNet")?.value).toBeCloseTo(of("M largest")?.value ?? 0, 2);
  expect(of("M largest")).toMatchObject({ epochs: 0, channel: "cost2100-indoor" });
  expect(of("M largest")).not.toHaveProperty("paper");

  const nmse = await figure5.measure(context);
  expect(trained.size).toBe(definitions.length);
  expect(nmse.find(({ method }) => method === "CRNet")).toMatchObject({
    paper: -12.138,
    metric: "NMSE [dB]",
  });
  for (const { value, low = Number.NaN, high = Number.NaN } of nmse) {
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
}, 300_000);

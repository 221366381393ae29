import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "@csi-feedback/engines";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { MeasuredRow } from "../experiment";
import {
  ANTENNAS,
  channelsOf,
  definitionDigest,
  describeScenario,
  findXlExperiment,
  fromPlanes,
  hybrid,
  leastSquaresOf,
  llm4XceDefinition,
  toPlanes,
  trainedEstimator,
  type XlContext,
  xlExperiments,
  xlProfiles,
} from ".";
import { classicalNames } from "./classical";
import { classicalIn, testChannels } from "./experiment";
import { measureNmse } from "./measure";
import { channelSource } from "./scenario";
import { createEstimator, isTrained, trainOptionsOf } from "./train";

// Seconds of work, which a machine that does much else may take long for.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const profile = xlProfiles.smoke;
let runs: string;
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), "xl-"));
  await startEngine("onnxruntime", { threads: 1 });
});
afterAll(() => rm(runs, { recursive: true }));

describe("channels", () => {
  test("a streamed sample is the same whatever it is read with", async () => {
    const source = channelSource(hybrid, 7, 100);
    const [some, one] = await Promise.all([
      source.read(Int32Array.of(3, 90)),
      source.read(Int32Array.of(90)),
    ]);
    expect(some.slice(2 * ANTENNAS)).toEqual(one);
    const direct = channelsOf(hybrid, 7, 1, 90);
    expect(one).toEqual(toPlanes(direct));
    expect(fromPlanes(one).re[17]).toBeCloseTo(direct.re[17], 6);
  });

  test("a second user is in what the network is given, not in the target", async () => {
    const alone = channelSource(hybrid, 7, 10);
    const beside = channelSource(hybrid, 7, 10, { seed: 8, powers: [-20, -20] });
    const indices = Int32Array.of(2, 5);
    const [target, observed] = [await beside.read(indices), await beside.observe?.(indices)];
    expect(target).toEqual(await alone.read(indices));
    let power = 0;
    for (const [i, value] of target.entries()) power += ((observed?.[i] ?? 0) - value) ** 2;
    const other = await channelSource(hybrid, 8, 10).read(indices);
    const expected = other.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / 100;
    expect(power / expected).toBeCloseTo(1, 3);
  });

  test("least squares has the error of the noise, and the second user's power", () => {
    const channels = channelsOf(hybrid, 1, 200);
    const other = channelsOf(hybrid, 2, 200);
    const error = (observed: typeof channels) =>
      observed.re.reduce(
        (sum, re, i) => sum + (re - channels.re[i]) ** 2 + (observed.im[i] - channels.im[i]) ** 2,
        0,
      ) / observed.re.length;
    expect(error(leastSquaresOf(channels, 10, 1)) / 0.1).toBeCloseTo(1, 1);
    const contaminated = leastSquaresOf(channels, 10, 1, { channels: other, power: 0 });
    expect(error(contaminated)).toBeGreaterThan(0.9);
  });

  test("scenarios have names", () => {
    expect(describeScenario(hybrid)).toBe("hybrid field, L = 6, L0 = 1, 10 to 80 m, linear array");
    expect(describeScenario({ ...hybrid, nearPaths: 0, array: "planar" })).toBe(
      "far field, L = 1, planar array",
    );
  });
});

test("classical estimators stand in the order that they should at 10 dB", async () => {
  const context = { seed: 1, samples: 20, profile: xlProfiles.laptop };
  const channels = testChannels(hybrid, context);
  const values: Record<string, number> = {};
  for (const name of classicalNames) {
    const [row] = await measureNmse(classicalIn(name, hybrid, context), channels, 10);
    values[name] = row.value;
  }
  expect(values.LMMSE).toBeLessThan(values.LS);
  expect(values["OMP, angle domain"]).toBeLessThan(values.LMMSE);
  expect(values["OMP, polar domain"]).toBeLessThan(values["OMP, angle domain"]);
  expect(values["Hybrid-field OMP"]).toBeLessThan(values["OMP, angle domain"]);
  expect(values["Gridless pursuit"]).toBeLessThan(values["OMP, polar domain"] - 2);
});

describe("training", () => {
  const definition = llm4XceDefinition({ profile, seed: 1 });

  test("the label is no part of the digest, everything else is", () => {
    const digest = definitionDigest(definition);
    expect(definitionDigest({ ...definition, label: "another" })).toBe(digest);
    expect(definitionDigest({ ...definition, seed: 2 })).not.toBe(digest);
    expect(definitionDigest({ ...definition, scenario: { ...hybrid, farPaths: 2 } })).not.toBe(digest);
  });

  test("random layers have the sizes of the pretrained ones", async () => {
    const [pretrained, random] = await Promise.all([
      createEstimator(definition),
      createEstimator(llm4XceDefinition({ profile, seed: 1 }, { label: "random", random: true })),
    ]);
    expect(random.size).toEqual(pretrained.size);
  });

  test("an interrupted training goes on, and a finished one is not run again", async () => {
    const controller = new AbortController();
    const options = { runs, signal: controller.signal, on: () => controller.abort() };
    await expect(trainedEstimator(definition, options)).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(isTrained(definition, runs)).toBe(false);
    const network = await trainedEstimator(definition, { runs });
    expect(isTrained(definition, runs)).toBe(true);
    const observed = toPlanes(channelsOf(hybrid, 5, 1));
    const again = await trainedEstimator(definition, {
      runs,
      on: () => {
        throw new Error("trained again");
      },
    });
    expect(await again.estimate(observed, { batch: 1 })).toEqual(
      await network.estimate(observed, { batch: 1 }),
    );
  });

  test("frozen layers cost no optimizer memory", async () => {
    const { train } = await import("@csi-feedback/training");
    const bytesInTraining = async (tunedLayers: number) => {
      const own = llm4XceDefinition({ profile, seed: 1 }, { label: "one", tunedLayers });
      const network = await createEstimator(own);
      const before = tf.memory();
      let during = before;
      await train({
        ...trainOptionsOf(own, network),
        on: ({ type }) => {
          if (type === "step") during = tf.memory();
        },
      });
      const { frozen } = network.size;
      network.dispose();
      return {
        frozen,
        bytes: during.numBytes - before.numBytes,
        tensors: during.numTensors - before.numTensors,
      };
    };
    const [tuned, frozen] = [await bytesInTraining(2), await bytesInTraining(0)];
    const scalars = frozen.frozen - tuned.frozen;
    expect(scalars).toBe(2 * 45_440);
    // Two moments of four bytes each: nine tensors a layer.
    expect(tuned.bytes - frozen.bytes).toBe(2 * 4 * scalars);
    expect(tuned.tensors - frozen.tensors).toBe(2 * 2 * 9);
  });
});

describe("experiments", () => {
  test("every one names its trainings, at every profile", () => {
    for (const experiment of xlExperiments) {
      for (const one of Object.values(xlProfiles)) {
        const { length } = experiment.trainings(one, 1);
        // Latency is that of networks as they start.
        if (experiment.id === "xl-latency") expect(length).toBe(0);
        else expect(length).toBeGreaterThan(0);
      }
    }
    expect(findXlExperiment("snr").id).toBe("xl-snr");
    expect(() => findXlExperiment("nothing")).toThrow(/xl-snr/);
  });

  test("one runs from end to end, and its rows make a figure", async () => {
    const rows: MeasuredRow[] = [];
    const context: XlContext = {
      profile,
      seed: 1,
      samples: 3,
      trained: (definition) => trainedEstimator(definition, { runs }),
      progress: () => {},
      emit: async (fresh) => {
        rows.push(...fresh);
      },
    };
    const experiment = findXlExperiment("contamination");
    await experiment.measure(context);
    // Nine methods, six powers, two metrics.
    expect(rows.length).toBe(9 * 6 * 2);
    const filled = rows.map((row) => ({
      ...row,
      experiment: experiment.id,
      profile: profile.name,
      seed: 1,
      engine: "onnxruntime",
      hardware: "test",
      commit: "test",
    }));
    const [figure] = experiment.figures(filled);
    expect(figure.name).toBe("xl-contamination");
    expect(JSON.stringify(figure.specification)).toContain("Gridless pursuit");
  });
});

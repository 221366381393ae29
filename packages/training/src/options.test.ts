import "@tensorflow/tfjs-backend-cpu";
import { describe, expect, test } from "vitest";
import { tinyOptions } from "../test/record";
import { memorySource, tinyChannels, tinyNetwork } from "../test/tiny-network";
import { algorithm1 } from "./algorithm1";
import { makePlan, type Stage, type TrainOptions } from "./options";

const network = tinyNetwork();
const plan = (more: Partial<TrainOptions>) => () => makePlan(tinyOptions(network, more));
const withStage = (more: Partial<Stage>) => plan({ stages: [{ ...algorithm1({ epochs: 6 })[0], ...more }] });

describe("makePlan", () => {
  test("fills in the documented defaults", () => {
    expect(plan({})()).toMatchObject({
      microBatchSize: 16,
      validationBatchSize: 16,
      validationInterval: 1,
      loss: "mse",
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      checkpointMinutes: 10,
    });
  });

  test.each<[string, () => unknown, string]>([
    ["INVALID_ARGUMENT", plan({ batchSize: 0 }), "batchSize must be a positive integer, received 0"],
    [
      "INVALID_ARGUMENT",
      plan({ microBatchSize: 1.5 }),
      "microBatchSize must be a positive integer, received 1.5",
    ],
    ["INVALID_SEED", plan({ seed: -1 }), "seed must be a non-negative safe integer, received -1"],
    ["INVALID_ELEMENTS", plan({ elements: [] }), "elements must not be empty"],
    ["INVALID_ELEMENTS", plan({ elements: [33] }), "elements must be integers from 1 to 32, received 33"],
    [
      "INVALID_ARGUMENT",
      plan({ optimizer: { clipNorm: 0 } }),
      "optimizer.clipNorm must be positive, received 0",
    ],
    [
      "INVALID_ARGUMENT",
      plan({ optimizer: { averagingDecay: 1 } }),
      "optimizer.averagingDecay must be in [0, 1)",
    ],
    [
      "INVALID_ARGUMENT",
      plan({ optimizer: { weightDecay: -1 } }),
      "optimizer.weightDecay must not be negative",
    ],
    [
      "EMPTY_DATA",
      plan({ data: { train: memorySource(new Float32Array()), validation: tinyChannels(1, 1) } }),
      "data.train must hold samples",
    ],
    ["INVALID_STAGE", plan({ stages: [] }), "stages must not be empty"],
    ["INVALID_STAGE", withStage({ name: "../x" }), "a stage name has lower-case letters, digits, hyphens"],
    ["INVALID_STAGE", withStage({ groups: [] }), "groups must hold one that is never frozen"],
    [
      "INVALID_STAGE",
      withStage({ freezeIfUnstable: ["encoder", "preliminaryDecoder"] }),
      "groups must hold one that is never frozen",
    ],
    [
      "UNKNOWN_GROUP",
      withStage({ groups: ["decoder"] }),
      "tiny has the groups encoder, preliminaryDecoder, tokenPredictor",
    ],
    [
      "INVALID_SCHEDULE",
      withStage({ learningRate: { encoder: 1 } }),
      "group preliminaryDecoder needs a learning rate",
    ],
    ["INVALID_SCHEDULE", withStage({ warmupEpochs: 7 }), "warmupEpochs must be from 0 to 6, received 7"],
  ])("refuses with %s", (code, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  test("refuses validation data of another shape", () => {
    const validation = { ...tinyChannels(2, 1), shape: [2, 8, 2] as const };
    expect(plan({ data: { train: tinyChannels(2, 1), validation } })).toThrow(
      "must have the shape [2, 4, 4]",
    );
  });
});

describe("algorithm1", () => {
  test("is the paper's: 300 epochs each, 2e-3, patience 20", () => {
    for (const stage of algorithm1()) {
      expect(stage).toMatchObject({ epochs: 300, learningRate: 2e-3, patience: 20, warmupEpochs: 30 });
    }
  });

  test.each([
    ["frozen", ["tokenPredictor"], undefined],
    ["joint", ["encoder", "preliminaryDecoder", "tokenPredictor"], undefined],
    ["auto", ["encoder", "preliminaryDecoder", "tokenPredictor"], ["encoder", "preliminaryDecoder"]],
  ] as const)("stage 2 %s", (stage2, groups, freezeIfUnstable) => {
    const [, second] = algorithm1({ stage2 });
    expect(second.groups).toEqual(groups);
    expect(second.freezeIfUnstable).toEqual(freezeIfUnstable);
  });
});

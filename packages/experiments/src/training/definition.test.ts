import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkDefinition, readDefinition, type TrainingDefinition } from "./definition";
import { definitionHash, sealDefinition } from "./definition-hash";
import {
  baselineDefinition,
  llmCsiNetDefinition,
  quantizedDefinition,
  transferDefinition,
} from "./definitions";
import { profiles } from "./profiles";

const definition = baselineDefinition("crnet", {
  channel: "cost2100-indoor",
  ratio: "1/8",
  profile: profiles.smoke,
  seed: 1,
});
/** The same with the published start. */
const { zeroStart: _, ...published } = definition;
const quantized = quantizedDefinition(definition, { bits: 4, profile: profiles.smoke });
const [generated] = definition.data.train;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "definition-"));
});

describe("a definition", () => {
  const withData = (part: unknown) => ({ ...definition, data: { ...definition.data, train: [part] } });
  test.each([
    [null, "the definition must be an object, received null"],
    [{ ...definition, batchSizes: 4 }, '"batchSizes" is not known'],
    [{ ...definition, seed: undefined }, '"seed" is missing'],
    [{ ...definition, network: { name: "abacus" } }, '"network.name" must be one of llmcsinet'],
    [{ ...definition, network: { name: "toString" } }, '"network.name" must be one of llmcsinet'],
    [{ ...definition, ratios: ["1/9"] }, "must hold some of 1/8, 1/16, 1/32, 1/64"],
    [{ ...definition, ratios: ["1/8", "1/16"] }, "crnet has a codeword of a fixed length"],
    [{ ...definition, ratios: ["1/8", "1/8"] }, '"ratios" must differ'],
    [{ ...definition, layers: { source: "x", layers: 1 } }, '"layers" are for the network llmcsinet'],
    [{ ...definition, startFrom: {} }, 'must hold "model" or "training"'],
    [{ ...definition, startFrom: { training: {} } }, 'startFrom.training: "network" is missing'],
    [{ ...definition, zeroStart: false }, '"zeroStart" must be true or left out, received false'],
    [{ ...definition, network: { name: "clnet" } }, '"zeroStart" is for the networks crnet, csinet, idasnet'],
    [{ ...definition, startFrom: { model: "x" } }, '"zeroStart" excludes "startFrom"'],
    [{ ...definition, quantizedValues: true }, '"quantizedValues" needs "startFrom"'],
    [{ ...quantized, quantizedValues: false }, '"quantizedValues" must be true or left out, received false'],
    [{ ...quantized, ratios: [] }, '"ratios" must be a list of ratios'],
    [{ ...quantized, valueBits: 8 }, '"valueBits" must be at most 6'],
    [{ ...quantized, stages: definition.stages }, '"stages" must leave the group "encoder" as it is'],
    [{ ...definition, loss: "mae" }, '"loss" must be one of mse, nmse, geometric-nmse'],
    [{ ...definition, stages: [] }, '"stages" must be a list'],
    [{ ...definition, stages: [{ name: "full" }] }, '"stages[0].groups" must be a list'],
    [{ ...definition, valueBits: 0 }, '"valueBits" must be an integer of at least 1, received 0'],
    [withData({ ...generated, channel: "vacuum" }), '"channel" must be one of cost2100-indoor'],
    [withData({ ...generated, speed: 3 }), '"data.train[0]"'],
    [withData({ ...generated, snr: "high" }), '"snr" must be a number'],
    [withData({ ...generated, snr: 10, speedKmh: 30 }), "users that stand still"],
    [withData({ file: "a.mat", samples: 0 }), '"samples" must be an integer of at least 1'],
    [withData({ file: "a.mat", split: { shares: { a: 1 }, take: "b", seed: 0 } }), "must be one of a"],
    [{ ...definition, data: { train: [], validation: [] } }, '"data.train" must be a list of data parts'],
  ])("is refused with the place and the rule: %#", (value, message) => {
    expect(() => checkDefinition(value, "here")).toThrowError(
      expect.objectContaining({ code: "INVALID_DEFINITION", message: expect.stringContaining(message) }),
    );
  });

  test("is read from a file, with paths relative to it", async () => {
    const path = join(folder, "training.json");
    const train = [{ file: "channels.mat" }];
    const startFrom = { model: "../first" };
    await writeFile(path, JSON.stringify({ ...published, startFrom, data: { ...definition.data, train } }));
    const read = await readDefinition(path);
    expect(read.data.train).toEqual([{ file: join(folder, "channels.mat") }]);
    expect(read.startFrom).toEqual({ model: join(folder, "..", "first") });
    await writeFile(path, "{");
    await expect(readDefinition(path)).rejects.toThrow("must be JSON");
  });

  test.each(Object.values(profiles))("is what the experiments make: %o", (profile) => {
    const options = { channel: "cost2100-outdoor", profile, seed: 1 } as const;
    const made: TrainingDefinition[] = [
      baselineDefinition("idasnet", { ...options, ratio: ["1/8", "1/64"], noise: { snr: [0, 20] } }),
      llmCsiNetDefinition({ ...options, ratios: ["1/8"], movingKmh: 30 }),
      llmCsiNetDefinition({ ...options, ratios: ["1/8"], variant: { weights: "random", depth: 1 } }),
      llmCsiNetDefinition({ ...options, ratios: ["1/8"], variant: { layers: "frozen" } }),
      ...(["encoder", "preliminaryDecoder", "tokenPredictor"] as const).map((module) =>
        llmCsiNetDefinition({ ...options, ratios: ["1/8"], variant: { without: [module] } }),
      ),
    ];
    made.push(transferDefinition(made[1], { channel: "cost2100-indoor", samples: 100, profile, seed: 1 }));
    for (const one of made) {
      checkDefinition(one, "made");
      checkDefinition(JSON.parse(JSON.stringify(one)), "made");
      const epochs = one.stages.reduce((sum, stage) => sum + stage.epochs, 0);
      if (!one.startFrom) expect(epochs).toBe(profile.epochs[0] + profile.epochs[1]);
    }
  });
});

describe("the hash of a definition", () => {
  const hash = definitionHash;

  test("is the same for the same meaning", async () => {
    const reversed = Object.fromEntries(
      Object.entries(definition).reverse(),
    ) as unknown as TrainingDefinition;
    const spelled: TrainingDefinition = {
      ...reversed,
      network: { codeword: 256, name: "crnet", antennas: 32 },
      loss: "mse",
      optimizer: { beta1: 0.9 },
      microBatchSize: definition.batchSize,
    };
    const before = await hash(definition);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(reversed)).toBe(before);
    expect(await hash(spelled)).toBe(before);
    expect(await hash(await sealDefinition(spelled))).toBe(before);
  });

  test("is another one for another meaning", async () => {
    const [stage] = definition.stages;
    const others: TrainingDefinition[] = [
      definition,
      { ...definition, seed: 2 },
      { ...definition, ratios: ["1/16"] },
      { ...definition, loss: "nmse" },
      { ...definition, stages: [{ ...stage, epochs: stage.epochs + 1 }] },
      { ...definition, noise: { snr: 10 } },
      published,
      { ...definition, network: { name: "csinet" } },
      { ...definition, startFrom: { training: definition } },
      { ...definition, data: { ...definition.data, train: [{ ...generated, seed: 9 } as typeof generated] } },
    ];
    expect(new Set(await Promise.all(others.map(hash))).size).toBe(others.length);
  });

  test("takes files by their content", async () => {
    const [a, b] = [join(folder, "a.mat"), join(folder, "b.mat")];
    await writeFile(a, "same");
    await writeFile(b, "same");
    const of = (file: string, more = {}) =>
      hash({ ...definition, data: { ...definition.data, train: [{ file, ...more }] } });
    const first = await of(a);
    expect(await of(b)).toBe(first);
    const sha256 = "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5";
    expect(await of(b, { sha256 })).toBe(first);
    expect(await of(join(folder, "elsewhere.mat"), { sha256 })).toBe(first);
    await writeFile(b, "other");
    expect(await of(b)).not.toBe(first);
    await expect(of(b, { sha256 })).rejects.toMatchObject({ code: "FILE_CHANGED" });
    await expect(of(join(folder, "none.mat"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("takes pretrained layers by their content", async () => {
    const options = {
      channel: "cost2100-indoor",
      ratios: ["1/8"],
      profile: profiles.laptop,
      seed: 1,
    } as const;
    const named = llmCsiNetDefinition(options);
    const source = join(import.meta.dirname, "stories260K.bin");
    const byPath = { ...named, layers: { source, layers: 5 } };
    expect(await hash(byPath)).toBe(await hash(named));
  });
});

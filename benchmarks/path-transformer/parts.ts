// What each part of LLMCsiNet+ (packages/path-transformer) is worth: the codec with one part taken away, beside the whole
// and beside sparse paths, on the same samples at equal budgets. Goes on where the file ends. From the repository root:
//   npx tsx benchmarks/path-transformer/parts.ts ROWS.jsonl RANDOM-LAYERS.json [samples] [budgets] [channels]
//   npx tsx benchmarks/path-transformer/parts.ts ROWS.jsonl --table
// RANDOM-LAYERS.json: weights of train.ts with --random-layers. The samples are those of `csi-feedback frontier`, seed 0.
import { readFileSync } from "node:fs";
import { bootstrapInterval, toDecibels } from "@csi-feedback/eval";
import { PathTransformerCodec } from "@csi-feedback/path-transformer";
import {
  Atoms,
  energyOf,
  JointSearch,
  networkShapes,
  ONE,
  type Paths,
  parametersOf,
  type QuantizedPaths,
  quantizeAlone,
  residualOf,
  type Search,
  weightsOf,
} from "@csi-feedback/path-transformer/training";
import { csiNetWindow, PathCodec, pathModels } from "@csi-feedback/sparse-paths";
import {
  cellGrid,
  PathEstimator,
  PathTables,
  type Planes,
  searchPaths,
  stepOf,
  Window,
  WindowKernels,
} from "@csi-feedback/sparse-paths/parts";
import { frontierChannels } from "../../apps/cli/src/frontier/names";
import { meanOf } from "./gain";
import { type Cell, cellsOf, measureRows, readRows, relativeError } from "./rows";

interface Codec {
  encode(sample: Float32Array, options: { bits: number }): { bytes: Uint8Array };
  decode(bytes: Uint8Array): Float32Array;
}

interface Row extends Cell {
  /** Error over energy by variant. */
  readonly errors: Record<string, number>;
}

const window = new Window(csiNetWindow, "parts");
const grid = cellGrid(window);

/** Rounds every path by itself, not against the others. */
function roundAlone(channel: Planes, paths: Paths, step: number, kernels: WindowKernels): QuantizedPaths {
  const quantized = quantizeAlone(paths, step, grid);
  const rebuilt = parametersOf(quantized, step, grid);
  const atoms = new Atoms(kernels, quantized.length);
  atoms.placeAll(rebuilt);
  return { paths: quantized, error: energyOf(residualOf(channel, rebuilt, atoms)) };
}

/** The greedy search of sparse-paths, with as many bits as the code proves to need. */
function greedySearch(): Search {
  const estimator = new PathEstimator(window);
  const tables = pathModels.map((model) => new PathTables(model, grid));
  return {
    search(channel, budget, code) {
      let allowed = budget;
      for (let tries = 0; tries < 12; tries++) {
        const options = { budget: allowed, paths: 256, effort: "thorough", noise: code.noise } as const;
        const { index, paths } = searchPaths(channel, estimator, tables, options);
        if (paths.length === 0) return undefined;
        if (tries === 0) code.settle(paths, index);
        const spare = budget - code.bitsOf(paths, index);
        // A list within two bits of the budget, or any that fits once the steps to it have become small.
        if (spare >= 0 && (spare < 2 || tries >= 6)) {
          const rebuilt = parametersOf(paths, stepOf(index), grid);
          const atoms = new Atoms(kernels, paths.length);
          atoms.placeAll(rebuilt);
          return { index, paths, error: energyOf(residualOf(channel, rebuilt, atoms)) };
        }
        allowed += spare >= 0 ? Math.max(1, Math.floor(spare / 2)) : Math.floor(spare) - 1;
      }
      return undefined;
    },
  };
}

const kernels = new WindowKernels(window);
const weightsIn = (values: (name: string, size: number) => number[]) =>
  weightsOf(
    Int16Array.from(
      networkShapes.flatMap(([name, shape]) =>
        values(
          name,
          shape.reduce((a, b) => a * b, 1),
        ),
      ),
      (value) => Math.round(value * ONE),
    ),
  );

const [
  file,
  second,
  samplesText = "12",
  budgetsText = "128,256,512,1024,2048",
  channelsText = frontierChannels.join(","),
] = process.argv.slice(2);

if (second === "--table") printTable(readRows(file));
else await measure(Number(samplesText), JSON.parse(readFileSync(second, "utf8")));

async function measure(samples: number, randomLayers: Record<string, number[]>): Promise<void> {
  // A network of zeros gives flat odds: reports name the tables.
  const none = weightsIn((_, size) => new Array(size).fill(0));
  const variants: Record<string, Codec> = {
    "sparse paths": new PathCodec(),
    "greedy search": new PathTransformerCodec(undefined, greedySearch()),
    "rounded alone": new PathTransformerCodec(undefined, new JointSearch(window, roundAlone)),
    "no network": new PathTransformerCodec(none),
    "random layers": new PathTransformerCodec(weightsIn((name) => randomLayers[name])),
    whole: new PathTransformerCodec(),
  };
  const cells = { samples, budgets: budgetsText, channels: channelsText };
  await measureRows<Row>(file, cells, (channel, budget) => ({
    errors: Object.fromEntries(
      Object.entries(variants).map(([variant, codec]) => [variant, errorOf(channel, budget, codec)]),
    ),
  }));
}

function errorOf(channel: Float32Array, budget: number, codec: Codec): number {
  const { bytes } = codec.encode(channel, { bits: budget });
  if (8 * bytes.length > budget) throw new Error(`${8 * bytes.length} bits of ${budget}`);
  return relativeError(channel, codec.decode(bytes));
}

/** NMSE of the whole, and what it loses, in the mean of the samples' decibels, when a part is taken away. */
function printTable(rows: readonly Row[]): void {
  const names = Object.keys(rows[0].errors).filter((name) => name !== "whole");
  console.log(`| channel | bits | samples | whole [dB] | ${names.join(" | ")} |`);
  console.log(`| --- | --: | --: | --: |${names.map(() => " --: |").join("")}`);
  for (const own of cellsOf(rows)) {
    const [{ channel, budget }] = own;
    const losses = names.map((name) => {
      const single = own.map(({ errors }) => toDecibels(errors[name]) - toDecibels(errors.whole));
      const { value, low, high } = bootstrapInterval(Float64Array.from(single), { seed: 0 });
      return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
    });
    const whole = toDecibels(meanOf(own.map(({ errors }) => errors.whole))).toFixed(1);
    console.log(`| ${channel} | ${budget} | ${own.length} | ${whole} | ${losses.join(" | ")} |`);
  }
}

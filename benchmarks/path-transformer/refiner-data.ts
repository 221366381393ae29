// Makes what refiner.ts learns from: decoded paths with the widths of their quantiser's cells, and what they leave of
// the channel. From the repository root, one of:
//   npx tsx benchmarks/path-transformer/refiner-data.ts OUT REPORTS.jsonl SEED
//   npx tsx benchmarks/path-transformer/refiner-data.ts OUT sparse SEED CHANNELS SAMPLES BUDGETS
//   npx tsx benchmarks/path-transformer/refiner-data.ts OUT joint SEED CHANNELS SAMPLES LOW-HIGH
// REPORTS: reports of LLMCsiNet+ made with SEED by reports.ts. `sparse`: those of sparse-paths (thorough search).
// `joint`: lists fitted and quantised as LLMCsiNet+ does, without its search over steps for a budget; the step is LOW to
// HIGH octaves below the channel's norm. They are no reports, but resemble them and take a tenth of the time.
// Writes OUT.jsonl, a line a report, and OUT.f32, `[reports, 2, 32, 32]`: channel minus rebuilt channel, without the
// phases of the bins. Gains and remainders are over the report's step; nothing else tells of the codec.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { generateChannels } from "@csi-feedback/channel-models";
import { randomStream } from "@csi-feedback/common";
import {
  Atoms,
  copyOf,
  energyOf,
  fitJointly,
  growingLists,
  inOrder,
  listChannels,
  PATH_ERROR,
  parametersOf,
  pathOfNumbers,
  pathsOf,
  quantizeJointly,
  residualOf,
  strongPaths,
  WEAKEST,
} from "@csi-feedback/path-transformer/training";
import { csiNetWindow, pathModels } from "@csi-feedback/sparse-paths";
import {
  cellGrid,
  cellParts,
  PathEstimator,
  PathTables,
  type Planes,
  phaseCount,
  type QuantizedPath,
  searchPaths,
  stepIndexOf,
  stepOf,
  Window,
  WindowKernels,
} from "@csi-feedback/sparse-paths/parts";
import type { ReportLine } from "./refiner-files";

/** Paths of a list at most. */
const LONGEST = 64;

/** Bits of a report of sparse-paths beside its paths: version, model, step, and one for the end. */
const HEADER_BITS = 14;

const [out, source, seedText, channelsText = "", samplesText = "0", budgetsText = ""] = process.argv.slice(2);
const seed = Number(seedText);
const window = new Window(csiNetWindow, "refiner-data");
const kernels = new WindowKernels(window);
const grid = cellGrid(window);
const lines = openSync(`${out}.jsonl`, "w");
const rests = openSync(`${out}.f32`, "w");

function channelOf(channel: number, sample: number): Planes {
  const { data } = generateChannels({ model: listChannels[channel], samples: 1, seed, firstSample: sample });
  return window.unwind(data, "refiner-data");
}

function write(
  truth: Planes,
  name: Pick<ReportLine, "kind" | "channel" | "sample" | "budget">,
  index: number,
  quantized: readonly QuantizedPath[],
): void {
  if (quantized.length === 0) return;
  const step = stepOf(index);
  const paths = parametersOf(quantized, step, grid);
  const atoms = new Atoms(kernels, quantized.length);
  atoms.placeAll(paths);
  const rest = residualOf(truth, paths, atoms);
  writeSync(
    rests,
    Float32Array.from([...rest.re, ...rest.im], (value) => value / step),
  );
  const line: ReportLine = {
    ...name,
    energy: energyOf(truth) / step ** 2,
    paths: quantized.map(({ magnitudeClass, magnitude }, k) => ({
      delay: paths.delays[k],
      column: paths.columns[k],
      re: paths.gainsRe[k] / step,
      im: paths.gainsIm[k] / step,
      delayWidth: 1 / (2 * cellParts(magnitudeClass)),
      columnWidth: 1 / (2 * cellParts(magnitudeClass)),
      acrossWidth: (2 * Math.PI * magnitude) / phaseCount(magnitude),
    })),
  };
  writeSync(lines, `${JSON.stringify(line)}\n`);
}

/** The list that a step is best spent on, fitted and quantised jointly. */
function fitAndQuantize(truth: Planes, estimator: PathEstimator, step: number): QuantizedPath[] {
  const price = PATH_ERROR * step ** 2;
  let best = pathsOf(0);
  let least = energyOf(truth);
  for (const { paths, error } of growingLists(truth, estimator, 0, () => price)) {
    const expected = error + price * paths.delays.length;
    if (expected > 1.2 * least) break;
    if (expected < least) best = copyOf(paths);
    least = Math.min(least, expected);
    if (paths.delays.length >= LONGEST) break;
  }
  fitJointly(truth, best, kernels, { steps: 6, gain: 0.01, price });
  return quantizeJointly(truth, strongPaths(best, WEAKEST * step), step, kernels, grid).paths.sort(inOrder);
}

if (source === "joint") {
  const estimator = new PathEstimator(window);
  const [low, high] = budgetsText.split("-").map(Number);
  for (const channel of channelsText.split(",").map(Number)) {
    for (let sample = 0; sample < Number(samplesText); sample++) {
      const truth = channelOf(channel, sample);
      const octaves = low + (high - low) * randomStream(seed, channel, sample).uniform();
      const index = Math.round(stepIndexOf(Math.sqrt(energyOf(truth)) / 2 ** octaves));
      const paths = fitAndQuantize(truth, estimator, stepOf(index));
      write(truth, { kind: "fitted jointly", channel, sample, budget: 0 }, index, paths);
    }
  }
} else if (source === "sparse") {
  const estimator = new PathEstimator(window);
  const tables = pathModels.map((model) => new PathTables(model, grid));
  for (const channel of channelsText.split(",").map(Number)) {
    for (let sample = 0; sample < Number(samplesText); sample++) {
      const truth = channelOf(channel, sample);
      for (const budget of budgetsText.split(",").map(Number)) {
        const { index, paths } = searchPaths(truth, estimator, tables, {
          budget: budget - HEADER_BITS,
          paths: 256,
          effort: "thorough",
        });
        write(truth, { kind: "sparse paths", channel, sample, budget }, index, paths);
      }
    }
  }
} else {
  // The last line may be half written.
  for (const text of readFileSync(source, "utf8").split("\n").slice(0, -1)) {
    const { channel, sample, budget, step, paths } = JSON.parse(text);
    const quantized = (paths as number[][]).map(pathOfNumbers);
    write(channelOf(channel, sample), { kind: "LLMCsiNet+", channel, sample, budget }, step, quantized);
  }
}
closeSync(lines);
closeSync(rests);

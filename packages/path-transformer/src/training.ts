/** Lists of quantised paths to learn from. */
import type { RandomStream } from "@csi-feedback/common";
import { csiNetWindow } from "@csi-feedback/sparse-paths";
import {
  cellGrid,
  PathEstimator,
  type QuantizedPath,
  stepIndexOf,
  stepOf,
  Window,
} from "@csi-feedback/sparse-paths/parts";
import { fitJointly, pathsIn } from "./joint-fit";
import { quantizeAlone } from "./joint-quantize";

/** Channel models that lists are made of, in the order of the transformer's channel tokens. */
export const listChannels = [
  "cost2100-indoor",
  "cost2100-semi-urban-nlos",
  "uma-nlos",
  "street-canyon",
] as const;

export { cellParts, type QuantizedPath } from "@csi-feedback/sparse-paths/parts";
export { weightsOf } from "./fixed-network";
export { Atoms, copyOf, energyOf, fitJointly, type Paths, pathsIn, pathsOf, residualOf } from "./joint-fit";
export { type QuantizedPaths, quantizeAlone, quantizeJointly } from "./joint-quantize";
export * from "./network-shapes";
export { ReportCoder } from "./report-coder";
export {
  type Choice,
  type Code,
  growingLists,
  JointSearch,
  PATH_ERROR,
  parametersOf,
  type Search,
  strongPaths,
  WEAKEST,
} from "./search";
export * from "./tokens";

/** One list: the step's index and `[class, cell, delay part, column part, magnitude, phase]` a path. */
export interface TrainingList {
  readonly step: number;
  readonly paths: readonly (readonly number[])[];
}

const window = new Window(csiNetWindow, "trainingList");
let estimator: PathEstimator | undefined;

/** A list of a random number of paths of a sample at a random step. */
export function trainingList(sample: Float32Array, random: RandomStream): TrainingList {
  estimator ??= new PathEstimator(window);
  const between = (low: number, high: number) => low * (high / low) ** random.uniform();
  const most = Math.round(random.uniform() < 0.85 ? between(2, 40) : between(40, 90));
  const below = random.uniform() < 0.7 ? between(1.3, 3) : between(3, 100);
  const channel = window.unwind(sample, "trainingList");
  const paths = pathsIn(estimator.estimate(channel, { paths: most, sweepGrowth: 1.6 }));
  fitJointly(channel, paths, estimator.kernels, { steps: 8, gain: 0.01 });
  const magnitudes = paths.gainsRe.map((re, k) => Math.hypot(re, paths.gainsIm[k]));
  const strongest = Math.max(...magnitudes);
  const weakest = Math.max(Math.min(...magnitudes), strongest / 2 ** 17);
  const step = Math.round(stepIndexOf(weakest / below));
  return { step, paths: quantizeAlone(paths, stepOf(step), cellGrid(window)).map(numbersOf) };
}

/** The numbers of a path in a {@link TrainingList}. */
export function numbersOf({
  magnitudeClass,
  cell,
  delayPart,
  columnPart,
  magnitude,
  phase,
}: QuantizedPath): number[] {
  return [magnitudeClass, cell, delayPart, columnPart, magnitude, phase];
}

/** The path of the numbers of {@link numbersOf}. */
export function pathOfNumbers(numbers: readonly number[]): QuantizedPath {
  const [magnitudeClass, cell, delayPart, columnPart, magnitude, phase] = numbers;
  return { magnitudeClass, cell, delayPart, rowPart: 0, columnPart, magnitude, phase };
}

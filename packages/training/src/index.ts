/** Training and evaluation of CSI feedback networks. Runs in Node, browsers and workers. */
export { type Algorithm1Options, algorithm1 } from "./algorithm1";
export type { NoiseSettings } from "./batches";
export type { StageResult } from "./checkpoint";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate";
export type { Place, TrainingEvent, Validation } from "./events";
export type { LossName } from "./loss";
export { measureTraining, type StageMeasure, type TrainingMeasure } from "./measure";
export type { ChannelSource, ForwardOptions, TrainableNetwork } from "./network";
export type { OptimizerSettings, RatePerGroup, RunStorage, Stage, TrainOptions } from "./options";
export { countParameters, loadModel } from "./parameters";
export { learningRate, type Schedule } from "./schedule";
export { type TrainResult, train } from "./train";

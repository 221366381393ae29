/** CSI as a list of propagation paths: gridless estimation, rate-distortion coding, embedded reports. */
export { PathCodec, type PathCodecOptions, type PathEncodeOptions, type PathReport } from "./codec";
export { type EstimatePathsOptions, estimatePaths } from "./estimate-paths";
export { pathModels } from "./models";
export type { PathModelJson } from "./path-model";
export type { Effort } from "./search";
export { type PathParameters, synthesizePaths } from "./synthesize";
export { type PathTrainingOptions, trainPathModel } from "./train-model";
export { csiNetWindow, type PathArray, type PathWindow } from "./window";

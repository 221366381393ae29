/** Choosing, starting and inspecting the TensorFlow.js engines that run the networks. */

export { type EngineReport, inspectEngine, inspectEngines } from "./inspect";
export { type EngineChoice, type EngineName, engineNames } from "./names";
export { parseEngine, type StartedEngine, type StartOptions, startEngine } from "./start";

/** Choosing, starting and inspecting the TensorFlow.js engines that run the networks. */
export { engineNames, type EngineChoice, type EngineName } from "./names";
export { inspectEngine, inspectEngines, type EngineReport } from "./inspect";
export { parseEngine, startEngine, type StartedEngine } from "./start";

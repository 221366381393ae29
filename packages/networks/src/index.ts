/** CSI feedback networks: LLMCsiNet, its ablations and the baselines it is compared with. */
export { type Checkpoint, type CheckpointHeader, parseCheckpoint } from "./checkpoint";
export * from "./llmcsinet/configuration";
export { type CreateOptions, createLlmCsiNet } from "./llmcsinet/create";
export { LlmCsiNet } from "./llmcsinet/llmcsinet";
export * from "./network";
export * from "./registry";

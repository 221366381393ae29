/** CSI feedback networks: LLMCsiNet, its ablations and the baselines it is compared with. */
export { type AcrNetOptions, createAcrNet } from "./baselines/acrnet";
export { createClNet } from "./baselines/clnet";
export { createCrNet } from "./baselines/crnet";
export { createCsiNet } from "./baselines/csinet";
export { DenseCodewordNetwork, type DenseCodewordOptions } from "./baselines/dense-codeword";
export { createGcrNet, createTransInDecNet } from "./baselines/readings";
export { createTransNet } from "./baselines/transnet";
export {
  type Llm4XceConfiguration,
  type Llm4XceModule,
  type Llm4XceOptions,
  paperLlm4Xce,
} from "./channel-estimation/configuration";
export type { EstimatorDomain } from "./channel-estimation/domain";
export { ChannelEstimatorNetwork, type EstimatorSize } from "./channel-estimation/estimator";
export { type CreateLlm4XceOptions, createLlm4Xce } from "./channel-estimation/llm4xce";
export { createMatCeNet, type MatCeNetOptions } from "./channel-estimation/mat-cenet";
export {
  channelEstimators,
  type EstimatorConstructor,
  loadChannelEstimator,
} from "./channel-estimation/registry";
export { createXlcNet, type XlcNetOptions } from "./channel-estimation/xlcnet";
export { type Checkpoint, type CheckpointHeader, parseCheckpoint } from "./checkpoint-file";
export { type Complexity, measureComplexity } from "./complexity";
export { type KeepElementsOptions, type KeepRule, keepElements } from "./controls/keep-elements";
export { createLasso, type LassoOptions } from "./controls/lasso";
export { fitPrincipalComponents, type PrincipalComponentsOptions } from "./controls/principal-components";
export * from "./llmcsinet/configuration";
export { type CreateOptions, createIdasNet, createLlmCsiNet } from "./llmcsinet/create";
export { LlmCsiNet } from "./llmcsinet/llmcsinet";
export * from "./network";
export * from "./registry";
export { startAtZero, zeroStartNetworks } from "./zero-start";

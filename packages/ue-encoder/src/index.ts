/** The user's side of LLMCsiNet: typed arrays in, codewords or bytes out. No deep-learning library. */
export {
  type Checkpoint,
  type CheckpointHeader,
  checkpointKeys,
  checkpointVersion,
  parseCheckpoint,
} from "./checkpoint-file";
export {
  defaultEncoders,
  type EncoderConfiguration,
  type MaskConfiguration,
  readUserConfiguration,
  type SortKey,
  type UserConfiguration,
} from "./configuration";
export {
  assertBatch,
  assertElements,
  meanOf,
  randomKeys,
  rankingKeys,
  type SparseCodeword,
  selectElements,
} from "./elements";
export {
  createUserEncoder,
  extractUserEncoder,
  readEncoderWeights,
  type UserEncodeOptions,
  type UserEncoder,
  userEncoder,
} from "./encoder";
export type { EncoderWeights, NormedConvolution } from "./image";
export { transmit } from "./transmit";

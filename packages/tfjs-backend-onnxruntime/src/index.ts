// The public interface of the package.
export {
  type ActivationName,
  type BiasActivationOptions,
  biasActivation,
  type GeluOptions,
  gelu,
} from "./fused/activation";
export { AdamOptimizer, type AdamOptions } from "./fused/adam";
export { type AttentionOptions, scaledDotProductAttention } from "./fused/attention";
export { type BatchNormResult, batchNormTraining, layerNorm, rmsNorm } from "./fused/normalization";
export {
  compileInference,
  type InferenceOptions,
  type InferenceOutput,
  type InferenceProgram,
} from "./inference";
export { type OnnxruntimeOptions, registerOnnxruntimeBackend } from "./register";

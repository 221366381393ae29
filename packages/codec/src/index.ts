/** Quantizers, index-set codes and wire frames for CSI feedback. */

export { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common/errors";
export { type Allocation, type AllocationProblem, bestAllocation, elementsForBits } from "./allocation";
export { binomial, rankSubset, unrankSubset } from "./combinadic";
export {
  compressionRatio,
  elementsForRatio,
  paperBits,
  type RatioOptions,
  type TransmittingBits,
  transmittingBits,
} from "./compression-ratio";
export {
  configurationFingerprint,
  configurationFromJson,
  type FrameConfiguration,
  type FrameConfigurationJson,
} from "./configuration";
export type { CrcBits } from "./crc";
export { type Density, gaussianDensity, laplacianDensity, rayleighDensity } from "./density";
export { DitheredQuantizer, type DitheredQuantizerJson, ditherNoise } from "./dither";
export { designEntropyConstrained, type EntropyConstrainedOptions } from "./entropy-constrained";
export { decodeReport, decodeReports, encodeReport, encodeReports, type FrameSize, frameBits } from "./frame";
export { type IndexCode, indexWidth, log2Binomial } from "./index-set";
export { decodeIndexSet, encodeIndexSet, indexSetBits } from "./index-set-code";
export { type DesignData, designLloydMax, type LloydMaxOptions } from "./lloyd-max";
export { PositionModel, type PositionModelJson, trainPositionModel } from "./position-model";
export type { QuantizerDesign, QuantizerSize } from "./quantizer-size";
export { RangeDecoder, RangeEncoder } from "./range-coder";
export type { Report } from "./report-message";
export { type Indices, ScalarQuantizer, type ScalarQuantizerJson } from "./scalar-quantizer";
export { StreamingHistogram } from "./streaming-histogram";
export { designUniform, muLawQuantizer, uniformQuantizer } from "./uniform";
export { quantizerFromJson, type ValueQuantizer, type ValueQuantizerJson } from "./value-quantizer";
export {
  designVectorQuantizer,
  type VectorDesign,
  type VectorDesignOptions,
  VectorQuantizer,
  type VectorQuantizerJson,
} from "./vector-quantizer";

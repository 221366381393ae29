/** Quantizers, index-set codes and wire frames for CSI feedback. */
export { compressionRatio, elementsForRatio, paperBits, type RatioOptions } from "./compression-ratio";
export { configurationFingerprint, type FrameConfiguration } from "./configuration";
export type { CrcBits } from "./crc";
export { type Density, gaussianDensity, laplacianDensity, rayleighDensity } from "./density";
export { decodeReport, encodeReport, type FrameSize, frameBits, type Report } from "./frame";
export { indexWidth, log2Binomial } from "./index-set";
export { type DesignData, designLloydMax, type LloydMaxOptions } from "./lloyd-max";
export type { QuantizerDesign, QuantizerSize } from "./quantizer-size";
export { type Indices, ScalarQuantizer, type ScalarQuantizerJson } from "./scalar-quantizer";
export { StreamingHistogram } from "./streaming-histogram";

/** Quantizers, index-set codes and wire frames for CSI feedback. */
export { compressionRatio, elementsForRatio, paperBits, type RatioOptions } from "./compression-ratio";
export { configurationFingerprint, type FrameConfiguration } from "./configuration";
export type { CrcBits } from "./crc";
export { decodeReport, encodeReport, type FrameSize, frameBits, type Report } from "./frame";
export { indexWidth, log2Binomial } from "./index-set";
export { designLloydMax, type LloydMaxOptions, type QuantizerDesign } from "./lloyd-max";
export { type Indices, ScalarQuantizer, type ScalarQuantizerJson } from "./scalar-quantizer";

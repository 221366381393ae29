/** 3GPP TS 38.214 codebooks for CSI feedback, with their true feedback bits. */
export { type AngleDelayFeedback, angleDelayFeedback } from "./angle-delay-feedback";
export type { Field } from "./bit-fields";
export type { Codebook, CodebookReport, ReportBits, SubbandPrecoders } from "./codebook";
export { createEnhancedTypeTwo, type EnhancedTypeTwo } from "./enhanced-type-two";
export type { PortLayout, Ports } from "./ports";
export type { Reference } from "./reference";
export { createTypeOne, type TypeOne, type TypeOneIndices, type TypeOneOptions } from "./type-one";
export {
  type CombinationParameters,
  type EnhancedTypeTwoOptions,
  type ParameterCombination,
  parameterCombinations,
  type Rank,
  type TypeTwoParameters,
} from "./type-two-parameters";
export type { TypeTwoIndices, TypeTwoLayer } from "./type-two-report";

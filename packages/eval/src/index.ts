/** Metrics of CSI feedback. Figures are in `@csi-feedback/eval/figures`. */
export { NmseAccumulator, SgcsAccumulator } from "./accumulator";
export {
  achievableRates,
  type DropOptions,
  formDrops,
  type RateOptions,
  type Rates,
} from "./achievable-rate";
export { type BootstrapOptions, bootstrapInterval, empiricalCdf, type Interval, quantile } from "./bootstrap";
export { ChannelStatistics, type ChannelStatisticsOptions } from "./channel-statistics";
export { type Latency, type LatencyOptions, measureLatency } from "./latency";
export { type CrnetNmseOptions, crnetNmseDb, nmse, nmseDb, nmsePerSample, toDecibels } from "./nmse";
export { type Precoder, type PrecodingOptions, precodingMatrix } from "./precoding";
export { ricianKFactor } from "./rician";
export type { CenterOptions, ChannelValues, ComplexValues } from "./samples";
export {
  type CsinetCosineOptions,
  cosineSimilarity,
  cosineSimilarityPerSample,
  csinetCosineSimilarity,
  sgcs,
  sgcsPerSample,
} from "./similarity";

/** Classical channel estimation for extremely large antenna arrays. */
export type { ComplexMatrix, ComplexVector } from "./complex";
export {
  type AngleDictionaryOptions,
  angleDictionary,
  type Dictionary,
  type PolarDictionaryOptions,
  polarDictionary,
} from "./dictionary";
export { type GridlessOptions, gridlessPursuit } from "./gridless";
export { type LmmseOptions, lmmse, sampleCovariance } from "./lmmse";
export { leastSquares, observe, type RandomPilotsOptions, randomPilots } from "./pilots";
export {
  type HybridFieldOptions,
  hybridFieldOmp,
  omp,
  type SparseEstimate,
  type StoppingRule,
  somp,
} from "./pursuit";
export { type AntennaPlaces, arrayResponse, type Wave } from "./waves";

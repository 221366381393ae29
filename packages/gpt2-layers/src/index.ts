/** Transformer layers cut out of pretrained language models, as tfjs variables. */
export { createTransformerLayers, type LayersDescription } from "./description";
export { type CreateGpt2LayersOptions, createGpt2Layers } from "./gpt2-layers";
export type { LayerSelection } from "./layer-selection";
export {
  type CreateLlamaLayersOptions,
  createLlamaLayers,
  type LoadLlamaLayersOptions,
  loadLlamaLayers,
} from "./llama-layers";
export { type LoadLlama2cLayersOptions, loadLlama2cLayers } from "./llama2c";
export { type LoadGpt2LayersOptions, loadGpt2Layers } from "./load-gpt2";
export type { WeightsSource } from "./read-parameters";
export type { Rope, RopeScaling } from "./rotary";
export type * from "./transformer-layers";

/** Transformer layers cut out of pretrained language models, as tfjs variables. */
export type * from "./transformer-layers";

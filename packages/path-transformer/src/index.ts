/** CSI feedback as paths, fitted and quantised jointly, with the odds of a transformer in exact arithmetic. */
export { type EncodeOptions, PathTransformerCodec, type Report } from "./codec";
export { parameterCount } from "./network-shapes";

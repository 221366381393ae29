// The weights that come along: 16-bit integers in units of 1/4096. The program that made them is
// benchmarks/path-transformer/train.ts.
import { type Weights, weightsOf } from "./fixed-network";
import file from "./weights.json";

let weights: Weights | undefined;

/** The trained weights, read once. */
export function trainedWeights(): Weights {
  weights ??= weightsOf(new Int16Array(Uint8Array.from(atob(file.values), (c) => c.charCodeAt(0)).buffer));
  return weights;
}

// The shipped path models, learned on generated channels: the program that made them is
// benchmarks/sparse-paths/train-models.ts.
import type { PathModelJson } from "../path-model";
import indoor from "./cost2100-indoor.json";
import outdoor from "./cost2100-semi-urban-nlos.json";
import canyon from "./street-canyon.json";
import uma from "./uma-nlos.json";

/** Models of the four channels of Table I, learned on this project's generated channels. */
export const pathModels: readonly PathModelJson[] = [indoor, outdoor, uma, canyon] as PathModelJson[];

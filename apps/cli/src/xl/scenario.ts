// The scenario that options of the command line describe.
import { invalid } from "@csi-feedback/common";
import type { ArrayName, Scenario } from "@csi-feedback/experiments/extremely-large";

/** The options that `data` and `estimate` share. */
export interface ScenarioOptions {
  readonly far: number;
  readonly near: number;
  readonly distances: readonly number[];
  readonly array: string;
  readonly seed: number;
}

const arrays: readonly ArrayName[] = ["linear", "planar", "irregular"];

/** @throws CsiFeedbackError `INVALID_OPTION`. */
export function scenarioOf({ far, near, distances, array }: ScenarioOptions): Scenario {
  const form = arrays.find((name) => name === array);
  if (form === undefined) invalid("INVALID_OPTION", "--array", `must be one of ${arrays.join(", ")}`, array);
  const [nearest, farthest] = distances;
  if (distances.length !== 2 || !(nearest > 0 && farthest >= nearest)) {
    invalid("INVALID_OPTION", "--distances", "must be two distances in order, as 10,80", distances);
  }
  if (far + near === 0) invalid("INVALID_OPTION", "--far, --near", "there must be at least one path", 0);
  return { array: form, farPaths: far, nearPaths: near, distances: [nearest, farthest] };
}

// The methods of the frontier, in the order of its tables.
import { invalid } from "@csi-feedback/common";
import type { FrontierMethod } from "../method";
import { klt } from "./klt";
import { llmCsiNet, llmCsiNetRatios } from "./llmcsinet";
import { mLargest } from "./m-largest";
import { sparsePaths, sparsePathsFast } from "./sparse-paths";
import { crNet, csiNet } from "./trained-baseline";
import { typeTwo } from "./type-two";

const methods: readonly FrontierMethod[] = [
  mLargest,
  typeTwo,
  csiNet,
  crNet,
  klt,
  llmCsiNet,
  llmCsiNetRatios,
  sparsePathsFast,
  sparsePaths,
];

/** Names for `--method`. */
const methodNames = methods.map(({ name }) => name);

/** The methods of a list such as `klt,sparse-paths` or `all`. */
export function parseMethods(text: string): readonly FrontierMethod[] {
  if (text === "all") return methods;
  return text.split(",").map((part) => {
    const method = methods.find(({ name }) => name === part);
    return (
      method ?? invalid("UNKNOWN_METHOD", "--method", `must be one of ${methodNames.join(", ")} or all`, part)
    );
  });
}

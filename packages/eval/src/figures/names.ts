// Names that stand for something in a figure: there must be some, and each must be one thing's.
import { invalid } from "@csi-feedback/common";

/** Throws `INVALID_ARGUMENT` unless there are names of each kind, all different. */
export function assertNames(functionName: string, kinds: Readonly<Record<string, readonly string[]>>): void {
  for (const [kind, names] of Object.entries(kinds)) {
    if (names.length === 0 || new Set(names).size < names.length) {
      const rule = `needs at least one ${kind}, each with a name of its own`;
      invalid("INVALID_ARGUMENT", functionName, rule, names);
    }
  }
}

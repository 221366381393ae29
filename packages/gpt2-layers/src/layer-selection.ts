// Which layers of a model to cut out.
import { CsiFeedbackError, invalid } from "@csi-feedback/common";

/** The first so many layers, a range with both ends, or a list in the order wanted. */
export type LayerSelection = number | { readonly first: number; readonly last: number } | readonly number[];

/**
 * The indices of a selection.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` for an empty or malformed selection, `MISSING_LAYERS` when the model
 * lacks one of them.
 */
export function resolveLayers(
  functionName: string,
  selection: LayerSelection,
  available: ReadonlySet<number>,
): number[] {
  const layers = listLayers(selection);
  const malformed = layers.length === 0 || layers.some((layer) => !Number.isSafeInteger(layer) || layer < 0);
  if (malformed || new Set(layers).size !== layers.length) {
    const rule =
      "layers must be a positive number of layers, a range { first, last } or a list of distinct indices";
    invalid(
      "INVALID_ARGUMENT",
      functionName,
      rule,
      typeof selection === "object" ? Object.values(selection) : selection,
    );
  }
  const missing = layers.filter((layer) => !available.has(layer));
  if (missing.length > 0) {
    const found = available.size === 0 ? "no layers of this family" : `${available.size} layers`;
    throw new CsiFeedbackError(
      "MISSING_LAYERS",
      `${functionName}: layers ${missing.join(", ")} were asked for, but the file has ${found}`,
    );
  }
  return layers;
}

function listLayers(selection: LayerSelection): number[] {
  const range = (first: number, last: number): number[] => {
    const count = last - first + 1;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || count < 1 || count > 10_000) return [];
    return Array.from({ length: count }, (_, i) => first + i);
  };
  if (typeof selection === "number") return range(0, selection - 1);
  return "first" in selection ? range(selection.first, selection.last) : [...selection];
}

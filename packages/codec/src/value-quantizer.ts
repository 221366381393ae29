// Any quantizer of report values, and how each comes back from JSON.
import { invalid } from "@csi-feedback/common/errors";
import { DitheredQuantizer, type DitheredQuantizerJson } from "./dither";
import { ScalarQuantizer, type ScalarQuantizerJson } from "./scalar-quantizer";
import { VectorQuantizer, type VectorQuantizerJson } from "./vector-quantizer";

/** A quantizer of report values. */
export type ValueQuantizer = ScalarQuantizer | DitheredQuantizer | VectorQuantizer;

/** A quantizer as plain JSON, what `JSON.stringify` makes of it. */
export type ValueQuantizerJson = ScalarQuantizerJson | DitheredQuantizerJson | VectorQuantizerJson;

/**
 * The quantizer that `JSON.stringify` wrote.
 *
 * @throws CsiFeedbackError `INVALID_QUANTIZER`.
 *
 * @example
 * ```ts
 * import { quantizerFromJson, uniformQuantizer } from "@csi-feedback/codec";
 *
 * const text = JSON.stringify(uniformQuantizer({ bits: 3, minimum: -1, maximum: 1 }));
 * console.log(quantizerFromJson(JSON.parse(text)).size); // 8
 * ```
 */
export function quantizerFromJson(json: ValueQuantizerJson): ValueQuantizer {
  if (typeof json !== "object" || json === null || typeof json.kind !== "string") {
    invalid("INVALID_QUANTIZER", "quantizerFromJson", "a quantizer must be an object with a kind", json);
  }
  if ("codebook" in json) return new VectorQuantizer(json);
  if ("seed" in json) return new DitheredQuantizer(new ScalarQuantizer(json.quantizer), json.seed);
  return new ScalarQuantizer(json);
}

/** True for an instance of any quantizer class. */
export function isValueQuantizer(value: unknown): value is ValueQuantizer {
  return (
    value instanceof ScalarQuantizer || value instanceof DitheredQuantizer || value instanceof VectorQuantizer
  );
}

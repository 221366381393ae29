// Which bytes of a file to ask for when only some tensors are wanted.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { SafetensorsHeader } from "./header";

/** Neighbours are joined up to this size, so that a long download is kept in pieces [bytes]. */
const MAX_JOINED_BYTES = 2 ** 28;

/** A run of bytes of the file, holding the data of `names`. */
export interface ByteRange {
  readonly begin: number;
  readonly end: number;
  readonly names: readonly string[];
}

/**
 * Ranges that hold exactly the data of `names` and no other byte. Neighbours in the file are joined, up to 256 MiB.
 *
 * @throws CsiFeedbackError `MISSING_TENSOR` listing every name that the file lacks.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, parseHeader, planReads } from "@csi-feedback/safetensors";
 *
 * const tensor = { dtype: "F32", shape: [4], data: new Float32Array(4) } as const;
 * const file = encodeSafetensors([["a", tensor], ["b", tensor], ["c", tensor], ["d", tensor]]);
 * const ranges = planReads(parseHeader(file, file.length), ["a", "d", "b"]);
 * console.log(ranges.map(({ begin, end, names }) => `${names.join("+")}: ${end - begin}`).join(", ")); // a+b: 32, d: 16
 * ```
 */
export function planReads(header: SafetensorsHeader, names: Iterable<string>): ByteRange[] {
  const wanted = new Set(names);
  const missing = [...wanted].filter((name) => !header.tensors.has(name));
  if (missing.length > 0) {
    throw new CsiFeedbackError("MISSING_TENSOR", `planReads: the file lacks ${listNames(missing)}`);
  }
  const ranges: { begin: number; end: number; names: string[] }[] = [];
  for (const [name, { begin, end }] of header.tensors) {
    if (!wanted.has(name)) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last.end === begin && end - last.begin <= MAX_JOINED_BYTES) {
      last.end = end;
      last.names.push(name);
    } else {
      ranges.push({ begin, end, names: [name] });
    }
  }
  return ranges;
}

/** The first few of some names, for a message. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => JSON.stringify(name));
  return names.length > 4 ? `${names.length} tensors: ${shown.join(", ")}, ...` : shown.join(", ");
}

// Sparse codewords at the base station: where the elements go. Which ones are fed back is
// the user's side, in @csi-feedback/ue-encoder.
import { invalid } from "@csi-feedback/common";
import type { Codeword } from "./network";

export {
  assertBatch,
  assertElements,
  meanOf,
  randomKeys,
  rankingKeys,
  selectElements,
} from "@csi-feedback/ue-encoder";

/**
 * Writes one codeword into a sample: its values at their positions, its mean elsewhere; `visible` gets a 1 at each
 * position and must be 0 before.
 *
 * @throws CsiFeedbackError `INVALID_CODEWORD`.
 */
export function placeElements(
  functionName: string,
  { values, positions, mean }: Codeword,
  filled: Float32Array,
  visible: Float32Array,
): void {
  const reject: (rule: string, received: unknown) => never = (rule, received) =>
    invalid("INVALID_CODEWORD", functionName, rule, received);
  if (positions === undefined || mean === undefined) {
    reject("a codeword must have positions and a mean", undefined);
  }
  if (!Number.isFinite(mean)) reject("the mean must be finite", mean);
  if (values.length === 0 || values.length !== positions.length) {
    const rule = "a codeword must have one position for each of its values, at least one";
    reject(rule, [values.length, positions.length]);
  }
  filled.fill(mean);
  for (const [i, position] of positions.entries()) {
    if (position < 0 || position >= filled.length)
      reject(`positions must be below ${filled.length}`, position);
    if (visible[position] !== 0) reject("positions must differ", position);
    if (!Number.isFinite(values[i])) reject("values must be finite", values[i]);
    filled[position] = values[i];
    visible[position] = 1;
  }
}

// Codes of an index set: M distinct positions out of n, in ascending order, as
// symbols of the range coder. "fixed" spends the same bits on every position, as the
// paper does; "enumerative" makes all C(n, M) sets equally likely; a position model
// knows what training reports named.
import { invalid } from "@csi-feedback/common/errors";
import { adapt, type PositionModel, walkPlaces } from "./position-model";
import { corrupt, type RangeDecoder, type RangeEncoder } from "./range-coder";

/** How an index set is coded; see `indexCode` of {@link FrameConfiguration}. */
export type IndexCode = "fixed" | "enumerative" | PositionModel;

/** What adapts from report to report of one message: the position model's probabilities. */
export type Adaptive = Uint16Array | undefined;

export function startAdaptive(code: IndexCode): Adaptive {
  return typeof code === "object" ? code.probabilities.slice() : undefined;
}

/** Writes positions that are known to be sound; `adaptive` moves with a position model. */
export function writeIndexSet(
  encoder: RangeEncoder,
  positions: ArrayLike<number>,
  universe: number,
  code: IndexCode,
  adaptive: Adaptive,
): void {
  if (code === "fixed") encodeFixed(encoder, positions, universe);
  else if (code === "enumerative") encodeEnumerative(encoder, positions, universe);
  else encodeModelled(encoder, positions, code, adaptive as Uint16Array);
}

/** Fills `positions` with what {@link writeIndexSet} wrote. */
export function readIndexSet(
  decoder: RangeDecoder,
  positions: Int32Array,
  universe: number,
  code: IndexCode,
  adaptive: Adaptive,
): void {
  if (code === "fixed") decodeFixed(decoder, positions, universe);
  else if (code === "enumerative") decodeEnumerative(decoder, positions, universe);
  else decodeModelled(decoder, positions, code, adaptive as Uint16Array);
}

/** Bits of one position of `universe` places at fixed width: ceil(log2 universe). */
export function indexWidth(universe: number): number {
  return universe <= 1 ? 0 : 32 - Math.clz32(universe - 1);
}

/**
 * log2 of the binomial coefficient C(n, k): the information in an index set [bits].
 *
 * @example
 * ```ts
 * import { log2Binomial } from "@csi-feedback/codec";
 *
 * console.log((log2Binomial(2048, 221) / 221).toFixed(2)); // 4.55
 * ```
 */
export function log2Binomial(n: number, k: number): number {
  const smaller = Math.min(k, n - k);
  if (smaller < 0) return Number.NEGATIVE_INFINITY;
  let bits = 0;
  for (let i = 0; i < smaller; i++) bits += Math.log2((n - i) / (i + 1));
  return bits;
}

/** Checks that positions are integers from 0 to universe - 1 in strictly ascending order. */
export function assertIndexSet(functionName: string, positions: ArrayLike<number>, universe: number): void {
  let last = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i];
    if (!(position > last && position < universe && Number.isInteger(position))) {
      invalid(
        "INVALID_POSITIONS",
        functionName,
        `positions must be integers from 0 to ${universe - 1} in strictly ascending order; position ${i} is not`,
        position,
      );
    }
    last = position;
  }
}

function encodeFixed(encoder: RangeEncoder, positions: ArrayLike<number>, universe: number): void {
  const bits = indexWidth(universe);
  for (let i = 0; i < positions.length; i++) encoder.encodeBits(positions[i], bits);
}

function decodeFixed(decoder: RangeDecoder, positions: Int32Array, universe: number): void {
  const bits = indexWidth(universe);
  let last = -1;
  for (let i = 0; i < positions.length; i++) {
    const position = decoder.decodeBits(bits);
    if (position <= last || position >= universe) {
      corrupt("decode", `positions must ascend below ${universe}`, position);
    }
    positions[i] = position;
    last = position;
  }
}

/**
 * Place by place: "is this one selected?" With k of the remaining r places selected the answer is yes
 * with probability k / r exactly, and the product of these over the whole walk is 1 / C(n, M),
 * whichever set it is. Once one selected or one unselected place is left, it is named at once.
 */
function encodeEnumerative(encoder: RangeEncoder, positions: ArrayLike<number>, universe: number): void {
  let place = 0;
  for (let i = 0; i < positions.length; place++) {
    const selected = positions.length - i;
    const unselected = universe - place - selected;
    if (unselected === 0) return;
    if (selected === 1) {
      encoder.encodeUniform(positions[i] - place, unselected + 1);
      return;
    }
    if (unselected === 1) {
      let gap = 0;
      while (gap < selected && positions[i + gap] === place + gap) gap++;
      encoder.encodeUniform(gap, selected + 1);
      return;
    }
    if (positions[i] === place) {
      encoder.encode(0, selected, selected + unselected);
      i++;
    } else encoder.encode(selected, unselected, selected + unselected);
  }
}

function decodeEnumerative(decoder: RangeDecoder, positions: Int32Array, universe: number): void {
  let place = 0;
  for (let i = 0; i < positions.length; place++) {
    const selected = positions.length - i;
    const unselected = universe - place - selected;
    if (selected === 1) {
      positions[i] = place + decoder.decodeUniform(unselected + 1);
      return;
    }
    if (unselected <= 1) {
      const gap = unselected === 0 ? selected : decoder.decodeUniform(selected + 1);
      for (let j = 0; j < selected; j++) positions[i + j] = place + j + (j >= gap ? 1 : 0);
      return;
    }
    if (decoder.locate(selected + unselected) < selected) {
      decoder.consume(0, selected, selected + unselected);
      positions[i++] = place;
    } else decoder.consume(selected, unselected, selected + unselected);
  }
}

/** Place by place with the model's probabilities; `probabilities` adapts as it goes. */
function encodeModelled(
  encoder: RangeEncoder,
  positions: ArrayLike<number>,
  model: PositionModel,
  probabilities: Uint16Array,
): void {
  let next = 0;
  const code = (context: number, place: number) => {
    const selected = positions[next] === place;
    const p = probabilities[context];
    if (selected) encoder.encode(0, p, 65536);
    else encoder.encode(p, 65536 - p, 65536);
    adapt(probabilities, context, selected);
    return selected;
  };
  walkPlaces(model, positions.length, code, () => next++);
}

function decodeModelled(
  decoder: RangeDecoder,
  positions: Int32Array,
  model: PositionModel,
  probabilities: Uint16Array,
): void {
  const code = (context: number) => {
    const p = probabilities[context];
    const selected = decoder.locate(65536) < p;
    if (selected) decoder.consume(0, p, 65536);
    else decoder.consume(p, 65536 - p, 65536);
    adapt(probabilities, context, selected);
    return selected;
  };
  walkPlaces(model, positions.length, code, (place, nth) => {
    positions[nth] = place;
  });
}

// Codes of an index set: M distinct positions out of n, in ascending order, as
// symbols of the range coder. "fixed" spends the same bits on every position, as the
// paper does; "enumerative" makes all C(n, M) sets equally likely; a position model
// knows what training reports named.
import { invalid } from "@csi-feedback/common/errors";
import { adapt, PlaceWalk, type PositionModel } from "./position-model";
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
    const named = positions[i] === place;
    encoder.encodeChoice(named, selected, selected + unselected);
    if (named) i++;
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
    if (decoder.decodeChoice(selected, selected + unselected)) positions[i++] = place;
  }
}

/** Place by place with the model's probabilities; `probabilities` adapts as it goes. */
function encodeModelled(
  encoder: RangeEncoder,
  positions: ArrayLike<number>,
  model: PositionModel,
  probabilities: Uint16Array,
): void {
  const walk = new PlaceWalk(model.tables, positions.length);
  for (let next = 0; walk.isOpen(); ) {
    const selected = positions[next] === walk.place;
    const context = walk.context();
    encoder.encodeChoice(selected, probabilities[context], 65536);
    adapt(probabilities, context, selected);
    if (selected) next++;
    walk.answer(selected);
  }
}

function decodeModelled(
  decoder: RangeDecoder,
  positions: Int32Array,
  model: PositionModel,
  probabilities: Uint16Array,
): void {
  const walk = new PlaceWalk(model.tables, positions.length);
  let next = 0;
  while (walk.isOpen()) {
    const context = walk.context();
    const selected = decoder.decodeChoice(probabilities[context], 65536);
    adapt(probabilities, context, selected);
    if (selected) positions[next++] = walk.place;
    walk.answer(selected);
  }
  for (let place = walk.place; next < positions.length; ) positions[next++] = place++;
}

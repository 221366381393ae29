// The physical scale of a report: the index of its step, whose odds follow from the first path's class, because how
// strong the strongest paths of a channel are is known beforehand. Any scale can be sent; usual ones cost less.
import { NOTHING, type SymbolSink, type SymbolSource } from "@csi-feedback/sparse-paths/parts";

/** Level of the strongest path, index + 4 class [eighths of an octave]: its middle and spread on training lists. */
const LEVELS: readonly { readonly middle: number; readonly spread: number }[] = [
  { middle: 289, spread: 7 },
  { middle: 285, spread: 10 },
  { middle: 200, spread: 17 },
  { middle: 263, spread: 12 },
];
const CLASS_LEVELS = 4;
const MOST = 2 ** 20;

/** Weights of the indices: the square of a Lorentz curve, and at least 1. */
function weights(channel: number, firstClass: number): Float64Array {
  const { middle, spread } = LEVELS[channel];
  const square = (2 * spread) ** 2;
  return new Float64Array(NOTHING).map((_, index) => {
    const off = (index + CLASS_LEVELS * firstClass - middle) ** 2;
    return 1 + Math.floor((MOST * square * square) / (square + off) ** 2);
  });
}

export function encodeLevel(sink: SymbolSink, index: number, channel: number, firstClass: number): void {
  const odds = weights(channel, firstClass);
  let below = 0;
  let total = 0;
  for (const [i, weight] of odds.entries()) {
    if (i < index) below += weight;
    total += weight;
  }
  sink.encode(below, odds[index], total);
}

export function decodeLevel(source: SymbolSource, channel: number, firstClass: number): number {
  const odds = weights(channel, firstClass);
  const wanted = source.locate(odds.reduce((a, b) => a + b, 0));
  let below = 0;
  let index = 0;
  while (below + odds[index] <= wanted) below += odds[index++];
  source.consume(
    below,
    odds[index],
    odds.reduce((a, b) => a + b, 0),
  );
  return index;
}

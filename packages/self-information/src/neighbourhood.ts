// Which neighbours of a CSI element its probability is estimated from: nine fixed
// offsets inside the (2R + 1) x (2R + 1) neighbourhood. Not the estimate itself.
import { invalid, randomStream } from "@csi-feedback/common";

/** A step from an element to one of its neighbours, in delay taps and antennas. */
export type Offset = readonly [delay: number, antenna: number];

/**
 * The nine offsets used when none are given, drawn once with radius 3. They are part
 * of a model: UE and training must use the same ones.
 */
export const defaultOffsets: readonly Offset[] = [
  [-2, 3],
  [-3, 2],
  [-1, 0],
  [-1, 3],
  [3, -3],
  [-1, 1],
  [3, 0],
  [2, 0],
  [-3, -1],
];

/**
 * Draws offsets uniformly from the (2 radius + 1) x (2 radius + 1) neighbourhood,
 * without replacement and without the element itself. The same seed gives the same offsets.
 *
 * @param options.count - how many; 9 in the paper (eq. 9).
 * @param options.radius - Manhattan radius R; 3 in the paper.
 * @throws CsiFeedbackError `INVALID_ARGUMENT` when the neighbourhood has fewer than `count` neighbours.
 *
 * @example
 * ```ts
 * import { drawOffsets } from "@csi-feedback/self-information";
 *
 * const offsets = drawOffsets({ seed: 1 });
 * console.log(offsets.length, offsets.every(([delay, antenna]) => Math.abs(delay) <= 3 && Math.abs(antenna) <= 3)); // 9 true
 * ```
 */
export function drawOffsets(options: { seed: number; count?: number; radius?: number }): Offset[] {
  const { seed, count = 9, radius = 3 } = options;
  if (!Number.isInteger(radius) || radius < 1 || radius > 64) {
    invalid("INVALID_ARGUMENT", "drawOffsets", "radius must be an integer from 1 to 64", radius);
  }
  const side = 2 * radius + 1;
  const centre = (side * side - 1) / 2;
  if (!Number.isInteger(count) || count < 1 || count > side * side - 1) {
    invalid(
      "INVALID_ARGUMENT",
      "drawOffsets",
      `count must be an integer from 1 to ${side * side - 1}`,
      count,
    );
  }
  return Array.from(randomStream(seed).permutation(side * side))
    .filter((place) => place !== centre)
    .slice(0, count)
    .map((place) => [Math.floor(place / side) - radius, (place % side) - radius] as const);
}

// The M largest of many keys, in linear time and with a fixed rule for ties: a radix
// selection over the bits of 32-bit floats. Not a sort: positions come out ascending.
import { invalid } from "@csi-feedback/common";

/**
 * Positions of the `count` largest keys, ascending. Among equal keys the lower position
 * wins, so that the result is the same everywhere. O(n): no sort.
 *
 * @param keys - finite or infinite, not NaN. -0 counts as 0.
 * @throws CsiFeedbackError `INVALID_COUNT` when `count` is not an integer from 1 to `keys.length`;
 * `NOT_FINITE` when a key is NaN.
 *
 * @example
 * ```ts
 * import { selectLargest } from "@csi-feedback/self-information";
 *
 * console.log(Array.from(selectLargest(Float32Array.of(0.1, 0.7, 0.3, 0.7, 0.2), 2))); // [ 1, 3 ]
 * ```
 */
export function selectLargest(keys: Float32Array, count: number): Int32Array {
  const length = keys.length;
  if (!Number.isInteger(count) || count < 1 || count > length) {
    invalid("INVALID_COUNT", "selectLargest", `count must be an integer from 1 to ${length}`, count);
  }
  const ordered = orderedBits(keys);
  // Digit by digit from the top: only keys that share the digits found so far go on.
  let rest = ordered;
  let prefix = 0;
  let wanted = count;
  for (const [shift, bits] of digits) {
    const last = (1 << bits) - 1;
    const histogram = new Int32Array(1 << bits);
    for (let i = 0; i < rest.length; i++) histogram[(rest[i] >>> shift) & last]++;
    let bucket = last;
    while (histogram[bucket] < wanted) wanted -= histogram[bucket--];
    prefix = (prefix | (bucket << shift)) >>> 0;
    const alike = new Uint32Array(histogram[bucket]);
    for (let i = 0, filled = 0; i < rest.length; i++) {
      if (((rest[i] >>> shift) & last) === bucket) alike[filled++] = rest[i];
    }
    rest = alike;
  }
  const positions = new Int32Array(count);
  let filled = 0;
  for (let i = 0; i < length && filled < count; i++) {
    if (ordered[i] > prefix) positions[filled++] = i;
    else if (ordered[i] === prefix && wanted > 0) {
      positions[filled++] = i;
      wanted--;
    }
  }
  return positions;
}

/** Where the digits of a key begin, and their bits. */
const digits = [
  [21, 11],
  [10, 11],
  [0, 10],
] as const;

/** Unsigned integers in the order of the floats. */
function orderedBits(keys: Float32Array): Uint32Array {
  const { length } = keys;
  const floats = new Float32Array(length);
  for (let i = 0; i < length; i++) floats[i] = keys[i] + 0;
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(floats[i])) invalid("NOT_FINITE", "selectLargest", `key ${i} must be a number`, keys[i]);
  }
  // In place: a float that has been read as bits is not needed again. The sign, spread over
  // all bits, turns negative numbers around.
  for (let i = 0; i < length; i++) bits[i] ^= (bits[i] >> 31) | 0x80000000;
  return bits;
}

// The combinatorial number system (combinadic): every index set of M places out of n
// has a rank from 0 to C(n, M) - 1, exactly, in big integers. Small and plain; the
// frames use the range coder of index-set.ts, which costs the same bits and is faster.
import { invalid } from "@csi-feedback/common/errors";
import { assertIndexSet } from "./index-set";

/** The binomial coefficient C(n, k), exactly. */
export function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let result = 1n;
  for (let i = 0; i < Math.min(k, n - k); i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
  return result;
}

/**
 * Rank of an index set among those of its size: `C(p[0], 1) + C(p[1], 2) + ... + C(p[M - 1], M)` for
 * ascending positions p (D. H. Lehmer, 1964; D. E. Knuth, The Art of Computer Programming 7.2.1.3).
 *
 * @throws CsiFeedbackError `INVALID_POSITIONS`.
 *
 * @example
 * ```ts
 * import { binomial, rankSubset, unrankSubset } from "@csi-feedback/codec";
 *
 * console.log(rankSubset([0, 2, 5], 6), binomial(6, 3)); // 11n 20n
 * console.log(Array.from(unrankSubset(11n, 6, 3))); // [ 0, 2, 5 ]
 * ```
 */
export function rankSubset(positions: ArrayLike<number>, places: number): bigint {
  assertIndexSet("rankSubset", positions, places);
  let rank = 0n;
  for (let i = 0; i < positions.length; i++) rank += binomial(positions[i], i + 1);
  return rank;
}

/**
 * The index set of `count` out of `places` with a given rank. O(places) big-integer steps.
 *
 * @throws CsiFeedbackError `INVALID_RANK` when there are not so many sets.
 */
export function unrankSubset(rank: bigint, places: number, count: number): Int32Array {
  if (rank < 0n || rank >= binomial(places, count)) {
    invalid("INVALID_RANK", "unrankSubset", `rank must be from 0 to C(${places}, ${count}) - 1`, rank);
  }
  const positions = new Int32Array(count);
  let left = rank;
  let place = places - 1;
  // C(place, k), kept up to date by exact small steps.
  for (let k = count, below = binomial(place, k); k > 0; place--) {
    if (below <= left) {
      left -= below;
      positions[k - 1] = place;
      below = place > 0 ? (below * BigInt(k)) / BigInt(place) : 0n;
      k--;
      if (k > 0) below = binomial(place - 1, k);
    } else {
      below = (below * BigInt(place - k)) / BigInt(place);
    }
  }
  return positions;
}

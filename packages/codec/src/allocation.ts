// Where to spend the bits: many coarse values or few fine ones? A search over the bits
// of a value and the number of elements, under a budget of real bits, for any way of
// measuring distortion.
import { invalid } from "@csi-feedback/common/errors";

export interface AllocationProblem<Setting> {
  /** Most bits of a report. */
  readonly budget: number;
  /** What is tried for each number of elements: bits of a value, or whole configurations. */
  readonly settings: readonly Setting[];
  /** Numbers of elements that may be used, ascending; all from 1 to a bound when a number. */
  readonly elements: readonly number[] | number;
  /** Bits of a report; must not fall as elements are added. */
  readonly bits: (elements: number, setting: Setting) => number;
  /** Distortion, smaller is better: mean squared error, NMSE, ... */
  readonly distortion: (elements: number, setting: Setting) => number | Promise<number>;
  /**
   * How many of the largest affordable numbers of elements are tried with each setting. Default 1: more
   * elements never hurt. Use more where they may (a network trained at one M).
   */
  readonly candidates?: number;
}

/** One way to spend the budget. */
export interface Allocation<Setting> {
  readonly setting: Setting;
  readonly elements: number;
  readonly bits: number;
  readonly distortion: number;
}

/**
 * The best split of a bit budget between the number of elements and the precision of their values.
 *
 * For each setting the largest affordable number of elements is found by bisection (bits grow with
 * elements), and only there the distortion is measured: as many measurements as settings. The
 * answer holds every allocation that was measured, best first.
 *
 * @throws CsiFeedbackError `BUDGET_TOO_SMALL` when no setting can afford one element,
 * `INVALID_ARGUMENT` when the distortion is not a number.
 *
 * @example
 * ```ts
 * import { bestAllocation, indexSetBits } from "@csi-feedback/codec";
 *
 * // A toy source: element i holds 0.97^i of energy; b bits leave 4^-b of it.
 * const energy = Array.from({ length: 2048 }, (_, i) => 0.97 ** i);
 * const [best] = await bestAllocation({
 *   budget: 600,
 *   settings: [1, 2, 3, 4, 5, 6, 8],
 *   elements: 2048,
 *   bits: (elements, b) => elements * b + indexSetBits(2048, elements, "enumerative"),
 *   distortion: (elements, b) => energy.reduce((sum, e, i) => sum + (i < elements ? e * 4 ** -b : e), 0),
 * });
 * console.log(best.setting, best.elements, Math.ceil(best.bits)); // 3 64 599
 * ```
 */
export async function bestAllocation<Setting>(
  problem: AllocationProblem<Setting>,
): Promise<Allocation<Setting>[]> {
  const { budget, settings, bits, distortion, candidates = 1 } = problem;
  const elements =
    typeof problem.elements === "number"
      ? Array.from({ length: problem.elements }, (_, i) => i + 1)
      : problem.elements;
  const found: Allocation<Setting>[] = [];
  for (const setting of settings) {
    const affordable = countAffordable(elements, (count) => bits(count, setting) <= budget);
    for (let i = affordable - 1; i >= Math.max(0, affordable - candidates); i--) {
      const measured = await distortion(elements[i], setting);
      if (typeof measured !== "number" || Number.isNaN(measured)) {
        invalid("INVALID_ARGUMENT", "bestAllocation", "the distortion must be a number", measured);
      }
      found.push({ setting, elements: elements[i], bits: bits(elements[i], setting), distortion: measured });
    }
  }
  if (found.length === 0) {
    invalid(
      "BUDGET_TOO_SMALL",
      "bestAllocation",
      "the budget must afford one element with one setting",
      budget,
    );
  }
  return found.sort((a, b) => a.distortion - b.distortion || a.bits - b.bits);
}

/**
 * The largest number of elements, from 0 to `most`, whose bits stay within a budget; `bits` must not
 * fall as elements are added.
 *
 * @example
 * ```ts
 * import { elementsForBits, indexSetBits } from "@csi-feedback/codec";
 *
 * // The budget of 256 plain values at 4 bits, spent on values with enumerative positions instead:
 * console.log(elementsForBits(1024, 2048, (m) => 4 * m + indexSetBits(2048, m, "enumerative"))); // 106
 * ```
 */
export function elementsForBits(budget: number, most: number, bits: (elements: number) => number): number {
  return countAffordable(
    Array.from({ length: most }, (_, i) => i + 1),
    (count) => bits(count) <= budget,
  );
}

/** How many of the ascending numbers are affordable. */
function countAffordable(elements: readonly number[], affordable: (elements: number) => boolean): number {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (affordable(elements[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

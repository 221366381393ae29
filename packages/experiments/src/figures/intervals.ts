// Intervals of rows as figures take them.
import type { ResultRow } from "../experiment";

/** Ends of the intervals, where every row has one. */
export function intervalOf(rows: readonly ResultRow[]): { low?: number[]; high?: number[] } {
  const ends = rows.flatMap(({ low, high }) =>
    low === undefined || high === undefined ? [] : [{ low, high }],
  );
  if (ends.length < rows.length) return {};
  return { low: ends.map(({ low }) => low), high: ends.map(({ high }) => high) };
}

// Series of a line chart, checked and turned into rows for Vega-Lite.
import { invalid } from "@csi-feedback/common";
import type { AxisOptions } from "./axis";

/** One line. */
export interface Series {
  /** Text of the legend. */
  readonly name: string;
  /** Numbers, or names of categories in their order, such as `"1/8"`. */
  readonly x: ArrayLike<number> | readonly string[];
  readonly y: ArrayLike<number>;
  /** Confidence band: lower and upper bound at each point. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** Dashed, for a bound or a published curve. */
  readonly dashed?: boolean;
}

/** A point of a series as a row of chart data. */
export interface SeriesRow {
  readonly series: string;
  readonly x: number | string;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/** Checks series and lists their points. */
export function seriesRows(
  functionName: string,
  series: readonly Series[],
  x: AxisOptions,
  y: AxisOptions,
): SeriesRow[] {
  if (series.length === 0) invalid("INVALID_ARGUMENT", functionName, "needs at least one series", series);
  const names = series.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    invalid("INVALID_ARGUMENT", functionName, "every series needs a name of its own", names);
  }
  const kinds = new Set(
    series.flatMap((one) => Array.from(one.x as ArrayLike<number | string>, (value) => typeof value)),
  );
  if (kinds.size > 1) {
    invalid("INVALID_ARGUMENT", functionName, "x must be names or numbers, the same in every series", [
      ...kinds,
    ]);
  }
  return series.flatMap((one) => {
    const { length } = one.y;
    for (const other of [one.x, one.low ?? one.y, one.high ?? one.y]) {
      if (other.length !== length) {
        invalid(
          "INVALID_SHAPE",
          functionName,
          `x, y, low and high of "${one.name}" must have one length`,
          other.length,
        );
      }
    }
    if ((one.low === undefined) !== (one.high === undefined)) {
      invalid(
        "INVALID_ARGUMENT",
        functionName,
        `"${one.name}" must have both low and high or neither`,
        one.low,
      );
    }
    return Array.from({ length }, (_, i): SeriesRow => {
      checkOnScale(functionName, one.name, "x", one.x[i], x.scale);
      for (const value of [one.y[i], one.low?.[i], one.high?.[i]]) {
        if (value !== undefined) checkOnScale(functionName, one.name, "y", value, y.scale);
      }
      const row = { series: one.name, x: one.x[i], y: one.y[i] };
      return one.low && one.high ? { ...row, low: one.low[i], high: one.high[i] } : row;
    });
  });
}

function checkOnScale(
  functionName: string,
  name: string,
  axis: "x" | "y",
  value: number | string,
  scale: AxisOptions["scale"],
): void {
  if (typeof value === "string") return;
  if (!Number.isFinite(value) || (scale === "log" && value <= 0)) {
    const rule = `${axis} of "${name}" must be finite${scale === "log" ? " and positive on a log axis" : ""}`;
    invalid("NOT_FINITE", functionName, rule, value);
  }
}

// Grouped bars: one group a category, one bar a series, with intervals and values.
import { assertShape, invalid } from "@csi-feedback/common";
import type { TopLevelSpec } from "vega-lite";
import { axisScale } from "./axis";
import { type LegendPlace, legendOf } from "./legend";
import { titleOf } from "./line-figure";
import { assertNames } from "./names";
import { INK, SERIES_COLORS, SIZES } from "./style";

/** The bars of one colour. */
export interface BarSeries {
  readonly name: string;
  /** One value a category. */
  readonly values: ArrayLike<number>;
  /** Interval of each value. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

interface BarRow {
  readonly category: string;
  readonly series: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Options of {@link barFigure}. */
export interface BarFigureOptions {
  readonly title?: string;
  readonly subtitle?: string;
  readonly categories: readonly string[];
  readonly series: readonly BarSeries[];
  readonly x?: { readonly title: string };
  /** The value axis; bars start at zero unless the scale is logarithmic, where they start at the domain's end. */
  readonly y: {
    readonly title: string;
    readonly scale?: "linear" | "log";
    readonly domain?: readonly [number, number];
  };
  /** Digits after the point of the value printed at each bar; none printed unless told. */
  readonly digits?: number;
  /** `"right"` unless told; a single series has none. */
  readonly legend?: LegendPlace;
  /** Size of the plotting area [px]; 300 high and as wide as the bars need unless told. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Specification of a grouped bar chart for {@link renderFigure}.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` without series or categories, or with one name twice;
 * `INVALID_SHAPE` when a series has not one value a category; `NOT_FINITE` for a value that the axis cannot show.
 *
 * @example
 * ```ts
 * import { barFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const { svg } = await renderFigure(
 *   barFigure({
 *     categories: ["UE", "BS"],
 *     series: [{ name: "CRNet", values: [0.8, 1.9] }, { name: "LLMCsiNet-S", values: [0.6, 14.2] }],
 *     y: { title: "Latency [ms]", scale: "log" },
 *     digits: 1,
 *   }),
 * );
 * console.log(svg.includes("Latency [ms]"), svg.includes("14.2")); // true true
 * ```
 */
export function barFigure(options: BarFigureOptions): TopLevelSpec {
  const { categories, series, y, digits, height = 300 } = options;
  const log = y.scale === "log";
  const names = series.map(({ name }) => name);
  assertNames("barFigure", { category: categories, series: names });
  const rows = series.flatMap((one) => {
    for (const values of [one.values, one.low ?? one.values, one.high ?? one.values]) {
      assertShape("barFigure", values, [categories.length]);
    }
    return categories.map((category, i) => {
      for (const value of [one.values[i], one.low?.[i], one.high?.[i]]) {
        if (value !== undefined && (!Number.isFinite(value) || (log && value <= 0))) {
          invalid(
            "NOT_FINITE",
            "barFigure",
            `values of "${one.name}" must be finite${log ? " and positive" : ""}`,
            value,
          );
        }
      }
      const bounds = one.low && one.high ? { low: one.low[i], high: one.high[i] } : {};
      const row: BarRow = { category, series: one.name, value: one.values[i], ...bounds };
      return row;
    });
  });
  const ends = rows.flatMap((row) => [row.value, row.low ?? row.value, row.high ?? row.value]);
  if (!log) ends.push(0);
  const labelled = digits !== undefined;
  // The number at a bar's end needs room inside the frame.
  const yAxis = axisScale(
    y,
    log ? ends.flatMap((value) => [value * 0.8, labelled ? value * 1.3 : value]) : ends,
    labelled ? 0.05 : 0,
  );
  const start = log ? yAxis.scale.domain[0] : 0;
  const width = options.width ?? Math.max(180, categories.length * (series.length * 30 + 24));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    ...titleOf(options),
    width,
    height,
    data: { values: rows.map((row) => ({ ...row, start })) },
    encoding: {
      x: {
        field: "category",
        type: "ordinal",
        sort: [...categories],
        scale: { type: "band", paddingInner: 0.22, paddingOuter: 0.14 },
        axis: { title: options.x?.title ?? null, labelAngle: 0, ticks: false },
      },
      xOffset: { field: "series", type: "nominal", sort: names, scale: { paddingInner: 0.08 } },
    },
    layer: [
      {
        mark: { type: "bar", clip: true },
        encoding: {
          y: {
            field: "value",
            type: "quantitative",
            stack: null,
            axis: { title: y.title, ...yAxis.ticks },
            scale: yAxis.scale,
          },
          y2: { field: "start" },
          color: {
            field: "series",
            type: "nominal",
            sort: names,
            scale: { domain: names, range: names.map((_, i) => SERIES_COLORS[i % SERIES_COLORS.length]) },
            legend: legendOf(series.length, options.legend, { symbolType: "square", symbolSize: 90 }),
          },
        },
      },
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "errorbar", ticks: { size: 6 }, color: INK },
        encoding: { y: { field: "low", type: "quantitative", title: y.title }, y2: { field: "high" } },
      },
      ...(digits === undefined ? [] : valueLabels(digits, log)),
    ],
  };
}

/** The numbers at the ends of the bars: above positive ones, below negative ones. */
function valueLabels(digits: number, log: boolean) {
  const label = (filter: string, baseline: "bottom" | "top", offset: number) => ({
    transform: [
      { filter },
      { calculate: `replace(format(datum.value, '.${digits}f'), '-', '−')`, as: "label" },
    ],
    mark: { type: "text" as const, baseline, dy: offset, fontSize: SIZES.note, color: INK },
    encoding: {
      y: { field: baseline === "bottom" ? "top" : "bottom", type: "quantitative" as const },
      text: { field: "label" },
    },
  });
  const ends = [
    { calculate: "isValid(datum.high) ? max(datum.value, datum.high) : datum.value", as: "top" },
    { calculate: "isValid(datum.low) ? min(datum.value, datum.low) : datum.value", as: "bottom" },
  ];
  const above = label(log ? "true" : "datum.value >= 0", "bottom", -3);
  const below = label("datum.value < 0", "top", 4);
  return (log ? [above] : [above, below]).map((layer) => ({
    ...layer,
    transform: [...ends, ...layer.transform],
  }));
}

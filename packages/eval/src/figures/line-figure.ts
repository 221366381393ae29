// Line charts: series with markers and confidence bands over numbers or categories.
import type { TopLevelSpec } from "vega-lite";
import { type AxisOptions, axisScale } from "./axis";
import { type LegendPlace, legendOf } from "./legend";
import { type Series, seriesRows } from "./series";
import { INK, SERIES_COLORS, SERIES_SHAPES } from "./style";

/** Options of {@link lineFigure}. */
export interface LineFigureOptions {
  readonly title?: string;
  /** A line under the title: profile, samples, what the band is. */
  readonly subtitle?: string;
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly series: readonly Series[];
  /** Markers on the points; on unless told, better off for curves of many points. */
  readonly markers?: boolean;
  /** How points are joined: straight, or in steps to the right (`"step"`), as distributions are. */
  readonly line?: "straight" | "step";
  /** `"right"` unless told; a single series has none. */
  readonly legend?: LegendPlace;
  /** Size of the plotting area [px], 460 by 300 unless told. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Specification of a line chart for {@link renderFigure}: NMSE over compression
 * ratio, rate over SNR, and the like. Axes are linear or logarithmic, or
 * categories when `x` holds names; bands show `low` to `high`.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` without series or with two of one name; `INVALID_SHAPE`
 * for arrays of different lengths; `NOT_FINITE` for a value that the axis cannot show.
 *
 * @example
 * ```ts
 * import { lineFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const { svg } = await renderFigure(
 *   lineFigure({
 *     title: "COST2100 outdoor",
 *     x: { title: "Compression ratio" },
 *     y: { title: "NMSE [dB]" },
 *     series: [
 *       { name: "CRNet", x: ["1/8", "1/16", "1/32"], y: [-7.1, -5.0, -3.4] },
 *       { name: "LLMCsiNet", x: ["1/8", "1/16", "1/32"], y: [-11.2, -8.0, -5.9], low: [-11.4, -8.2, -6.1], high: [-11.0, -7.8, -5.7] },
 *     ],
 *   }),
 * );
 * console.log(svg.includes("Compression ratio"), svg.includes("LLMCsiNet")); // true true
 * ```
 */
export function lineFigure(options: LineFigureOptions): TopLevelSpec {
  const { x, y, series, markers = true, line = "straight", width = 460, height = 300 } = options;
  const rows = seriesRows("lineFigure", series, x, y);
  const names = series.map(({ name }) => name);
  const categories = typeof rows[0]?.x === "string" ? [...new Set(rows.map((row) => row.x))] : undefined;
  const yAxis = axisScale(
    y,
    rows.flatMap((row) => [row.y, row.low ?? row.y, row.high ?? row.y]),
  );
  const xEncoding = categories
    ? {
        field: "x",
        type: "ordinal" as const,
        sort: categories,
        scale: { type: "point" as const, padding: 0.4 },
        axis: { title: x.title, labelAngle: 0, grid: true },
      }
    : quantitativeX(
        x,
        rows.map((row) => Number(row.x)),
      );
  const look = markers ? {} : { symbolSize: 400, rowPadding: -4 };
  const legend = legendOf(series.length, options.legend, look);
  const perSeries = (values: readonly string[]) => names.map((_, i) => values[i % values.length]);
  const bySeries = { field: "series", type: "nominal" as const, legend };
  const color = { ...bySeries, scale: { domain: names, range: perSeries(SERIES_COLORS) } };
  const interpolate = line === "step" ? ("step-after" as const) : ("linear" as const);
  const stroke = { type: "line" as const, strokeWidth: 1.9, interpolate, clip: true };
  const value = { field: "y", type: "quantitative" as const };
  const dashOf = ({ dashed }: Series) => (dashed ? [6, 4] : [1, 0]);
  const only = (name: string) => [{ filter: { field: "series", equal: name } }];
  // Bands, and lines under markers, are layers without encodings of their own, so
  // that neither their opacity nor their dashes get into the legend's symbols.
  const bands = series.flatMap(({ name, low }, i) =>
    low === undefined
      ? []
      : [
          {
            transform: only(name),
            mark: {
              type: "area" as const,
              color: color.scale.range[i],
              opacity: 0.18,
              interpolate,
              clip: true,
            },
            encoding: { y: { field: "low", type: "quantitative" as const }, y2: { field: "high" } },
          },
        ],
  );
  const curves = markers
    ? [
        ...series.map((one, i) => ({
          transform: only(one.name),
          mark: { ...stroke, color: color.scale.range[i], strokeDash: dashOf(one) },
          encoding: { y: value },
        })),
        {
          mark: {
            type: "point" as const,
            filled: true,
            size: 55,
            opacity: 1,
            stroke: "#ffffff",
            strokeWidth: 0.75,
          },
          encoding: {
            y: value,
            color,
            shape: { ...bySeries, scale: { domain: names, range: perSeries(SERIES_SHAPES) } },
          },
        },
      ]
    : [
        {
          mark: stroke,
          encoding: {
            y: value,
            color,
            strokeDash: { ...bySeries, scale: { domain: names, range: series.map(dashOf) } },
          },
        },
      ];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    ...titleOf(options),
    width,
    height,
    data: { values: rows.map((row) => ({ ...row })) },
    encoding: {
      x: xEncoding,
      y: { type: "quantitative", scale: yAxis.scale, axis: { title: y.title, ...yAxis.ticks } },
    },
    layer: [...bands, ...curves],
  };
}

function quantitativeX(x: AxisOptions, values: readonly number[]) {
  const { scale, ticks } = axisScale(x, values);
  return { field: "x", type: "quantitative" as const, scale, axis: { title: x.title, ...ticks } };
}

/** Title and subtitle as Vega-Lite wants them. */
export function titleOf(options: { readonly title?: string; readonly subtitle?: string }) {
  if (options.title === undefined) return {};
  return {
    title: {
      text: options.title,
      color: INK,
      ...(options.subtitle === undefined ? {} : { subtitle: options.subtitle }),
    },
  };
}

// A labelled matrix as coloured cells with their numbers: trained on against tested
// on, for one. Channels have their own figure.
import { assertFinite, assertShape } from "@csi-feedback/common";
import type { TopLevelSpec } from "vega-lite";
import { titleOf } from "./line-figure";
import { assertNames } from "./names";
import { SIZES } from "./style";

/** Options of {@link heatmapFigure}. */
export interface HeatmapFigureOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** Names of the rows, first on top, and the title of their axis. */
  readonly rows: readonly string[];
  readonly rowTitle?: string;
  /** Names of the columns and the title of their axis. */
  readonly columns: readonly string[];
  readonly columnTitle?: string;
  /** `[rows, columns]`, row by row. */
  readonly values: ArrayLike<number>;
  /** Title of the colour scale, with the unit in brackets. */
  readonly valueTitle: string;
  /** Digits after the point of the numbers in the cells, 1 unless told. */
  readonly digits?: number;
}

/**
 * Specification of a labelled matrix for {@link renderFigure}, each cell coloured
 * and with its number.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` when rows or columns are missing or named twice;
 * `INVALID_SHAPE`; `NOT_FINITE`.
 *
 * @example
 * ```ts
 * import { heatmapFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const { svg } = await renderFigure(
 *   heatmapFigure({
 *     rows: ["outdoor", "indoor"],
 *     rowTitle: "Trained on",
 *     columns: ["outdoor", "indoor"],
 *     columnTitle: "Tested on",
 *     values: [-10.2, -6.1, -3.3, -15.4],
 *     valueTitle: "NMSE [dB]",
 *   }),
 * );
 * console.log(svg.includes("Trained on"), svg.includes("−15.4")); // true true
 * ```
 */
export function heatmapFigure(options: HeatmapFigureOptions): TopLevelSpec {
  const { rows, columns, values, digits = 1 } = options;
  assertNames("heatmapFigure", { row: rows, column: columns });
  assertShape("heatmapFigure", values, [rows.length, columns.length]);
  assertFinite("heatmapFigure", values);
  const all = Array.from(values);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const cells = rows.flatMap((row, r) =>
    columns.map((column, c) => {
      const value = all[r * columns.length + c];
      // Viridis is dark at its lower end: light letters there.
      const dark = high > low && (value - low) / (high - low) < 0.55;
      return {
        row,
        column,
        value,
        label: value.toFixed(digits).replace("-", "−"),
        dark,
      };
    }),
  );
  const axis = { ticks: false, domain: false, grid: false };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    ...titleOf(options),
    width: { step: 86 },
    height: { step: 46 },
    data: { values: cells },
    encoding: {
      x: {
        field: "column",
        type: "ordinal",
        sort: [...columns],
        axis: { ...axis, title: options.columnTitle ?? null, labelAngle: 0 },
      },
      y: {
        field: "row",
        type: "ordinal",
        sort: [...rows],
        axis: { ...axis, title: options.rowTitle ?? null },
      },
    },
    layer: [
      {
        mark: { type: "rect", stroke: "#ffffff", strokeWidth: 1.5 },
        encoding: {
          color: {
            field: "value",
            type: "quantitative",
            scale: { scheme: "viridis", domain: high > low ? [low, high] : [low - 1, low + 1] },
            legend: {
              title: options.valueTitle,
              tickCount: 5,
              gradientLength: Math.max(60, 46 * rows.length - 24),
              offset: 14,
            },
          },
        },
      },
      {
        mark: { type: "text", fontSize: SIZES.title },
        encoding: {
          text: { field: "label" },
          color: { condition: { test: "datum.dark", value: "#ffffff" }, value: "#111111" },
        },
      },
    ],
  };
}

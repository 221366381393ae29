// Empirical distributions as step curves: rates per user, NMSE per sample, latency.
import { invalid } from "@csi-feedback/common";
import type { TopLevelSpec } from "vega-lite";
import { empiricalCdf } from "../bootstrap";
import type { AxisOptions } from "./axis";
import { type LineFigureOptions, lineFigure } from "./line-figure";

/** Options of {@link cdfFigure}. */
export interface CdfFigureOptions extends Omit<LineFigureOptions, "series" | "y" | "markers" | "line"> {
  /** The quantity whose distribution is shown. */
  readonly x: AxisOptions;
  readonly series: readonly {
    readonly name: string;
    readonly values: ArrayLike<number>;
    readonly dashed?: boolean;
  }[];
}

/** Points of one curve; more would not be seen. */
const MOST_POINTS = 500;

/**
 * Specification of empirical cumulative distributions for {@link renderFigure},
 * such as the achievable rate of every user. Sets of more than 500 values are
 * thinned to 500 equally spaced order statistics, the extremes kept.
 *
 * @throws CsiFeedbackError `EMPTY` for a series without values; otherwise as {@link lineFigure}.
 *
 * @example
 * ```ts
 * import { cdfFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const { svg } = await renderFigure(
 *   cdfFigure({
 *     x: { title: "Rate per user [bit/s/Hz]" },
 *     series: [{ name: "Perfect CSI", values: [4.1, 5.2, 6.3], dashed: true }, { name: "CRNet", values: [2.2, 2.9, 4.0] }],
 *   }),
 * );
 * console.log(svg.includes("Cumulative probability")); // true
 * ```
 */
export function cdfFigure(options: CdfFigureOptions): TopLevelSpec {
  const { series, ...rest } = options;
  return lineFigure({
    ...rest,
    y: { title: "Cumulative probability", domain: [0, 1] },
    markers: false,
    line: "step",
    series: series.map(({ values, ...one }) => {
      if (values.length === 0)
        invalid("EMPTY", "cdfFigure", `series "${one.name}" needs at least one value`, 0);
      const all = empiricalCdf(values);
      const count = Math.min(MOST_POINTS, values.length);
      const kept = Array.from({ length: count }, (_, i) =>
        Math.round((i * (values.length - 1)) / Math.max(1, count - 1)),
      );
      return {
        ...one,
        x: [all.values[0], ...kept.map((i) => all.values[i])],
        y: [0, ...kept.map((i) => all.probabilities[i])],
      };
    }),
  });
}

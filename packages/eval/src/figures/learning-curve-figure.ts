// Learning curves from the rows of a training log.
import { invalid } from "@csi-feedback/common";
import type { TopLevelSpec } from "vega-lite";
import { type LineFigureOptions, lineFigure } from "./line-figure";

/** One measurement of a training run. */
export interface LearningRow {
  /** Which curve it belongs to, such as `"LLMCsiNet-S, validation"`. */
  readonly curve: string;
  readonly epoch: number;
  readonly value: number;
}

/** Options of {@link learningCurveFigure}. */
export interface LearningCurveOptions extends Omit<LineFigureOptions, "series" | "x" | "line" | "markers"> {
  /** In any order. Rows whose value is not finite (a diverged step) leave a gap at that epoch. */
  readonly rows: readonly LearningRow[];
  /** What the numbers in `epoch` count; `"Epoch"` unless told. */
  readonly xTitle?: string;
  /** Curves drawn dashed, such as published ones. */
  readonly dashed?: readonly string[];
}

/** Fewer epochs than this have a tick each. */
const MOST_TICKS = 12;

/**
 * Specification of learning curves for {@link renderFigure}: one line for each
 * `curve` of the rows, in order of first appearance.
 *
 * @throws CsiFeedbackError `INVALID_ARGUMENT` without rows or when a curve has no finite value;
 * otherwise as {@link lineFigure}.
 *
 * @example
 * ```ts
 * import { learningCurveFigure, renderFigure } from "@csi-feedback/eval/figures";
 *
 * const rows = [1, 2, 3, 4].flatMap((epoch) => [
 *   { curve: "training", epoch, value: -2 * epoch },
 *   { curve: "validation", epoch, value: -1.8 * epoch },
 * ]);
 * const { svg } = await renderFigure(learningCurveFigure({ rows, y: { title: "NMSE [dB]" } }));
 * console.log(svg.includes("Epoch"), svg.includes("validation")); // true true
 * ```
 */
export function learningCurveFigure(options: LearningCurveOptions): TopLevelSpec {
  const { rows, dashed = [], xTitle = "Epoch", ...rest } = options;
  const curves = [...new Set(rows.map(({ curve }) => curve))];
  const last = Math.ceil(Math.max(0, ...rows.map(({ epoch }) => epoch)));
  const ticks = last <= MOST_TICKS ? { ticks: Array.from({ length: last + 1 }, (_, i) => i) } : {};
  return lineFigure({
    ...rest,
    x: { title: xTitle, ...ticks },
    markers: false,
    series: curves.map((name) => {
      const own = rows
        .filter(({ curve, value }) => curve === name && Number.isFinite(value))
        .sort((a, b) => a.epoch - b.epoch);
      if (own.length === 0) {
        invalid(
          "INVALID_ARGUMENT",
          "learningCurveFigure",
          `curve "${name}" must have a finite value`,
          own.length,
        );
      }
      return {
        name,
        x: own.map(({ epoch }) => epoch),
        y: own.map(({ value }) => value),
        dashed: dashed.includes(name),
      };
    }),
  });
}

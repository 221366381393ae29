// A metric over a number that stands in the rows' condition: an SNR, a number of samples,
// a number of bits. A line a method.
import { type AxisOptions, lineFigure } from "@csi-feedback/eval/figures";
import type { NamedFigure, ResultRow } from "../experiment";
import { CONTROL } from "../measure/controls";
import { TYPE_TWO } from "../measure/type-two";
import { intervalOf } from "./intervals";

const dashed: readonly string[] = [...Object.values(CONTROL), TYPE_TWO, "Perfect CSI"];

/** Options of {@link overCondition}. */
export interface OverConditionOptions {
  readonly name: string;
  readonly title: string;
  readonly metric: string;
  readonly x: AxisOptions;
  /** Where a row stands on the axis; rows without a number are left out. */
  readonly position: (row: ResultRow) => number;
  /** The line that a row belongs to; its method unless told. */
  readonly line?: (row: ResultRow) => string;
  readonly y?: Omit<AxisOptions, "title">;
}

/** Rows of one metric as lines. */
export function overCondition(rows: readonly ResultRow[], options: OverConditionOptions): NamedFigure {
  const { name, title, metric, x, position, line = ({ method }) => method } = options;
  const own = rows.filter((row) => row.metric === metric && Number.isFinite(position(row)));
  const lines = [...new Set(own.map(line))];
  const samples = [...new Set(own.map((row) => row.samples))].sort((a, b) => b - a)[0];
  return {
    name,
    specification: lineFigure({
      title,
      subtitle: `${own[0]?.profile} profile, ${samples} test samples, bands: 95 % bootstrap intervals`,
      x,
      y: { title: metric, ...options.y },
      series: lines.map((one) => {
        const found = own.filter((row) => line(row) === one).sort((a, b) => position(a) - position(b));
        return {
          name: one,
          x: found.map(position),
          y: found.map(({ value }) => value),
          dashed: dashed.some((control) => one.startsWith(control)),
          ...intervalOf(found),
        };
      }),
    }),
  };
}

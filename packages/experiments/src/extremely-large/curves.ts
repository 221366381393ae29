// Figures of NMSE over something: one line a method, in the order of the rows.
import { lineFigure } from "@csi-feedback/eval/figures";
import type { NamedFigure, ResultRow } from "../experiment";
import { XL_METRIC } from "./measure";

/** Options of {@link nmseCurves}. */
export interface CurveOptions {
  readonly name: string;
  readonly title: string;
  /** Title of the horizontal axis, with its unit. */
  readonly x: string;
  /** Where a row stands on it; rows without are left out. */
  place(row: ResultRow): number | undefined;
}

/** A figure of the NMSE of every method; none when there are no rows for it. */
export function nmseCurves(rows: readonly ResultRow[], options: CurveOptions): NamedFigure[] {
  const points = rows.flatMap((row) => {
    const x = row.metric === XL_METRIC.nmse ? options.place(row) : undefined;
    return x === undefined ? [] : [{ x, row }];
  });
  if (points.length === 0) return [];
  const series = [...new Set(points.map(({ row }) => row.method))].map((name) => {
    const own = points.filter(({ row }) => row.method === name).sort((a, b) => a.x - b.x);
    return {
      name,
      x: own.map(({ x }) => x),
      y: own.map(({ row }) => row.value),
      low: own.map(({ row }) => row.low ?? row.value),
      high: own.map(({ row }) => row.high ?? row.value),
      dashed: own.every(({ row }) => row.epochs === 0),
    };
  });
  const { profile, samples } = points[0].row;
  const specification = lineFigure({
    title: options.title,
    subtitle: `${profile} profile, ${samples} test channels; bands: 95 % bootstrap; dashed: not trained`,
    x: { title: options.x },
    y: { title: XL_METRIC.nmse },
    series,
  });
  return [{ name: options.name, specification }];
}

/** The number behind a word in a row's condition: `numberIn("SNR 10 dB", "SNR")` is 10. */
export function numberIn(condition: string, word: string): number | undefined {
  const found = new RegExp(`(?:^|, )${word} (-?[\\d.]+)`).exec(condition);
  return found ? Number(found[1]) : undefined;
}

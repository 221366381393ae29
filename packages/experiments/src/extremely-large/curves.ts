// Figures of NMSE over something: one line a method, in the order of the rows.
import { lineFigure } from "@csi-feedback/eval/figures";
import type { NamedFigure, ResultRow } from "../experiment";
import { XL_METRIC } from "./measure";

/** Of the plotting area [px]: curves a decibel apart are told apart. */
const HEIGHT = 400;

/** Options of {@link nmseCurves}. */
export interface CurveOptions {
  readonly name: string;
  readonly title: string;
  /** Title of the horizontal axis, with its unit; its ticks are where was measured. */
  readonly x: string;
  /** Title of the vertical axis; the NMSE in dB unless told. */
  readonly y?: string;
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
      ...(own.some(({ row }) => row.low === undefined)
        ? {}
        : { low: own.map(({ row }) => row.low as number), high: own.map(({ row }) => row.high as number) }),
      dashed: own.every(({ row }) => row.epochs === 0),
    };
  });
  const { profile } = points[0].row;
  const counts = points.map(({ row }) => row.samples);
  const samples = [...new Set([Math.min(...counts), Math.max(...counts)])].join(" to ");
  const ticks = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const bands = points.some(({ row }) => row.low !== undefined) ? "; bands: 95 % bootstrap" : "";
  const dashed = series.some((one) => one.dashed) ? "; dashed: not trained" : "";
  const specification = lineFigure({
    title: options.title,
    subtitle: `${profile} profile, ${samples} test channels${bands}${dashed}`,
    x: { title: options.x, ticks, domain: [ticks[0], ticks[ticks.length - 1]] },
    y: { title: options.y ?? XL_METRIC.nmse },
    series,
    height: HEIGHT,
  });
  return [{ name: options.name, specification }];
}

/** The number behind a word in a row's condition: `numberIn("SNR 10 dB", "SNR")` is 10. */
export function numberIn(condition: string, word: string): number | undefined {
  const found = new RegExp(`(?:^|, )${word} (-?[\\d.]+)`).exec(condition);
  return found ? Number(found[1]) : undefined;
}

// From rows of results to tables that fit a page: what goes into columns, what into rows,
// and what divides a table into groups.
import { type ComparedRow, isMeasured } from "../results/beside-paper";

/** A table of one channel. */
export interface PivotTable {
  readonly channel: string;
  /** What the columns are: ratios, methods, metrics. */
  readonly columnTitle: string;
  readonly columns: readonly string[];
  readonly groups: readonly PivotGroup[];
}

/** Rows under a heading of their own. */
export interface PivotGroup {
  readonly title: string;
  readonly rows: readonly PivotRow[];
  /** Whether a row's cells are of several methods; otherwise a column's are. */
  readonly methodsIn: "rows" | "columns";
}

/** A row with a cell, or none, for each column. */
interface PivotRow {
  readonly title: string;
  readonly cells: readonly (ComparedRow | undefined)[];
}

const distinct = (rows: readonly ComparedRow[], of: (row: ComparedRow) => string) => [
  ...new Set(rows.map(of)),
];

/** More methods than this do not stand side by side. */
const MOST_COLUMNS = 9;

/** Tables of rows of one experiment, profile and seed, one for each channel. */
export function pivot(rows: readonly ComparedRow[]): PivotTable[] {
  return distinct(rows, ({ channel }) => channel).map((channel) => {
    const own = rows.filter((row) => row.channel === channel);
    const ratios = distinct(own, ({ ratio }) => ratio).filter((ratio) => ratio !== "");
    const conditions = distinct(own, ({ condition }) => condition);
    const methods = distinct(own, ({ method }) => method);
    if (ratios.length > 1) {
      return table(channel, "Compression ratio", own, {
        column: ({ ratio }) => ratio || "no ratio",
        row: ({ method }) => method,
        group: ({ metric, condition }) => [metric, condition].filter(Boolean).join(", "),
        methodsIn: "rows",
      });
    }
    if (conditions.length > 1 && methods.length <= MOST_COLUMNS) {
      return table(channel, "Method", own, {
        column: ({ method }) => method,
        row: ({ condition, data }) => condition || data || "none",
        group: ({ metric, ratio }) => [metric, ratio || ratios[0]].filter(Boolean).join(", "),
        methodsIn: "columns",
      });
    }
    return table(channel, "Metric", own, {
      column: ({ metric }) => metric,
      row: ({ method }) => method,
      group: ({ condition, ratio }) => [ratio || ratios[0], condition].filter(Boolean).join(", "),
      methodsIn: "rows",
    });
  });
}

interface Axes {
  readonly column: (row: ComparedRow) => string;
  readonly row: (row: ComparedRow) => string;
  readonly group: (row: ComparedRow) => string;
  readonly methodsIn: PivotGroup["methodsIn"];
}

function table(channel: string, columnTitle: string, rows: readonly ComparedRow[], axes: Axes): PivotTable {
  const columns = distinct(rows, axes.column);
  const groups = distinct(rows, axes.group).map((title): PivotGroup => {
    const ofGroup = rows.filter((row) => axes.group(row) === title);
    return {
      title,
      methodsIn: axes.methodsIn,
      rows: distinct(ofGroup, axes.row).map((name) => ({
        title: name,
        cells: columns.map((column) =>
          ofGroup.find((row) => axes.row(row) === name && axes.column(row) === column),
        ),
      })),
    };
  });
  return { channel, columnTitle, columns, groups };
}

/** The cells that hold the best value of their metric among the methods that stand against each other. */
export function bestCells(
  { rows, methodsIn }: PivotGroup,
  direction: (metric: string) => number,
): Set<ComparedRow> {
  const best = new Set<ComparedRow>();
  const lines =
    methodsIn === "rows"
      ? (rows[0]?.cells ?? []).map((_, column) => rows.map(({ cells }) => cells[column]))
      : rows.map(({ cells }) => cells);
  for (const line of lines) {
    const cells = line.filter((cell) => cell !== undefined).filter(isMeasured);
    const sign = cells.length > 1 ? direction(cells[0].metric) : 0;
    if (sign === 0) continue;
    const top = Math.max(...cells.map(({ value }) => sign * value));
    for (const cell of cells) if (sign * cell.value === top) best.add(cell);
  }
  return best;
}

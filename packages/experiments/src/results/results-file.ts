// A results file: one CSV, one row a number, and the format's version in its first
// column. Read and written here and nowhere else.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import Papa from "papaparse";
import type { ResultRow } from "../experiment";

/** Version of the format; a file of another one is refused, not guessed at. */
const VERSION = "1";

/** What a cell of each column is: text, a number, or a number that may be missing. */
const columns = {
  experiment: "text",
  method: "text",
  channel: "text",
  ratio: "text",
  condition: "text",
  metric: "text",
  value: "number",
  low: "optional",
  high: "optional",
  paper: "optional",
  profile: "text",
  samples: "number",
  data: "text",
  epochs: "number",
  seed: "number",
  engine: "text",
  hardware: "text",
  commit: "text",
} as const satisfies Record<keyof ResultRow, "text" | "number" | "optional">;

const names = Object.keys(columns) as (keyof ResultRow)[];
const header = ["format", ...names];

/** What makes two rows the same number: a new measurement replaces the old one. */
const keyColumns = [
  "experiment",
  "method",
  "channel",
  "ratio",
  "condition",
  "metric",
  "profile",
  "seed",
] as const satisfies readonly (keyof ResultRow)[];

/**
 * Reads the text of a results file.
 *
 * @param name - of the file, for messages.
 * @throws CsiFeedbackError `RESULTS_VERSION` for a file of another version of the format,
 * `INVALID_RESULTS` for one that is damaged or was changed by hand, with the line.
 *
 * @example
 * ```ts
 * import { formatResults, parseResults } from "@csi-feedback/experiments";
 *
 * console.log(parseResults(formatResults([]), "results/table-3.csv")); // []
 * ```
 */
export function parseResults(text: string, name: string): ResultRow[] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ",", skipEmptyLines: true });
  const [first = [], ...rows] = data;
  const version = first[0] === "format" ? (rows[0]?.[0] ?? VERSION) : "unknown";
  if (version !== VERSION) {
    throw new CsiFeedbackError(
      "RESULTS_VERSION",
      `${name}: this is a results file of version ${version}, and version ${VERSION} is understood here; keep it with the release that wrote it, or move it away and measure again`,
    );
  }
  if (errors.length > 0) damaged(name, errors[0].row ?? 0, errors[0].message);
  if (first.join() !== header.join()) damaged(name, 0, `the columns must be ${header.join(", ")}`);
  const parsed = rows.map((cells, i) => parseRow(cells, name, i + 1));
  if (new Set(parsed.map(keyOf)).size < parsed.length) damaged(name, 0, "a number stands there twice");
  return parsed;
}

/**
 * The text of a results file with these rows.
 *
 * @throws CsiFeedbackError `NOT_FINITE` for a value that is no number.
 */
export function formatResults(rows: readonly ResultRow[]): string {
  for (const row of rows) {
    for (const name of names) {
      if (columns[name] !== "text" && row[name] !== undefined && !Number.isFinite(row[name])) {
        invalid("NOT_FINITE", "formatResults", `${name} of ${keyOf(row)} must be a finite number`, row[name]);
      }
    }
  }
  const cells = rows.map((row) => [VERSION, ...names.map((name) => String(row[name] ?? ""))]);
  return `${Papa.unparse([header, ...cells], { newline: "\n" })}\n`;
}

/** The rows of a file; none when there is no such file. */
export async function readResultsFile(path: string): Promise<ResultRow[]> {
  try {
    return parseResults(await readFile(path, "utf8"), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Writes a file whole or not at all. */
export async function writeResultsFile(path: string, rows: readonly ResultRow[]): Promise<void> {
  await writeFileAtomic(path, formatResults(rows));
}

/** Old rows with new ones in their places, and what is new at the end. */
export function mergeRows(old: readonly ResultRow[], fresh: readonly ResultRow[]): ResultRow[] {
  const rows = new Map(old.map((row) => [keyOf(row), row]));
  for (const row of fresh) rows.set(keyOf(row), row);
  return [...rows.values()];
}

function keyOf(row: ResultRow): string {
  return JSON.stringify(keyColumns.map((name) => row[name]));
}

function parseRow(cells: readonly string[], name: string, line: number): ResultRow {
  if (cells.length !== header.length) damaged(name, line, `${header.length} cells are needed`);
  if (cells[0] !== VERSION) damaged(name, line, `all rows must be of version ${VERSION}`);
  const entries = new Map<string, string | number>();
  for (const [i, column] of names.entries()) {
    const cell = cells[i + 1];
    if (columns[column] === "text") {
      entries.set(column, cell);
    } else if (cell !== "" || columns[column] === "number") {
      const value = cell.trim() === "" ? Number.NaN : Number(cell);
      if (!Number.isFinite(value)) {
        damaged(name, line, `${column} must be a number, not ${JSON.stringify(cell)}`);
      }
      entries.set(column, value);
    }
  }
  return Object.fromEntries(entries) as unknown as ResultRow;
}

function damaged(name: string, row: number, reason: string): never {
  throw new CsiFeedbackError(
    "INVALID_RESULTS",
    `${name}, line ${row + 1}: ${reason}; the file is damaged or was changed by hand, take it back from version control or move it away`,
  );
}

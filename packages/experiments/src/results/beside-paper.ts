// The paper's numbers beside ours, those included that were not measured.
import Papa from "papaparse";
import type { ResultRow } from "../experiment";
import { paperMethod } from "../paper/lookup";
import { printedNumbers } from "../paper/printed";

/** A number of ours, of the paper, or both; without `value` it was not measured. */
export type ComparedRow = Omit<ResultRow, "value"> & { readonly value?: number };

/** What {@link besidePaper} compares. */
export interface ComparedWith {
  /** Of an experiment, profile and seed. */
  readonly rows: readonly ResultRow[];
  readonly experiment: string;
  readonly profile: string;
  readonly seed: number;
}

/**
 * The rows, and after them a row without a value for every number that the paper prints and that none of
 * them stands beside.
 *
 * @example
 * ```ts
 * import { besidePaper } from "@csi-feedback/experiments";
 *
 * const rows = besidePaper({ rows: [], experiment: "figure-5", profile: "laptop", seed: 1 });
 * const { method, channel, ratio, paper, value } = rows[0];
 * console.log(method, channel, ratio, paper, value); // CRNet cost2100-outdoor 1/8 -7.051 undefined
 * ```
 */
export function besidePaper({ rows, experiment, profile, seed }: ComparedWith): ComparedRow[] {
  const placeOf = (row: Pick<ResultRow, "method" | "channel" | "ratio" | "metric">) =>
    JSON.stringify([paperMethod(row.method), row.channel, row.ratio, row.metric]);
  const beside = rows.filter(({ paper }) => paper !== undefined);
  const known = new Set(beside.map(placeOf));
  // What the paper calls by another name goes into the row of ours that is compared with it.
  const titles = new Map(beside.map(({ method }) => [paperMethod(method), method]));
  const nowhere = { data: "", engine: "", hardware: "", commit: "" };
  const missing = printedNumbers(experiment)
    .filter((printed) => !known.has(placeOf(printed)))
    .map((printed) => {
      const method = titles.get(printed.method) ?? printed.method;
      return { ...printed, method, experiment, profile, seed, samples: 0, epochs: 0, ...nowhere };
    });
  return [...rows, ...missing];
}

/** Whether a row has a number of ours. */
export function isMeasured(row: ComparedRow): row is ResultRow {
  return row.value !== undefined;
}

const columns = [
  "method",
  "channel",
  "ratio",
  "condition",
  "metric",
  "paper",
  "measured",
  "difference",
  "low",
  "high",
  "samples",
  "data",
  "epochs",
  "engine",
  "hardware",
  "commit",
] as const;

/** A compared row with the paper's number, ours and the difference, each `null` where there is none. */
export type Comparison = Omit<ComparedRow, "experiment" | "profile" | "seed" | "value" | "paper"> & {
  readonly paper: number | null;
  readonly measured: number | null;
  readonly difference: number | null;
};

/** A row as {@link Comparison}. */
export function comparisonOf(row: ComparedRow): Comparison {
  const { experiment, profile, seed, value, paper = null, ...rest } = row;
  const difference = value === undefined || paper === null ? null : value - paper;
  return { ...rest, paper, measured: value ?? null, difference };
}

/** Compared rows as CSV for other programs: a line a row, empty cells for what there is not. */
export function formatComparison(rows: readonly ComparedRow[]): string {
  const cells = rows.map((row) => {
    const comparison = comparisonOf(row);
    return columns.map((name) => String(comparison[name] ?? ""));
  });
  return `${Papa.unparse([[...columns], ...cells], { newline: "\n" })}\n`;
}

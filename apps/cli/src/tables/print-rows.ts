// Rows of an experiment for people: the paper's number, ours, the difference, and what
// they were measured under.
import {
  type ComparedRow,
  digitsOf,
  type Experiment,
  isMeasured,
  type ResultRow,
} from "@csi-feedback/experiments";
import { printTable } from "../text-table";

/** Prints the rows, a block for each channel and metric, and the conditions that all share. */
export function printRows(experiment: Experiment, rows: readonly ComparedRow[]): void {
  process.stdout.write(`${experiment.title}\n`);
  for (const metric of new Set(rows.map((row) => row.metric))) {
    const ofMetric = rows.filter((row) => row.metric === metric);
    for (const channel of new Set(ofMetric.map((row) => row.channel))) {
      printBlock(
        [channel, metric].filter(Boolean).join(", "),
        ofMetric.filter((row) => row.channel === channel),
      );
    }
  }
  process.stdout.write("\n");
  for (const line of [...conditions(rows.filter(isMeasured)), ...(experiment.notes ?? [])])
    process.stdout.write(`${line}\n`);
}

function printBlock(caption: string, rows: readonly ComparedRow[]): void {
  const digits = digitsOf(rows[0].metric);
  const text = (value: number | undefined) =>
    value === undefined ? "-" : value.toLocaleString("en-US", decimals(digits));
  const header = ["ratio", "condition", "method", "paper", "ours", "difference", "95 % interval", "samples"];
  const cells = rows.map(({ ratio, condition, method, paper, value, low, high, samples }) => [
    ratio,
    condition,
    method,
    text(paper),
    text(value),
    paper === undefined || value === undefined ? "-" : signed(value - paper, digits),
    low === undefined ? "-" : `${text(low)} to ${text(high)}`,
    samples === 0 ? "-" : String(samples),
  ]);
  // A column in which nothing stands says nothing.
  const kept = header
    .map((_, column) => column)
    .filter((column) => cells.some((row) => !["", "-"].includes(row[column])));
  process.stdout.write(`\n${caption}\n\n`);
  printTable(
    kept.map((column) => header[column]),
    cells.map((row) => kept.map((column) => row[column])),
  );
}

const decimals = (digits: number) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });

function signed(difference: number, digits: number): string {
  return difference.toLocaleString("en-US", { ...decimals(digits), signDisplay: "exceptZero" });
}

/** What all rows have in common, a line each. */
function conditions(rows: readonly ResultRow[]): string[] {
  if (rows.length === 0) return ["nothing of ours was measured"];
  const all = (field: "data" | "engine" | "hardware" | "commit") =>
    [...new Set(rows.map((row) => row[field]).filter(Boolean))].join("; ");
  const [{ profile, seed }] = rows;
  const data = all("data");
  return [
    `${profile} profile, seed ${seed}${data ? `; ${data}` : ""}`,
    `${all("engine")}; ${all("hardware")}; commit ${all("commit")}`,
  ];
}

// Reads the files of refiner-data.ts.
import { readFileSync } from "node:fs";
import { SIZE } from "./remainder-files";

/** A decoded path; gains and widths along and across the gain are over the step, in whose units that along is 1. */
export interface DecodedPath {
  /** [taps] */
  readonly delay: number;
  /** [bins] */
  readonly column: number;
  readonly re: number;
  readonly im: number;
  /** Widths of its cell [taps, bins]. */
  readonly delayWidth: number;
  readonly columnWidth: number;
  /** Magnitude times the angle between two phases. */
  readonly acrossWidth: number;
}

/** What a base station knows of a report, and the energy of the channel [steps^2]. */
export interface ReportLine {
  readonly kind: "sparse paths" | "LLMCsiNet+" | "fitted jointly";
  /** Index into the channels of path lists. */
  readonly channel: number;
  readonly sample: number;
  readonly budget: number;
  readonly energy: number;
  readonly paths: readonly DecodedPath[];
}

/** A report with what it leaves of the channel, `[2, 32, 32]` [steps], and the energy of that. */
export interface Report extends ReportLine {
  readonly rest: Float32Array;
  readonly error: number;
}

export function readReports(path: string): Report[] {
  const bytes = readFileSync(`${path}.f32`);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const lines = readFileSync(`${path}.jsonl`, "utf8").trim().split("\n");
  return lines.map((text, i) => {
    const rest = values.subarray(i * SIZE, (i + 1) * SIZE);
    return { ...(JSON.parse(text) as ReportLine), rest, error: rest.reduce((sum, x) => sum + x * x, 0) };
  });
}

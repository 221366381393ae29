// What a table of the paper is to the command line: data for --json, and parts for people.
import type { Ratio } from "../ratio";

/** Columns and rows as text. */
interface TextPart {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table, computed. */
export interface PaperTable {
  /** What `--json` prints. */
  readonly json: object;
  readonly parts: readonly TextPart[];
  /** Sentences below the parts. */
  readonly notes: readonly string[];
}

/** 8 of `1/8`. */
export function denominatorOf(ratio: Ratio): number {
  return Number(ratio.slice(2));
}

/** A whole number with thousands separated. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** As the paper prints sizes: 3.16K, 0.52M, 118.24M. */
export function abbreviated(value: number): string {
  return value < 10_000 ? `${(value / 1e3).toFixed(2)}K` : `${(value / 1e6).toFixed(2)}M`;
}

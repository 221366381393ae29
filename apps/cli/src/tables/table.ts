// What a table of the paper is to the command line: data for --json, and parts for people.
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

/** A whole number with thousands separated. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

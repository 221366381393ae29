// Plain text tables on stdout, columns aligned, numbers to the right.
import { stripVTControlCharacters } from "node:util";

/** Prints a header and rows; a column whose cells are all numeric is aligned to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const width = (text: string) => stripVTControlCharacters(text).length;
  const widths = header.map((title, column) =>
    Math.max(width(title), ...rows.map((row) => width(row[column]))),
  );
  const numeric = header.map((_, column) =>
    rows.every((row) => /^[-+]?[\d.,/]+$/.test(stripVTControlCharacters(row[column]))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const pad = " ".repeat(widths[column] - width(cell));
        return numeric[column] ? pad + cell : cell + pad;
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((size) => "-".repeat(size)).join("  ");
  process.stdout.write(`${[line(header), rule, ...rows.map(line)].join("\n")}\n`);
}

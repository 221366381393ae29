// The README's table of kernels is the registry's. `UPDATE_README=1 npx vitest run
// src/kernel-table.test.ts` writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kernelTable } from "../test/kernel-table";

const readme = join(import.meta.dirname, "../README.md");
const marked = /(<!-- kernels -->\n)[\s\S]*(\n<!-- \/kernels -->)/;

/** Text without what a formatter adds to tables: padding and longer rules. */
const unaligned = (text: string) =>
  text
    .replace(/ +/g, " ")
    .replace(/-{3,}/g, "---")
    .replace(/(?<=\|) | (?=\|)/g, "");

test("the README lists the kernels that are registered", () => {
  const text = readFileSync(readme, "utf8");
  const current = text.replace(
    marked,
    (_, start: string, end: string) => `${start}\n${kernelTable()}\n${end}`,
  );
  if (process.env.UPDATE_README === "1") writeFileSync(readme, current);
  else expect(unaligned(text)).toBe(unaligned(current));
});

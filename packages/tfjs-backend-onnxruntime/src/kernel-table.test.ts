// The README's table of kernels is the registry's. `UPDATE_README=1 npx vitest run
// src/kernel-table.test.ts` writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kernelTable } from "../test/kernel-table";

const readme = join(import.meta.dirname, "../README.md");
const marked = /(<!-- kernels -->\n)[\s\S]*(\n<!-- \/kernels -->)/;

test("the README lists the kernels that are registered", () => {
  const text = readFileSync(readme, "utf8");
  const current = text.replace(
    marked,
    (_, start: string, end: string) => `${start}\n${kernelTable()}\n${end}`,
  );
  if (process.env.UPDATE_README === "1") writeFileSync(readme, current);
  else expect(text).toBe(current);
});

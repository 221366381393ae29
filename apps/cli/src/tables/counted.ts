// The tables that follow from counting alone, and how they are printed.
import { printTable } from "../text-table";
import type { PaperTable } from "./table";

const counted: Readonly<Record<string, () => Promise<PaperTable>>> = {
  "table-2": async () => (await import("./table-2")).table2(),
  "table-4": async () => (await import("./table-4")).table4(),
  "table-5": async () => (await import("./table-5")).table5(),
};

/** Prints a counted table; nothing for an experiment that is none. */
export async function showCounted(id: string, json: boolean): Promise<boolean> {
  if (!Object.hasOwn(counted, id)) return false;
  const table = await counted[id]();
  if (json) {
    process.stdout.write(`${JSON.stringify(table.json, null, 2)}\n`);
    return true;
  }
  for (const { caption, header, rows } of table.parts) {
    process.stdout.write(`${caption}\n\n`);
    printTable(header, rows);
    process.stdout.write("\n");
  }
  for (const note of table.notes) process.stdout.write(`${note}\n`);
  return true;
}

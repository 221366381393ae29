// `csi-feedback table`: the tables of the paper that follow from counting alone.
import { invalid } from "@csi-feedback/common";
import { printTable } from "../text-table";
import type { PaperTable } from "./table";

const tables: Readonly<Record<string, () => Promise<PaperTable>>> = {
  2: async () => (await import("./table-2")).table2(),
  4: async () => (await import("./table-4")).table4(),
  5: async () => (await import("./table-5")).table5(),
};

export async function showTable(number: string, { json }: { readonly json?: boolean }): Promise<void> {
  if (!Object.hasOwn(tables, number)) {
    invalid("UNKNOWN_TABLE", "table", `must be one of ${Object.keys(tables).join(", ")}`, number);
  }
  const table = await tables[number]();
  if (json) {
    process.stdout.write(`${JSON.stringify(table.json, null, 2)}\n`);
    return;
  }
  for (const { caption, header, rows } of table.parts) {
    process.stdout.write(`${caption}\n\n`);
    printTable(header, rows);
    process.stdout.write("\n");
  }
  for (const note of table.notes) process.stdout.write(`${note}\n`);
}

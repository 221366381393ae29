// The compatibility table of the README, from the registry of kernels.
import { coreKernelNames } from "../src/kernels/missing";
import { viewKernels } from "../src/kernels/storage";
import { kernelGroups, recordingKernels } from "../src/kernels/tables";

const list = (names: readonly string[]) => [...names].sort().join(", ");

/** Markdown rows: kernels that the backend has, by subject, and those that it lacks. */
export function kernelTable(): string {
  const has = (name: string) => name in recordingKernels || name in viewKernels;
  const groups = { ...kernelGroups, "views of the same data": viewKernels };
  const rows = Object.entries(groups).map(
    ([subject, table]) => `| ${subject} | ${list(Object.keys(table))} |`,
  );
  const all = coreKernelNames();
  const missing = all.filter((name) => !has(name));
  return [
    `${all.length - missing.length} of the ${all.length} kernels of tfjs-core:`,
    "",
    "| subject | kernels |",
    "|---|---|",
    ...rows,
    "",
    `Not there, an error that says so: ${list(missing)}.`,
  ].join("\n");
}

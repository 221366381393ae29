// The results folder: one file an experiment. Several processes may add to it at once.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { lockFile } from "@csi-feedback/common/node";
import type { ResultRow } from "../experiment";
import { mergeRows, readResultsFile, writeResultsFile } from "./results-file";

/** Longest time that another process is waited for [ms]; it needs milliseconds. */
const WAIT = 60_000;

/**
 * Puts rows into `FOLDER/EXPERIMENT.csv`. A row replaces the one with the same experiment, method, channel,
 * ratio, condition, metric, profile and seed. Files are written whole, under a lock, so that nothing is
 * lost when two processes do this at once or one of them is killed.
 *
 * @throws CsiFeedbackError of {@link parseResults} when a file is there that cannot be read: it stays as it is.
 */
export async function mergeResults(folder: string, rows: readonly ResultRow[]): Promise<void> {
  for (const experiment of new Set(rows.map((row) => row.experiment))) {
    const path = join(folder, `${experiment}.csv`);
    const unlock = await lockFile(`${path}.lock`, { wait: WAIT });
    try {
      const fresh = rows.filter((row) => row.experiment === experiment);
      await writeResultsFile(path, mergeRows(await readResultsFile(path), fresh));
    } finally {
      await unlock();
    }
  }
}

/**
 * All rows of a results folder, file by file in the order of their names; none when there is no folder.
 *
 * @throws CsiFeedbackError of {@link parseResults}.
 */
export async function readResults(folder: string): Promise<ResultRow[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const rows: ResultRow[] = [];
  for (const file of files.filter((name) => name.endsWith(".csv")).sort(naturalOrder)) {
    rows.push(...(await readResultsFile(join(folder, file))));
  }
  return rows;
}

const { compare: naturalOrder } = new Intl.Collator("en", { numeric: true });

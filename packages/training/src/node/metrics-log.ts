// metrics.jsonl: every event of a run as one line of JSON. A resumed run first
// drops the lines it is going to write again.
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@csi-feedback/common/node";
import type { TrainingEvent } from "../events";

/** One line of `metrics.jsonl`. */
export type MetricsLine = TrainingEvent & {
  /** When the event happened, ISO 8601. */
  readonly time: string;
};

const FILE = "metrics.jsonl";

/**
 * The events of a run folder, oldest first. A half-written last line, as a killed run may leave it, is
 * left out.
 */
export async function readMetrics(directory: string): Promise<MetricsLine[]> {
  const text = await readFile(join(directory, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as MetricsLine);
}

/** Appends an event. */
export async function appendMetrics(directory: string, event: TrainingEvent): Promise<void> {
  const line: MetricsLine = { time: new Date().toISOString(), ...event };
  await appendFile(join(directory, FILE), `${JSON.stringify(line)}\n`);
}

/** Drops what comes after event number `sequence`. */
export async function truncateMetrics(directory: string, sequence: number): Promise<void> {
  const kept = (await readMetrics(directory)).filter((line) => line.sequence <= sequence);
  await writeFileAtomic(join(directory, FILE), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

// Learning curves in the results folder: a small CSV for each finished training, so that
// what was learned when can be seen without the run folders, which are too large to keep.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import Papa from "papaparse";
import { describeDefinition } from "../runs/job";
import type { TrainingDefinition } from "../training/definition";
import { type LearningPoint, readLearningCurve } from "../training/learning-curve";
import { readDefinitionFile, readSummary } from "../training/run";

/** A training with its validations. */
export interface LearningRun {
  /** Name of its run folder: the first digits of the definition's hash. */
  readonly id: string;
  /** Data, ratios: what a figure is about. */
  readonly group: string;
  /** The network and what is special about its training. */
  readonly title: string;
  /** NMSE by epoch; several points at one epoch where a stage ends and the next begins. */
  readonly points: readonly Pick<LearningPoint, "stage" | "epoch" | "nmseDb">[];
}

/** Folder of the curves in the results folder. */
const FOLDER = "learning";
/** Version of the format. */
const VERSION = "1";

const columns = [
  "format",
  "network",
  "data",
  "stage",
  "epoch",
  "elements",
  "training_loss",
  "validation_loss",
  "nmse_db",
  "engine",
  "hardware",
  "commit",
] as const;

/** Names of run folders under a base folder. */
export async function runNames(runs: string): Promise<string[]> {
  const names = await readdir(runs).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => /^[0-9a-f]{16}$/.test(name)).sort();
}

/** What a figure says about a training: its network, and the data and ratios it shares with others. */
export function learningTitle(definition: TrainingDefinition): Pick<LearningRun, "group" | "title"> {
  const samples = definition.data.train.reduce((sum, part) => sum + (part.samples ?? 0), 0);
  const [title, ...rest] = describeDefinition(definition).split(", ");
  return { title, group: `${rest.join(", ")}, ${samples.toLocaleString("en-US")} samples` };
}

/**
 * Writes `FOLDER/learning/RUN.csv` for every finished run under the base folder of the runs: a line for
 * each validation and number of kept elements.
 *
 * @returns the number of curves.
 */
export async function keepLearningCurves(folder: string, runs: string): Promise<number> {
  let kept = 0;
  for (const name of await runNames(runs)) {
    const run = join(runs, name);
    const summary = await readSummary(run);
    const definition = (await readDefinitionFile(run))?.definition;
    if (summary === undefined || definition === undefined) continue;
    const { title, group } = learningTitle(definition);
    const { engine, hardware, commit } = summary;
    const cells = (await readLearningCurve(run)).flatMap((point) =>
      point.perElements.map(({ elements, nmse }) =>
        [
          ...[VERSION, title, group, point.stage, point.epoch, elements],
          ...[point.trainingLoss, point.validationLoss, nmse, engine, hardware, commit],
        ].map((cell) => String(cell ?? "")),
      ),
    );
    const path = join(folder, FOLDER, `${name}.csv`);
    await writeFileAtomic(path, `${Papa.unparse([[...columns], ...cells], { newline: "\n" })}\n`);
    kept++;
  }
  return kept;
}

/**
 * The curves that {@link keepLearningCurves} wrote into a results folder.
 *
 * @throws CsiFeedbackError `RESULTS_VERSION` or `INVALID_RESULTS` for a file of another version or form.
 */
export async function readKeptCurves(folder: string): Promise<LearningRun[]> {
  const names = await readdir(join(folder, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const runs: LearningRun[] = [];
  for (const name of names.filter((one) => one.endsWith(".csv")).sort()) {
    const path = join(folder, FOLDER, name);
    runs.push({ id: name.slice(0, -".csv".length), ...parseCurve(await readFile(path, "utf8"), path) });
  }
  return runs;
}

function parseCurve(text: string, path: string): Omit<LearningRun, "id"> {
  const { data } = Papa.parse<string[]>(text, { delimiter: ",", skipEmptyLines: true });
  const [header = [], ...rows] = data;
  const version = header[0] === "format" ? rows[0]?.[0] : "unknown";
  if (version !== VERSION) {
    const message = `${path}: this is a learning curve of version ${version ?? "unknown"}, and version ${VERSION} is understood here`;
    throw new CsiFeedbackError("RESULTS_VERSION", message);
  }
  const cell = (row: readonly string[], name: (typeof columns)[number]) => row[columns.indexOf(name)] ?? "";
  const points = new Map<string, { stage: string; epoch: number; values: number[] }>();
  for (const [i, row] of rows.entries()) {
    const stage = cell(row, "stage");
    const [epoch, nmse] = [cell(row, "epoch"), cell(row, "nmse_db")].map((one) =>
      one.trim() === "" ? Number.NaN : Number(one),
    );
    if (header.join() !== columns.join() || row.length !== columns.length || Number.isNaN(epoch + nmse)) {
      const message = `${path}, line ${i + 2}: the columns must be ${columns.join(", ")}, with numbers in epoch and nmse_db`;
      throw new CsiFeedbackError("INVALID_RESULTS", message);
    }
    const key = JSON.stringify([stage, epoch]);
    const point = points.get(key) ?? { stage, epoch, values: [] };
    points.set(key, point);
    point.values.push(nmse);
  }
  return {
    title: cell(rows[0], "network"),
    group: cell(rows[0], "data"),
    points: [...points.values()].map(({ values, ...place }) => ({
      ...place,
      nmseDb: values.reduce((sum, value) => sum + value, 0) / values.length,
    })),
  };
}

// `csi-feedback train plot`: learning curves of run folders, laid over each other and
// over published ones.
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { type LearningRow, learningCurveFigure, renderFigure } from "@csi-feedback/eval/figures";
import { type LearningPoint, readLearningCurve } from "@csi-feedback/experiments";

/** The options of `csi-feedback train plot`, as the command line gives them. */
export interface PlotOptions {
  readonly out?: string;
  readonly metric: "nmse" | "loss";
  readonly overlay?: string;
  readonly over: "epochs" | "steps";
  /** Last value of the axis that is drawn. */
  readonly until?: number;
  readonly json?: boolean;
}

/** Draws the runs; prints the points with `--json`. */
export async function plotRuns(folders: readonly string[], options: PlotOptions): Promise<void> {
  const names = folders.map((folder) => basename(resolve(folder)));
  const runs: { name: string; points: LearningPoint[] }[] = [];
  for (const [i, folder] of folders.entries()) {
    const name = names.indexOf(names[i]) === names.lastIndexOf(names[i]) ? names[i] : folder;
    runs.push({ name, points: await readLearningCurve(folder) });
  }
  const several = runs.length > 1 || options.overlay !== undefined;
  const { until = Number.POSITIVE_INFINITY } = options;
  const shown = (rows: readonly LearningRow[]) => rows.filter(({ epoch }) => epoch <= until);
  const own = shown(runs.flatMap(({ name, points }) => rowsOf(points, options, several ? name : "")));
  const published = options.overlay === undefined ? [] : shown(await readOverlay(options.overlay, options));
  const figure = await renderFigure(
    learningCurveFigure({
      rows: [...own, ...published],
      dashed: published.map(({ curve }) => curve),
      xTitle: options.over === "steps" ? "Optimizer step" : "Epoch",
      y: { title: options.metric === "nmse" ? "Validation NMSE [dB]" : "Loss", ...logAxis(options.metric) },
      ...(runs.length === 1 ? { title: runs[0].name } : {}),
    }),
  );
  const out = (options.out ?? join(folders[0], "learning-curve")).replace(/\.(svg|png)$/, "");
  await writeFileAtomic(`${out}.svg`, figure.svg);
  await writeFileAtomic(`${out}.png`, figure.png);
  process.stderr.write(`${out}.svg, ${out}.png\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
}

const logAxis = (metric: PlotOptions["metric"]) => (metric === "loss" ? ({ scale: "log" } as const) : {});

/** The curves of a run: one per number of elements when it is drawn alone, their mean beside others. */
function rowsOf(points: readonly LearningPoint[], { metric, over }: PlotOptions, run: string): LearningRow[] {
  return points.flatMap(({ epoch, step, nmseDb, perElements, trainingLoss, validationLoss }) => {
    const row = (curve: string, value: number): LearningRow => ({
      curve: run === "" ? curve : curve === "" ? run : `${run}, ${curve}`,
      epoch: over === "steps" ? step : epoch,
      value,
    });
    if (metric === "loss") {
      const training = trainingLoss === undefined ? [] : [row("training", trainingLoss)];
      return [...training, row("validation", validationLoss)];
    }
    if (run !== "") return [row("", nmseDb)];
    return perElements.map(({ elements, nmse }) =>
      row(elements === undefined ? "NMSE" : `M = ${elements}`, nmse),
    );
  });
}

/** Curves of a CSV file with the columns `curve`, `epoch` or `step`, and `nmse_db` or `loss`. */
async function readOverlay(path: string, { metric, over }: PlotOptions): Promise<LearningRow[]> {
  const lines = (await readFile(path, "utf8"))
    .split(/\r?\n/)
    .filter((line) => line !== "" && line[0] !== "#");
  const header = lines[0]?.split(",") ?? [];
  const column = metric === "nmse" ? "nmse_db" : "loss";
  const axis = over === "steps" ? "step" : "epoch";
  const [curve, epoch, value] = ["curve", axis, column].map((name) => header.indexOf(name));
  const bad = (rule: string): never => {
    throw new CsiFeedbackError("INVALID_CSV", `${path}: ${rule}`);
  };
  if (Math.min(curve, epoch, value) < 0) bad(`the first line must name curve, ${axis} and ${column}`);
  return lines.slice(1).map((line, i) => {
    const cells = line.split(",");
    const row = { curve: cells[curve], epoch: Number(cells[epoch]), value: Number(cells[value]) };
    if (!row.curve || !Number.isFinite(row.epoch) || !Number.isFinite(row.value)) {
      bad(`line ${i + 2} must hold a name and two numbers`);
    }
    return row;
  });
}

// The part of a report about how the trainings went: validation NMSE over epochs, a figure
// for each channel and set of ratios.
import { join } from "node:path";
import { isCsiFeedbackError } from "@csi-feedback/common";
import { learningCurveFigure } from "@csi-feedback/eval/figures";
import { type LearningRun, learningTitle, runNames } from "../results/learning-curves";
import { readLearningCurve } from "../training/learning-curve";
import { readDefinitionFile } from "../training/run";
import { type Html, html } from "./html";
import { inlineFigure } from "./inline-figure";

/** More curves are not told apart in one figure. */
const MOST_CURVES = 8;

/** Reads every run folder under the base folder; those without metrics are left out. */
export async function readLearningRuns(runs: string): Promise<LearningRun[]> {
  const found: LearningRun[] = [];
  for (const id of await runNames(runs)) {
    const folder = join(runs, id);
    const definition = (await readDefinitionFile(folder))?.definition;
    const points = await readLearningCurve(folder).catch((error) => {
      if (isCsiFeedbackError(error) && error.code === "NOT_A_RUN") return [];
      throw error;
    });
    if (definition === undefined || points.length === 0) continue;
    found.push({ id, ...learningTitle(definition), points });
  }
  return found;
}

/** The section, if there are runs. */
export async function learningSection(runs: readonly LearningRun[]): Promise<Html | undefined> {
  if (runs.length === 0) return undefined;
  const figures: Html[] = [];
  for (const group of [...new Set(runs.map((run) => run.group))].sort()) {
    const own = runs
      .filter((run) => run.group === group)
      .sort((a, b) => (a.title < b.title ? -1 : Number(a.title > b.title)));
    for (let first = 0; first < own.length; first += MOST_CURVES) {
      const some = own.slice(first, first + MOST_CURVES);
      const rows = some.flatMap(({ title, points }, i) => {
        const twin = some.some((other, j) => j !== i && other.title === title);
        const curve = twin ? `${title} (${i + 1})` : title;
        return points.map(({ epoch, nmseDb }) => ({ curve, epoch, value: nmseDb }));
      });
      const finite = rows.filter(({ value }) => Number.isFinite(value));
      if (finite.length === 0) continue;
      const figure = learningCurveFigure({
        rows: finite,
        title: group,
        // A single curve has no legend.
        ...(some.length === 1 ? { subtitle: some[0].title } : {}),
        y: { title: "Validation NMSE [dB]" },
        width: 230,
        height: 180,
      });
      figures.push(html`<figure>${await inlineFigure(figure, `learning-${figures.length}`)}</figure>`);
    }
  }
  return html`<section id="learning"><h2>Learning curves</h2>
<p class="note">Validation NMSE after each epoch, averaged over the ratios of a training. Where a second stage begins, its first value stands at the last epoch of the stage before it.</p>
<div class="figures curves">${figures}</div></section>`;
}

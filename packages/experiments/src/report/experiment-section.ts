// The part of a report about one experiment: tables with the paper's numbers beside ours,
// figures, and the conditions of every number.
import type { Experiment, NamedFigure, ResultRow } from "../experiment";
import { paperTitle } from "../paper/channels";
import { besidePaper, type ComparedRow, isMeasured } from "../results/beside-paper";
import { type Html, html } from "./html";
import { inlineFigure } from "./inline-figure";
import { directionOf, formatDifference, formatNumber } from "./numbers";
import { bestCells, type PivotTable, pivot } from "./pivot";

/** Rows of one experiment that were measured together. */
export interface Measurement {
  readonly profile: string;
  readonly seed: number;
  readonly rows: readonly ResultRow[];
}

/** What a report asks of an experiment, one of the feedback or one of channel estimation. */
export interface ReportedExperiment extends Pick<Experiment, "id" | "title" | "notes"> {
  figures?(rows: readonly ResultRow[]): readonly NamedFigure[] | Promise<readonly NamedFigure[]>;
}

/** The section of an experiment. */
export async function experimentSection(
  experiment: ReportedExperiment,
  measurements: readonly Measurement[],
): Promise<Html> {
  const blocks: Html[] = [];
  // What is counted is the same at every profile.
  const shown = measurements.slice(0, measurements.length > 0 && isCounted(measurements[0]) ? 1 : undefined);
  for (const [i, measurement] of shown.entries()) {
    const { profile, seed, rows } = measurement;
    // What the paper prints and was not measured stands beside the best profile.
    const compared = i === 0 ? besidePaper({ rows, experiment: experiment.id, profile, seed }) : rows;
    blocks.push(await measurementBlock(experiment, measurement, compared));
  }
  if (shown.length === 0) blocks.push(paperAlone(experiment));
  const { notes = [] } = experiment;
  return html`<section id="${experiment.id}"><h2>${experiment.title}</h2>
${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${blocks}</section>`;
}

/** What the paper prints where nothing of ours stands beside it. */
function paperAlone({ id }: ReportedExperiment): Html {
  const compared = besidePaper({ rows: [], experiment: id, profile: "", seed: 0 });
  return html`<h3><span class="tag">not measured yet</span> the paper’s numbers alone</h3>
<div class="tables">${pivot(compared).map((table) => html`<div>${tableOf(table)}</div>`)}</div>
<p class="conditions">To measure it: <code>csi-feedback reproduce ${id} --profile laptop</code></p>`;
}

/** Whether the rows were counted on networks and formulas, without samples. */
export function isCounted({ rows }: Measurement): boolean {
  return rows.every(({ samples }) => samples === 0);
}

async function measurementBlock(
  experiment: ReportedExperiment,
  measurement: Measurement,
  compared: readonly ComparedRow[],
): Promise<Html> {
  const { profile, seed, rows } = measurement;
  const figures: Html[] = [];
  for (const { name, specification } of (await experiment.figures?.(rows)) ?? []) {
    figures.push(html`<figure>${await inlineFigure(specification, `${name}-${profile}-${seed}`)}</figure>`);
  }
  const heading = isCounted(measurement)
    ? html`<span class="tag">counted</span> not measured`
    : html`<span class="tag">${profile} profile</span> seed ${seed}`;
  return html`<h3>${heading}</h3>
${pivot(compared).map((table) => tableOf(table))}
<p class="conditions">${conditionsOf(rows)}</p>
${figures.length > 0 && html`<div class="figures">${figures}</div>`}
<details><summary>All ${rows.length} numbers with their conditions</summary>${everyRow(rows)}</details>`;
}

/** Our name of a channel, and the paper's. */
function channelTitle(channel: string): string {
  const title = paperTitle(channel);
  return title === channel ? channel : `${channel} (the paper’s ${title})`;
}

/** Says so where a method's numbers are measured but nothing was trained for them. */
function untrained(cells: readonly (ComparedRow | undefined)[]): Html | false {
  const known = cells.filter((cell) => cell !== undefined);
  return (
    known.every(({ epochs, samples }) => epochs === 0 && samples > 0) &&
    html`<span class="untrained">no training</span>`
  );
}

function tableOf({ channel, columnTitle, columns, groups }: PivotTable): Html {
  const width = columns.length + 1;
  const inColumns = groups[0]?.methodsIn === "columns";
  const head = columns.map((column, i) => {
    const cells = groups.flatMap(({ rows }) => rows.map((row) => row.cells[i]));
    return html`<th>${column}${inColumns && untrained(cells)}</th>`;
  });
  const body = groups.map((group) => {
    const best = bestCells(group, directionOf);
    return html`${group.title !== "" && html`<tr class="group"><th colspan="${width}">${group.title}</th></tr>`}
${group.rows.map(
  ({ title, cells }) =>
    html`<tr><th>${title}${!inColumns && untrained(cells)}</th>${cells.map((cell) => cellOf(cell, best))}</tr>`,
)}`;
  });
  return html`${channel !== "" && html`<h3>${channelTitle(channel)}</h3>`}
<div class="scroll"><table><thead><tr><th>${columnTitle === "Compression ratio" && columnTitle}</th>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cellOf(cell: ComparedRow | undefined, best: ReadonlySet<ComparedRow>): Html {
  if (cell === undefined) return html`<td></td>`;
  const { metric, low, high, paper } = cell;
  if (!isMeasured(cell)) {
    return html`<td>${paper !== undefined && html`<small class="paper">paper ${formatNumber(paper, metric)}</small>`}</td>`;
  }
  const { value } = cell;
  const interval =
    low !== undefined &&
    high !== undefined &&
    html`<small>${formatNumber(low, metric)} to ${formatNumber(high, metric)}</small>`;
  return html`<td${best.has(cell) && html` class="best"`}><span class="value">${formatNumber(value, metric)}</span>${interval}${paper !== undefined && beside(metric, value, paper)}</td>`;
}

/** The paper's number and how far ours is from it. */
function beside(metric: string, value: number, paper: number): Html {
  const difference = value - paper;
  if (difference === 0) return html`<small class="paper">= paper</small>`;
  const side = directionOf(metric) * difference;
  const kind = side > 0 ? "better" : side < 0 ? "worse" : "";
  return html`<small class="paper">paper ${formatNumber(paper, metric)} (<span class="${kind}">${formatDifference(difference, metric)}</span>)</small>`;
}

/** What the rows have in common, in a sentence. */
export function conditionsOf(rows: readonly ResultRow[]): string {
  const all = (of: (row: ResultRow) => string) => [...new Set(rows.map(of).filter((text) => text !== ""))];
  const range = (of: (row: ResultRow) => number, unit: string) => {
    const values = rows.map(of).filter((value) => value > 0);
    if (values.length === 0) return "";
    const [least, most] = [Math.min(...values), Math.max(...values)].map((value) =>
      value.toLocaleString("en-US"),
    );
    return `${least === most ? least : `${least} to ${most}`} ${unit}`;
  };
  const parts = [
    [range(({ samples }) => samples, "test samples"), all(({ data }) => data).join(", ")]
      .filter(Boolean)
      .join(": "),
    range(({ epochs }) => epochs, "epochs"),
    rows.some(({ low }) => low !== undefined) ? "intervals: 95 % bootstrap over samples" : "",
    all(({ engine }) => engine).join(", "),
    all(({ hardware }) => hardware).join(" and "),
    `commit ${all(({ commit }) => commit).join(", ")}`,
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

function everyRow(rows: readonly ResultRow[]): Html {
  const names = [
    "method",
    "channel",
    "ratio",
    "condition",
    "metric",
    "value",
    "low",
    "high",
    "paper",
    "samples",
    "data",
    "epochs",
    "engine",
    "hardware",
    "commit",
  ] as const satisfies readonly (keyof ResultRow)[];
  const text = (row: ResultRow, name: (typeof names)[number]) => {
    const value = row[name];
    if (typeof value !== "number") return value ?? "";
    return ["samples", "epochs"].includes(name)
      ? value.toLocaleString("en-US")
      : formatNumber(value, row.metric);
  };
  return html`<div class="scroll"><table class="text"><thead><tr>${names.map((name) => html`<th>${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${names.map((name) => html`<td>${text(row, name)}</td>`)}</tr>`)}</tbody></table></div>`;
}

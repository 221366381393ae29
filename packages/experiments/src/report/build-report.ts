// A report: one HTML page that needs nothing beside it, from rows of results, runs and
// example channels.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { FigureSpecification } from "@csi-feedback/eval/figures";
import type { ResultRow } from "../experiment";
import { printedNumbers } from "../paper/printed";
import type { LearningRun } from "../results/learning-curves";
import { profiles } from "../training/profiles";
import { experimentSection, type Measurement, type ReportedExperiment } from "./experiment-section";
import { Html, html } from "./html";
import { inlineFigure } from "./inline-figure";
import { learningSection } from "./learning-section";
import { styleSheet } from "./style";

/** Pictures of channels with a sentence about them. */
export interface ExampleChannels {
  readonly caption: string;
  readonly specification: FigureSpecification;
}

/** What {@link buildReport} puts on the page. */
export interface ReportContent {
  readonly rows: readonly ResultRow[];
  /** In the order of the page; rows of others are left out. */
  readonly experiments: readonly ReportedExperiment[];
  readonly runs?: readonly LearningRun[];
  readonly examples?: readonly ExampleChannels[];
}

/** Best profile first. */
const profileOrder = Object.keys(profiles).reverse();

/** Rows that were measured together, best profile first. */
export function measurementsOf(rows: readonly ResultRow[]): Measurement[] {
  const found = new Map<string, { profile: string; seed: number; rows: ResultRow[] }>();
  for (const row of rows) {
    const { profile, seed } = row;
    const key = JSON.stringify([profile, seed]);
    const measurement = found.get(key) ?? { profile, seed, rows: [] };
    found.set(key, measurement);
    measurement.rows.push(row);
  }
  const rank = ({ profile }: Measurement) => profileOrder.indexOf(profile);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || a.seed - b.seed);
}

/**
 * Builds the page: tables with the paper's numbers beside ours, figures, learning curves, example channels,
 * and the conditions of every number. All text is escaped; nothing is loaded from elsewhere.
 */
export async function buildReport({
  rows,
  experiments,
  runs = [],
  examples = [],
}: ReportContent): Promise<string> {
  const shown = experiments
    .map((experiment) => ({ experiment, own: rows.filter((row) => row.experiment === experiment.id) }))
    .filter(({ experiment, own }) => own.length > 0 || printedNumbers(experiment.id).length > 0);
  const sections: Html[] = [];
  for (const { experiment, own } of shown) {
    sections.push(await experimentSection(experiment, measurementsOf(own)));
  }
  const channels = await exampleSection(examples);
  const learning = await learningSection(runs);
  const links = [
    ...shown.map(({ experiment }) => [experiment.id, experiment.title]),
    ...(channels ? [["channels", "Example channels"]] : []),
    ...(learning ? [["learning", "Learning curves"]] : []),
  ];
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>CSI feedback, measured</title><style>${new Html(styleSheet(await fonts()))}</style></head>
<body><div class="layout"><nav aria-label="Contents"><b>Contents</b>${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
<main><h1>CSI feedback, measured</h1>
<p class="lead">Numbers of our own runs beside those that the paper prints. A difference is ours less the paper’s; the best of each column is bold. Methods marked “no training” are the controls that every network has to beat.</p>
${overview(shown.flatMap(({ own }) => own))}
${sections}${channels}${learning}
<footer>Written by <code>csi-feedback report</code> from the results files. To measure again: <code>csi-feedback reproduce all --profile laptop</code>.</footer></main></div></body></html>
`;
  return page.text;
}

/** How much was measured, on what, at which profiles. */
function overview(rows: readonly ResultRow[]): Html {
  if (rows.length === 0) {
    return html`<section><p class="note">There are no results yet. Make some with <code>csi-feedback reproduce all --profile smoke</code>.</p></section>`;
  }
  const count = (of: (row: ResultRow) => string) => new Set(rows.map(of)).size;
  const facts = [
    [rows.length.toLocaleString("en-US"), "numbers"],
    [count(({ experiment }) => experiment), "tables and figures"],
    [count(({ method }) => method), "methods"],
    [
      rows.filter(({ paper }) => paper !== undefined).length.toLocaleString("en-US"),
      "stand beside one of the paper",
    ],
  ] as const;
  const ran = measurementsOf(rows).map(
    ({ profile, seed, rows: own }) =>
      html`<li><span class="tag">${profile}</span> seed ${seed}: ${budget(profile)}${[...new Set(own.map(({ experiment }) => experiment))].join(", ")}</li>`,
  );
  return html`<section><ul class="facts">${facts.map(([value, title]) => html`<li><b>${value}</b><span>${title}</span></li>`)}</ul>
<h3>What was run</h3><ul class="notes">${ran}</ul></section>`;
}

/** A profile's budget in words. */
function budget(name: string): string {
  const profile = Object.values(profiles).find((known) => known.name === name);
  if (profile === undefined) return "";
  const { samples, epochs } = profile;
  return `at most ${samples.train.toLocaleString("en-US")} training samples and ${epochs[0] + epochs[1]} epochs a training, `;
}

async function exampleSection(examples: readonly ExampleChannels[]): Promise<Html | undefined> {
  if (examples.length === 0) return undefined;
  const figures: Html[] = [];
  for (const [i, { caption, specification }] of examples.entries()) {
    figures.push(
      html`<figure class="scroll">${await inlineFigure(specification, `channels-${i}`)}<figcaption>${caption}</figcaption></figure>`,
    );
  }
  return html`<section id="channels"><h2>Example channels</h2>${figures}</section>`;
}

/** The typeface of page and figures, Latin letters, from npm. */
async function fonts(): Promise<{ weight: number; base64: string }[]> {
  const require = createRequire(import.meta.url);
  const read = async (weight: number) => {
    const path = require.resolve(
      `@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.woff2`,
    );
    return { weight, base64: (await readFile(path)).toString("base64") };
  };
  return Promise.all([400, 600, 700].map(read));
}

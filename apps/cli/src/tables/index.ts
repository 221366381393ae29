// `csi-feedback table` and `csi-feedback figure`: the paper's numbers, ours, and the
// difference.
import { join } from "node:path";
import { invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { renderFigure } from "@csi-feedback/eval/figures";
import {
  type ComparedRow,
  comparisonOf,
  type Experiment,
  experiments,
  formatComparison,
  isMeasured,
  type Profile,
  profiles,
} from "@csi-feedback/experiments";
import { showCounted } from "./counted";
import { printRows } from "./print-rows";
import { rowsOf } from "./rows-of";

/** The options of `csi-feedback table` and `csi-feedback figure`, as the command line gives them. */
export interface ShowOptions {
  readonly profile?: string;
  readonly seed: number;
  readonly results: string;
  readonly runs: string;
  readonly out?: string;
  readonly engine: string;
  readonly json?: boolean;
}

/** Shows a table or figure by its number in the paper, or an experiment beyond the paper by its name. */
export async function show(kind: "table" | "figure", name: string, options: ShowOptions): Promise<void> {
  const experiment = find(kind, name);
  const { json = false, out, profile, ...where } = options;
  // Counted tables depend on no profile, and have more to show than rows.
  if (out === undefined && (await showCounted(experiment.id, json))) return;
  const shown = await rowsOf(experiment, {
    ...where,
    ...(profile === undefined ? {} : { profile: parseProfile(profile) }),
  });
  if (json) process.stdout.write(`${JSON.stringify(asJson(experiment, shown), null, 2)}\n`);
  else printRows(experiment, shown);
  if (out !== undefined) await write(out, experiment, shown);
}

function find(kind: "table" | "figure", name: string): Experiment {
  const found = experiments.find(({ id }) => id === `${kind}-${name}` || id === name);
  const numbers = experiments.flatMap(({ id }) =>
    id.startsWith(`${kind}-`) ? [id.slice(kind.length + 1)] : [],
  );
  const others = experiments.flatMap(({ id }) => (/^(table|figure)-/.test(id) ? [] : [id]));
  const code = kind === "table" ? "UNKNOWN_TABLE" : "UNKNOWN_FIGURE";
  return found ?? invalid(code, kind, `must be one of ${[...numbers, ...others].join(", ")}`, name);
}

function parseProfile(name: string): Profile {
  const found = Object.values(profiles).find((known) => known.name === name);
  return (
    found ??
    invalid("UNKNOWN_PROFILE", "--profile", `must be one of ${Object.keys(profiles).join(", ")}`, name)
  );
}

function asJson({ id, title, notes = [] }: Experiment, rows: readonly ComparedRow[]): object {
  const [{ profile, seed }] = rows;
  return { experiment: id, title, profile, seed, rows: rows.map(comparisonOf), notes };
}

/** CSV, JSON and figures in a folder. */
async function write(folder: string, experiment: Experiment, rows: readonly ComparedRow[]): Promise<void> {
  const measured = rows.filter(isMeasured);
  const files: [name: string, content: string | Uint8Array][] = [
    [`${experiment.id}.csv`, formatComparison(rows)],
    [`${experiment.id}.json`, `${JSON.stringify(asJson(experiment, rows), null, 2)}\n`],
  ];
  const figures = measured.length === 0 ? [] : await experiment.figures?.(measured);
  for (const { name, specification } of figures ?? []) {
    const { svg, png } = await renderFigure(specification);
    files.push([`${name}.svg`, svg], [`${name}.png`, png]);
  }
  for (const [name, content] of files) {
    const path = join(folder, name);
    await writeFileAtomic(path, content);
    process.stderr.write(`${path}\n`);
  }
}

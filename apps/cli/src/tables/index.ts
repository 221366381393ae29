// `csi-feedback table` and `csi-feedback figure`: the paper's numbers, ours, and the
// difference.
import { join } from "node:path";
import { invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { renderFigure } from "@csi-feedback/eval/figures";
import {
  type Experiment,
  experiments,
  formatResults,
  type Profile,
  profiles,
  type ResultRow,
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
  const rows = await rowsOf(experiment, {
    ...where,
    ...(profile === undefined ? {} : { profile: parseProfile(profile) }),
  });
  if (json) process.stdout.write(`${JSON.stringify(asJson(experiment, rows), null, 2)}\n`);
  else printRows(experiment, rows);
  if (out !== undefined) await write(out, experiment, rows);
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

function asJson({ id, title, notes = [] }: Experiment, rows: readonly ResultRow[]): object {
  return {
    experiment: id,
    title,
    profile: rows[0].profile,
    seed: rows[0].seed,
    rows: rows.map(({ experiment, profile, seed, value, paper = null, ...row }) => ({
      ...row,
      paper,
      measured: value,
      difference: paper === null ? null : value - paper,
    })),
    notes,
  };
}

/** CSV, JSON and figures in a folder. */
async function write(folder: string, experiment: Experiment, rows: readonly ResultRow[]): Promise<void> {
  const files: [name: string, content: string | Uint8Array][] = [
    [`${experiment.id}.csv`, formatResults(rows)],
    [`${experiment.id}.json`, `${JSON.stringify(asJson(experiment, rows), null, 2)}\n`],
  ];
  for (const { name, specification } of (await experiment.figures?.(rows)) ?? []) {
    const { svg, png } = await renderFigure(specification);
    files.push([`${name}.svg`, svg], [`${name}.png`, png]);
  }
  for (const [name, content] of files) {
    const path = join(folder, name);
    await writeFileAtomic(path, content);
    process.stderr.write(`${path}\n`);
  }
}

// The results section of a README, between two comments: the tables of the best profile
// that was run, and what was run.
import { CsiFeedbackError } from "@csi-feedback/common";
import type { Experiment, ResultRow } from "../experiment";
import { paperTitle } from "../paper/channels";
import { besidePaper } from "../results/beside-paper";
import { measurementsOf } from "./build-report";
import { conditionsOf, isCounted } from "./experiment-section";
import { directionOf, formatNumber } from "./numbers";
import { bestCells, type PivotTable, pivot } from "./pivot";

const BEGIN = "<!-- results: begin, written by csi-feedback report --readme -->";
const END = "<!-- results: end -->";

/** What {@link readmeSection} is made from. */
export interface ReadmeContent {
  readonly rows: readonly ResultRow[];
  readonly experiments: readonly Experiment[];
  /** Folder of the results as the README links to it, such as `"results"`. */
  readonly results: string;
}

/** The section, comments included: tables as they are, figures as pictures with their numbers folded away. */
export async function readmeSection({ rows, experiments, results }: ReadmeContent): Promise<string> {
  const parts: string[] = [];
  for (const experiment of experiments) {
    const [best] = measurementsOf(rows.filter((row) => row.experiment === experiment.id));
    if (best === undefined) continue;
    const { profile, seed } = best;
    const tables = pivot(besidePaper({ ...best, experiment: experiment.id })).map(tableOf);
    const figures = ((await experiment.figures?.(best.rows)) ?? []).map(
      ({ name }) => `![${experiment.title}](${results}/${profile}/${encodeURIComponent(name)}.svg)`,
    );
    const paper = best.rows.some((row) => row.paper !== undefined) ? " In parentheses: the paper." : "";
    parts.push(
      `### ${experiment.title}`,
      `${isCounted(best) ? "**Counted**" : `**${profile} profile**, seed ${seed}`}: ${conditionsOf(best.rows)}${paper}`,
      ...(figures.length === 0
        ? tables
        : [...figures, "<details><summary>Numbers</summary>", ...tables, "</details>"]),
      ...(experiment.notes ? [experiment.notes.map((note) => `- ${note}`).join("\n")] : []),
    );
  }
  if (parts.length === 0)
    parts.push("No results yet: `npx csi-feedback reproduce all --profile smoke` makes some.");
  return [BEGIN, ...parts, END].join("\n\n");
}

/**
 * The text of a README with its results section replaced.
 *
 * @throws CsiFeedbackError `README_MARKERS` when the two comments are not there once, in order.
 */
export function replaceReadmeSection(text: string, section: string): string {
  const [first, last] = [text.indexOf(BEGIN), text.indexOf(END)];
  const once = first === text.lastIndexOf(BEGIN) && last === text.lastIndexOf(END);
  if (first < 0 || last < first || !once) {
    throw new CsiFeedbackError(
      "README_MARKERS",
      `the README must hold these two comments once, around the section: ${BEGIN} and ${END}`,
    );
  }
  return text.slice(0, first) + section + text.slice(last + END.length);
}

const cellText = (text: string) => text.replace(/\|/g, "\\|").replace(/</g, "&lt;");

function tableOf({ channel, columnTitle, columns, groups }: PivotTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  const grouped = groups.length > 1;
  const title = columnTitle === "Compression ratio" ? "method" : "";
  const header = [...(grouped ? [""] : []), title, ...columns];
  const body = groups.flatMap((group) => {
    const best = bestCells(group, directionOf);
    return group.rows.map(({ title: name, cells }, i) => [
      ...(grouped ? [i === 0 ? group.title : ""] : []),
      name,
      ...cells.map((cell) => {
        if (cell === undefined) return "";
        const value = cell.value === undefined ? "–" : formatNumber(cell.value, cell.metric);
        const paper = cell.paper === undefined ? "" : ` (${formatNumber(cell.paper, cell.metric)})`;
        return `${best.has(cell) ? `**${value}**` : value}${paper}`;
      }),
    ]);
  });
  const names = [channel === "" ? "" : channelName(channel), grouped ? "" : (groups[0]?.title ?? "")];
  const caption = names.filter(Boolean).join(": ");
  const rule = header.map((_, i) => (i < header.length - columns.length ? "---" : "--:"));
  const table = [line(header), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n");
  return caption === "" ? table : `${caption}\n\n${table}`;
}

function channelName(channel: string): string {
  const title = paperTitle(channel);
  return title === channel ? channel : `${channel} (${title})`;
}

// `csi-feedback report`: reads results and runs, writes the page or the README.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { CsiFeedbackError } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine } from "@csi-feedback/engines";
import {
  buildReport,
  experiments,
  keepLearningCurves,
  readKeptCurves,
  readLearningRuns,
  readmeSection,
  readResults,
  replaceReadmeSection,
} from "@csi-feedback/experiments";
import { xlExperiments } from "@csi-feedback/experiments/extremely-large";
import { exampleChannels } from "./example-channels";

/** The options of `csi-feedback report`, as the command line gives them. */
export interface ReportOptions {
  readonly results: string;
  readonly runs: string;
  readonly out?: string;
  readonly readme?: string;
  readonly engine: string;
}

export async function report(options: ReportOptions): Promise<void> {
  const { results, runs, readme } = options;
  const engine = parseEngine(options.engine);
  const rows = await readResults(results);
  if (rows.length === 0) {
    throw new CsiFeedbackError(
      "RESULTS_MISSING",
      `there are no results in ${results}; make some with: csi-feedback reproduce all --profile smoke`,
    );
  }
  if (readme !== undefined) {
    const text = await readFile(readme, "utf8");
    const link = relative(dirname(resolve(readme)), resolve(results))
      .split(sep)
      .join("/");
    const section = await readmeSection({ rows, experiments, results: link });
    await writeFileAtomic(readme, replaceReadmeSection(text, section));
    process.stderr.write(`${readme}: ${rows.length} numbers\n`);
  }
  if (readme === undefined || options.out !== undefined) {
    const out = options.out ?? "report.html";
    if (existsSync(runs)) await keepLearningCurves(results, runs);
    const kept = await readKeptCurves(results);
    const others = (await readLearningRuns(runs)).filter(({ id }) => kept.every((one) => one.id !== id));
    const page = await buildReport({
      rows,
      experiments: [...experiments, ...xlExperiments],
      runs: [...kept, ...others],
      examples: await exampleChannels(runs, engine),
    });
    await writeFileAtomic(out, page);
    process.stderr.write(`${out}: ${rows.length} numbers, ${(page.length / 2 ** 20).toFixed(1)} MiB\n`);
  }
}

// Running one experiment on extremely large arrays: trainings, measurements, rows, figures.
import { join } from "node:path";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { writeFileAtomic } from "@csi-feedback/common/node";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { renderFigure } from "@csi-feedback/eval/figures";
import {
  currentCommit,
  describeHardware,
  mergeResults,
  type NamedFigure,
  type ResultRow,
  readResults,
} from "@csi-feedback/experiments";
import {
  type EstimatorDefinition,
  findXlExperiment,
  isTrained,
  runFolder,
  trainedEstimator,
  type XlExperiment,
  type XlProfile,
  xlProfiles,
} from "@csi-feedback/experiments/extremely-large";
import { interruptSignal } from "../interrupt";
import { Progress } from "../progress";
import { printTable } from "../text-table";
import { trainingReporter } from "./training-reporter";

/** The options of an experiment's command. */
export interface XlExperimentOptions {
  readonly profile: string;
  readonly seed: number;
  readonly samples?: number;
  readonly backbone?: string;
  readonly layers?: number;
  readonly plan?: boolean;
  readonly trained?: boolean;
  readonly measured?: boolean;
  readonly runs: string;
  readonly results?: string;
  readonly out?: string;
  readonly engine: string;
  readonly threads?: number;
  readonly json?: boolean;
}

export async function runExperiment(name: string, options: XlExperimentOptions): Promise<void> {
  const experiment = findXlExperiment(name);
  const profile = withBackbone(parseProfile(options.profile), options);
  if (options.plan) return showPlan(experiment, profile, options);
  const rows = options.measured
    ? await keptRows(experiment, profile, options)
    : await measure(experiment, profile, options);
  // Figures in the results folder are of all that is kept there, not of what this process measured alone.
  const kept = options.results ? await keptRows(experiment, profile, options) : [];
  const files = [
    ...(options.out ? await drawAs(options.out, experiment.figures(rows)) : []),
    ...(options.results ? await drawIn(join(options.results, profile.name), experiment.figures(kept)) : []),
  ];
  for (const file of files) process.stderr.write(`${file}\n`);
  if (options.json) {
    const { id, title, notes } = experiment;
    process.stdout.write(
      `${JSON.stringify({ experiment: id, title, profile: profile.name, rows, notes }, undefined, 2)}\n`,
    );
    return;
  }
  printRows(rows);
  for (const note of experiment.notes) process.stdout.write(`\n${note}\n`);
}

/** The rows of an experiment that the results folder holds for this profile and seed. */
async function keptRows(
  { id }: XlExperiment,
  { name }: XlProfile,
  { results, seed }: XlExperimentOptions,
): Promise<ResultRow[]> {
  if (results === undefined) invalid("INVALID_OPTION", "--measured", "needs --results", undefined);
  const rows = await readResults(results);
  return rows.filter((row) => row.experiment === id && row.profile === name && row.seed === seed);
}

function parseProfile(name: string): XlProfile {
  if (!Object.hasOwn(xlProfiles, name)) {
    invalid("UNKNOWN_PROFILE", "--profile", `must be one of ${Object.keys(xlProfiles).join(", ")}`, name);
  }
  return xlProfiles[name as XlProfile["name"]];
}

/** The profile with the pretrained layers that the options name. */
function withBackbone(profile: XlProfile, { backbone, layers }: XlExperimentOptions): XlProfile {
  if (backbone === undefined) {
    if (layers !== undefined) invalid("INVALID_OPTION", "--layers", "needs --backbone", layers);
    return profile;
  }
  const depth = layers ?? profile.backbone.layers;
  const half = { source: backbone, layers: Math.ceil(depth / 2) };
  return { ...profile, backbone: { source: backbone, layers: depth }, backbones: depth > 1 ? [half] : [] };
}

/** Every training of an experiment once. */
function trainingsOf(experiment: XlExperiment, profile: XlProfile, options: XlExperimentOptions) {
  const all = experiment.trainings(profile, options.seed);
  return [...new Map(all.map((definition) => [runFolder(definition, options.runs), definition]))];
}

function showPlan(experiment: XlExperiment, profile: XlProfile, options: XlExperimentOptions): void {
  const plan = trainingsOf(experiment, profile, options).map(([folder, definition]) => ({
    label: definition.label,
    scenario: definition.scenario,
    trained: isTrained(definition, options.runs),
    steps: definition.epochs * Math.ceil(definition.samples.train / definition.batchSize),
    batchSize: definition.batchSize,
    folder,
  }));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ experiment: experiment.id, trainings: plan }, undefined, 2)}\n`);
    return;
  }
  printTable(
    ["network", "L0", "near", "array", "steps", "batch", "trained", "folder"],
    plan.map(({ label, scenario, trained, steps, batchSize, folder }) => [
      label,
      String(scenario.farPaths),
      String(scenario.nearPaths),
      scenario.array,
      String(steps),
      String(batchSize),
      trained ? "yes" : "no",
      folder,
    ]),
  );
}

async function measure(
  experiment: XlExperiment,
  profile: XlProfile,
  options: XlExperimentOptions,
): Promise<ResultRow[]> {
  const { seed, runs, results, samples = profile.samples.test } = options;
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const engine = await startEngine(parseEngine(options.engine), threads);
  const signal = interruptSignal("finishing the batch and writing a checkpoint");
  const commit = currentCommit();
  const about = { engine: engine.description, commit };
  const filled = {
    experiment: experiment.id,
    profile: profile.name,
    seed,
    engine: engine.description,
    hardware: describeHardware(),
    commit,
  };
  const rows: ResultRow[] = [];
  const trained = async (definition: EstimatorDefinition) =>
    options.trained && !isTrained(definition, runs)
      ? undefined
      : trainedEstimator(definition, { runs, signal, about, on: trainingReporter(definition.label) });
  // Everything is trained first: what is measured after that takes seconds.
  for (const [, definition] of trainingsOf(experiment, profile, options)) {
    if (!isTrained(definition, runs)) (await trained(definition))?.dispose();
  }
  const progress = new Progress(`measuring ${experiment.id}`, 100);
  await experiment.measure({
    profile,
    seed,
    samples,
    ...threads,
    signal,
    trained,
    progress: (text, fraction) => progress.update(Math.floor(100 * fraction), `, ${text}`),
    async emit(fresh) {
      if (signal.aborted)
        throw new CsiFeedbackError("INTERRUPTED", "stopped; the same command measures again");
      const whole = fresh.map((row) => ({ ...row, ...filled }));
      rows.push(...whole);
      if (results !== undefined) await mergeResults(results, whole);
    },
  });
  progress.end();
  return rows;
}

async function drawAs(out: string, figures: readonly NamedFigure[]): Promise<string[]> {
  const base = out.replace(/\.(svg|png)$/, "");
  const files: string[] = [];
  for (const [i, { specification }] of figures.entries()) {
    files.push(...(await draw(figures.length === 1 ? base : `${base}-${i + 1}`, specification)));
  }
  return files;
}

async function drawIn(folder: string, figures: readonly NamedFigure[]): Promise<string[]> {
  const files: string[] = [];
  for (const { name, specification } of figures) {
    files.push(...(await draw(join(folder, name), specification)));
  }
  return files;
}

async function draw(base: string, specification: NamedFigure["specification"]): Promise<string[]> {
  const { svg, png } = await renderFigure(specification);
  await writeFileAtomic(`${base}.svg`, svg);
  await writeFileAtomic(`${base}.png`, png);
  return [`${base}.svg`, `${base}.png`];
}

/** Rows as a table: methods down, circumstances across where there are several. */
function printRows(rows: readonly ResultRow[]): void {
  printTable(
    ["method", "channel", "condition", "metric", "value", "95 %"],
    rows.map(({ method, channel, condition, metric, value, low, high }) => [
      method,
      channel,
      condition,
      metric,
      Number.isInteger(value) ? String(value) : value.toFixed(2),
      low === undefined || high === undefined ? "" : `${low.toFixed(2)} to ${high.toFixed(2)}`,
    ]),
  );
}

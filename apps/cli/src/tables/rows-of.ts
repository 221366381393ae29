// The rows of an experiment: from the results folder, or measured now when nothing has to
// be trained for it.
import { CsiFeedbackError, isCsiFeedbackError } from "@csi-feedback/common";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import {
  besidePaper,
  type ComparedRow,
  type Experiment,
  measureExperiment,
  type Profile,
  planTrainings,
  printedNumbers,
  profiles,
  type ResultRow,
  readResults,
  TrainedNetworks,
} from "@csi-feedback/experiments";
import { interruptSignal } from "../interrupt";
import { Progress } from "../progress";
import { referenceSamples } from "../reproduce/reference-samples";

/** Which rows are wanted, and where they may be. */
export interface RowsOptions {
  /** The best profile that there are results of, without. */
  readonly profile?: Profile;
  readonly seed: number;
  readonly results: string;
  readonly runs: string;
  readonly engine: string;
}

/**
 * Rows of one profile and seed, and after them what the paper prints beside none of them. Without any of
 * ours a line on stderr says how to make some.
 *
 * @throws CsiFeedbackError `RESULTS_MISSING` with that command where the paper has no numbers either.
 */
export async function rowsOf(experiment: Experiment, options: RowsOptions): Promise<ComparedRow[]> {
  const { seed } = options;
  const { id } = experiment;
  try {
    const rows = await ownRows(experiment, options);
    return besidePaper({ rows, experiment: id, profile: rows[0].profile, seed });
  } catch (error) {
    const missing = isCsiFeedbackError(error) && error.code === "RESULTS_MISSING";
    if (!missing || printedNumbers(id).length === 0) throw error;
    process.stderr.write(`the paper's numbers alone: ${error.message}\n`);
    const profile = (options.profile ?? profiles.laptop).name;
    return besidePaper({ rows: [], experiment: id, profile, seed });
  }
}

async function ownRows(experiment: Experiment, options: RowsOptions): Promise<ResultRow[]> {
  const { seed, results, runs } = options;
  const kept = (await readResults(results)).filter(
    (row) => row.experiment === experiment.id && row.seed === seed,
  );
  const wanted = options.profile === undefined ? Object.values(profiles).reverse() : [options.profile];
  for (const profile of wanted) {
    const rows = kept.filter((row) => row.profile === profile.name);
    if (rows.length > 0) return rows;
  }
  const profile = options.profile ?? profiles.laptop;
  const plan = await planTrainings({ experiments: [experiment], profile, seed, runs });
  const missing = plan.filter(({ state }) => state !== "finished");
  if (missing.length > 0) {
    throw new CsiFeedbackError(
      "RESULTS_MISSING",
      `no results of ${experiment.id} in ${results} (${profile.name} profile, seed ${seed}), and ${missing.length} of its ${plan.length} trainings are not in ${runs}; make them with: csi-feedback reproduce ${experiment.id} --profile ${profile.name}`,
    );
  }
  return measureNow(experiment, profile, options);
}

async function measureNow(
  experiment: Experiment,
  profile: Profile,
  { seed, runs, engine }: RowsOptions,
): Promise<ResultRow[]> {
  const networks = new TrainedNetworks(runs);
  const progress = new Progress(`measuring ${experiment.id}`, 100);
  try {
    return await measureExperiment(experiment, {
      profile,
      seed,
      engine: await startEngine(parseEngine(engine)),
      networks,
      runs,
      reference: referenceSamples,
      progress: (text, fraction) => progress.update(Math.floor(100 * fraction), `, ${text}`),
      signal: interruptSignal("stopping"),
    });
  } finally {
    progress.end();
    networks.dispose();
  }
}

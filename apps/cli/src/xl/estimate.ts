// `csi-feedback xl estimate`: all estimators on the same observations.
import { readFile } from "node:fs/promises";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import {
  channelsOf,
  classicalEstimator,
  classicalNames,
  describeScenario,
  type Estimator,
  measureNmse,
  networkEstimator,
} from "@csi-feedback/experiments/extremely-large";
import { loadChannelEstimator } from "@csi-feedback/networks";
import { Progress } from "../progress";
import { printTable } from "../text-table";
import { type ScenarioOptions, scenarioOf } from "./scenario";

/** The options of `csi-feedback xl estimate`. */
export interface EstimateOptions extends ScenarioOptions {
  readonly snr: readonly number[];
  readonly samples: number;
  readonly model?: readonly string[];
  readonly engine: string;
  readonly json?: boolean;
}

/** Channels that the covariance of LMMSE is taken from. */
const COVARIANCE_SAMPLES = 4000;

export async function estimate(options: EstimateOptions): Promise<void> {
  const { snr: snrs, samples, seed, model = [], json } = options;
  const scenario = scenarioOf(options);
  const channels = channelsOf(scenario, seed, samples);
  const training = () => channelsOf(scenario, seed, COVARIANCE_SAMPLES, samples);
  if (model.length > 0) await startEngine(parseEngine(options.engine));
  const estimators: Estimator[] = classicalNames.map((name) =>
    classicalEstimator(name, { scenario, training }),
  );
  for (const path of model) {
    const network = loadChannelEstimator(await readFile(path));
    estimators.push(networkEstimator({ label: `${network.name}, ${path}`, epochs: 0 }, network));
  }
  const label = `generated, seed ${seed}`;
  const progress = new Progress("estimating", estimators.length * snrs.length);
  const rows = [];
  for (const [i, estimator] of estimators.entries()) {
    const values = [];
    for (const [j, snr] of snrs.entries()) {
      const [nmse, ratioOfMeans] = await measureNmse(estimator, { scenario, channels, label, seed }, snr);
      const { value, low, high } = nmse;
      values.push({ snr, nmse: value, low, high, ratioOfMeans: ratioOfMeans.value });
      progress.update(i * snrs.length + j + 1, `, ${estimator.name}`);
    }
    rows.push({ method: estimator.name, values });
  }
  progress.end();
  const description = describeScenario(scenario);
  if (json) {
    process.stdout.write(`${JSON.stringify({ channel: description, samples, seed, rows }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`NMSE [dB], ${description}, ${samples} channels\n\n`);
  printTable(
    ["method", ...snrs.map((snr) => `SNR ${snr} dB`)],
    rows.map(({ method, values }) => [method, ...values.map(({ nmse }) => nmse.toFixed(2))]),
  );
}

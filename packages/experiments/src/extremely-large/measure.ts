// NMSE of estimators on test channels, and the rows that say it.
import { bootstrapInterval, nmsePerSample, toDecibels } from "@csi-feedback/eval";
import type { MeasuredRow } from "../experiment";
import type { Estimator } from "./classical";
import {
  ANTENNAS,
  type Channels,
  type Contamination,
  describeScenario,
  leastSquaresOf,
  type Scenario,
} from "./scenario";

/** Names of metrics, with their units. */
export const XL_METRIC = {
  /** The mean over samples of each one's ratio. */
  nmse: "NMSE [dB]",
  /** Mean error over mean energy, which some papers call NMSE: strong channels weigh more. */
  ratioOfMeans: "NMSE, ratio of means [dB]",
} as const;

/** Test channels and what they were drawn from. */
export interface TestChannels {
  readonly scenario: Scenario;
  readonly channels: Channels;
  /** Of the channels and the noise, in words. */
  readonly label: string;
  readonly seed: number;
}

/** What else a row depends on. */
export interface Circumstances {
  /** Set in front of the SNR in the row's condition. */
  readonly condition?: string;
  readonly contamination?: Contamination;
}

/** NMSE of an estimator at an SNR [dB], as the mean of ratios with its interval and as the ratio of means. */
export async function measureNmse(
  estimator: Estimator,
  { scenario, channels, label, seed }: TestChannels,
  snr: number,
  { condition, contamination }: Circumstances = {},
): Promise<MeasuredRow[]> {
  const observed = leastSquaresOf(channels, snr, seed, contamination);
  const estimates = await estimator.estimate(observed, snr);
  const ratios = nmsePerSample(channels, estimates, [channels.samples, 1, ANTENNAS]);
  const [error, energy] = totals(channels, estimates);
  const row = {
    method: estimator.name,
    channel: describeScenario(scenario),
    ratio: "",
    condition: [condition, `SNR ${snr} dB`].filter(Boolean).join(", "),
    samples: channels.samples,
    data: label,
    epochs: estimator.epochs,
  };
  return [
    { ...row, metric: XL_METRIC.nmse, ...bootstrapInterval(ratios, { transform: toDecibels }) },
    { ...row, metric: XL_METRIC.ratioOfMeans, value: toDecibels(error / energy) },
  ];
}

function totals(truth: Channels, estimate: Channels): [error: number, energy: number] {
  let [error, energy] = [0, 0];
  for (let i = 0; i < truth.re.length; i++) {
    error += (estimate.re[i] - truth.re[i]) ** 2 + (estimate.im[i] - truth.im[i]) ** 2;
    energy += truth.re[i] ** 2 + truth.im[i] ** 2;
  }
  return [error, energy];
}

// `csi-feedback xl link`: a channel is estimated at the user, the estimate is fed back as
// bytes, and the base station precodes on what arrives. What is lost where, in rate.
import { readFile } from "node:fs/promises";
import { CsiFeedbackError, invalid } from "@csi-feedback/common";
import { parseEngine, startEngine } from "@csi-feedback/engines";
import { achievableRates, nmseDb } from "@csi-feedback/eval";
import {
  ANTENNAS,
  type Channels,
  channelsOf,
  classicalEstimator,
  describeScenario,
  hybrid,
  leastSquaresOf,
  networkEstimator,
} from "@csi-feedback/experiments/extremely-large";
import { loadChannelEstimator } from "@csi-feedback/networks";
import { decodeFrames, encodeFrames } from "../link";
import { bundledModel, loadModel } from "../models";
import { Progress } from "../progress";
import { elementsAt, parseRatio } from "../ratio";
import { printTable } from "../text-table";
import { anglesOf, antennasOf } from "./angle-image";

/** The options of `csi-feedback xl link`. */
export interface LinkOptions {
  readonly model: string;
  readonly samples: number;
  readonly users: number;
  readonly snr: readonly number[];
  readonly seed: number;
  readonly engine: string;
  readonly json?: boolean;
}

/** SNR of the downlink's data [dB]. */
const DATA_SNR = 10;
/** Ratio of the bundled LLMCsiNet, of its own 32 x 32 image; 256 angles fill a quarter of it. */
const RATIO = "1/16";

export async function measureLink(options: LinkOptions): Promise<void> {
  const { samples, users, snr: snrs, seed, json } = options;
  if (samples % users !== 0) {
    invalid("INVALID_OPTION", "--samples", `must be a multiple of the ${users} users`, samples);
  }
  await startEngine(parseEngine(options.engine));
  const network = loadChannelEstimator(await readFile(options.model));
  if (network.shape[1] * network.shape[2] !== ANTENNAS) {
    const message = `${options.model}: the estimator must be for ${ANTENNAS} antennas`;
    throw new CsiFeedbackError("CHECKPOINT_MISMATCH", message);
  }
  const feedback = await loadModel(bundledModel("llmcsinet"));
  const channels = channelsOf(hybrid, seed, samples);
  const training = () => channels;
  const estimators = [
    ...(["LS", "Hybrid-field OMP", "Gridless pursuit"] as const).map((name) =>
      classicalEstimator(name, { scenario: hybrid, training }),
    ),
    networkEstimator({ label: network.name, epochs: 0 }, network),
  ];
  const rate = (known: Channels) =>
    achievableRates(channels, known, [samples / users, users, ANTENNAS], {
      precoder: "zero-forcing",
      snrDb: [DATA_SNR],
      normalization: "user",
    }).mean[0];
  const nmse = (known: Channels) => nmseDb(channels, known, [samples, 1, ANTENNAS]);
  const ratio = parseRatio(RATIO);
  const send = async (known: Channels) => {
    const { image, scales } = anglesOf(known);
    const configuration = feedback.frames(ratio);
    const frames = await encodeFrames(feedback.network, configuration, image, scales, elementsAt(ratio));
    const rebuilt = await decodeFrames(feedback.network, configuration, frames);
    return { arrived: antennasOf(rebuilt.channels, rebuilt.scales), bits: 8 * frames[0].length };
  };
  const perfect = await send(channels);
  const rows = [
    {
      estimator: "perfect estimate",
      snr: null as number | null,
      estimateNmse: null as number | null,
      estimateRate: rate(channels),
      feedbackNmse: nmse(perfect.arrived),
      feedbackRate: rate(perfect.arrived),
    },
  ];
  const progress = new Progress("link", estimators.length * snrs.length);
  for (const snr of snrs) {
    const observed = leastSquaresOf(channels, snr, seed);
    for (const estimator of estimators) {
      const estimate = await estimator.estimate(observed, snr);
      const { arrived } = await send(estimate);
      rows.push({
        estimator: estimator.name,
        snr,
        estimateNmse: nmse(estimate),
        estimateRate: rate(estimate),
        feedbackNmse: nmse(arrived),
        feedbackRate: rate(arrived),
      });
      progress.update(rows.length - 1);
    }
  }
  progress.end();
  const about = {
    channel: describeScenario(hybrid),
    samples,
    users,
    bits: perfect.bits,
    ratio: RATIO,
    dataSnr: DATA_SNR,
    seed,
  };
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...about, rows }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(
    `${about.channel}: ${samples} channels, ${users} users, zero forcing at ${DATA_SNR} dB, ${about.bits} bits a report\n\n`,
  );
  const text = (value: number | null) => (value === null ? "" : value.toFixed(2));
  printTable(
    [
      "estimator",
      "pilot SNR [dB]",
      "NMSE of estimate [dB]",
      "rate with it [bit/s/Hz]",
      "NMSE after feedback [dB]",
      "rate after feedback [bit/s/Hz]",
    ],
    rows.map((row) => [
      row.estimator,
      row.snr === null ? "" : String(row.snr),
      text(row.estimateNmse),
      text(row.estimateRate),
      text(row.feedbackNmse),
      text(row.feedbackRate),
    ]),
  );
}

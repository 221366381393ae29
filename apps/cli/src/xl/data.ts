// `csi-feedback xl data`: hybrid-field channels in a file that the readers know.
import { invalid } from "@csi-feedback/common";
import { writeChannels } from "@csi-feedback/datasets/node";
import {
  ANTENNAS,
  CARRIER_FREQUENCY,
  type Channels,
  channelsOf,
  describeScenario,
  leastSquaresOf,
} from "@csi-feedback/experiments/extremely-large";
import { type ScenarioOptions, scenarioOf } from "./scenario";

/** The options of `csi-feedback xl data`. */
export interface XlDataOptions extends ScenarioOptions {
  readonly out: string;
  readonly samples: number;
  readonly snr?: number;
  readonly json?: boolean;
}

export async function writeData(options: XlDataOptions): Promise<void> {
  const { out, samples, seed, snr, json } = options;
  if (snr !== undefined && !Number.isFinite(snr)) {
    invalid("INVALID_OPTION", "--snr", "must be a number", snr);
  }
  const scenario = scenarioOf(options);
  const channels = channelsOf(scenario, seed, samples);
  const written = snr === undefined ? channels : leastSquaresOf(channels, snr, seed);
  const { data, scale } = scaled(written);
  const metadata = {
    channelModel: describeScenario(scenario),
    domain: "antennas",
    seed,
    carrierFrequency: CARRIER_FREQUENCY,
    ...(snr === undefined ? {} : { snr }),
  };
  await writeChannels(out, {
    data,
    scale,
    shape: [samples, 2, 1, ANTENNAS],
    angleOrder: "fft",
    perSample: {},
    metadata,
  });
  const summary = { file: out, samples, shape: [2, 1, ANTENNAS], ...metadata };
  process.stdout.write(
    json
      ? `${JSON.stringify(summary, undefined, 2)}\n`
      : `${out}: ${samples} ${snr === undefined ? "channels" : `least-squares estimates at ${snr} dB`}, ${summary.channelModel}\n`,
  );
}

/** Each sample by its largest part into [0, 1]. */
function scaled({ re, im, samples }: Channels): { data: Float32Array; scale: Float32Array } {
  const data = new Float32Array(2 * re.length);
  const scale = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    const planes = [re, im].map((plane) => plane.subarray(i * ANTENNAS, (i + 1) * ANTENNAS));
    const peak = planes.reduce((most, plane) => plane.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);
    scale[i] = 2 * peak;
    for (const [p, plane] of planes.entries()) {
      for (let n = 0; n < ANTENNAS; n++) {
        const value = 0.5 + plane[n] / scale[i];
        data[(2 * i + p) * ANTENNAS + n] = Math.min(1, Math.max(0, value));
      }
    }
  }
  return { data, scale };
}

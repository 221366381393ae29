// What an estimate costs: multiply-accumulates and latency of one channel, and parameters by
// whether they are trained (open question 4 of the paper).
import { measureLatency } from "@csi-feedback/eval";
import { barFigure } from "@csi-feedback/eval/figures";
import { type ChannelEstimatorNetwork, channelEstimators } from "@csi-feedback/networks";
import type { MeasuredRow } from "../experiment";
import { whileCounting } from "../tables/counting-backend";
import { classicalNames, type Estimator } from "./classical";
import { classicalIn, testChannels, withTrained, type XlContext, type XlExperiment } from "./experiment";
import type { TestChannels } from "./measure";
import { ANTENNAS, type Channels, describeScenario, hybrid, leastSquaresOf } from "./scenario";
import { comparedNetworks } from "./snr";

const SNR = 10;
const METRIC = {
  median: "Latency, median [ms]",
  p99: "Latency, 99th percentile [ms]",
  cost: "Multiply-accumulates",
  trained: "Trained parameters",
  frozen: "Frozen parameters",
} as const;

/** Timed calls. */
const CALLS = {
  smoke: { warmUp: 1, runs: 3 },
  laptop: { warmUp: 5, runs: 50 },
  paper: { warmUp: 10, runs: 200 },
};

/** One channel a call, different ones in turn. */
async function latencyRows(estimator: Estimator, test: TestChannels, { profile }: XlContext) {
  const observed = leastSquaresOf(test.channels, SNR, test.seed);
  const one = (i: number): Channels => {
    const [start, end] = [i * ANTENNAS, (i + 1) * ANTENNAS];
    return { re: observed.re.subarray(start, end), im: observed.im.subarray(start, end), samples: 1 };
  };
  const calls = CALLS[profile.name];
  const { medianMs, p99Ms } = await measureLatency(
    (call) => estimator.estimate(one(call % observed.samples), SNR),
    calls,
  );
  const row = rowOf(estimator, calls.runs, test.label);
  return [row(METRIC.median, medianMs), row(METRIC.p99, p99Ms)];
}

/** Multiply-accumulates of one estimate, counted on a network of the same form. */
function countedCost({ name, configuration }: ChannelEstimatorNetwork): Promise<number> {
  return whileCounting(async () => {
    const copy = channelEstimators[name](configuration);
    try {
      return await copy.multiplyAccumulates();
    } finally {
      copy.dispose();
    }
  });
}

function rowOf({ name, epochs }: Estimator, samples: number, data: string) {
  return (metric: string, value: number): MeasuredRow => ({
    method: name,
    channel: describeScenario(hybrid),
    ratio: "",
    condition: metric.startsWith("Latency") ? `SNR ${SNR} dB` : "",
    metric,
    value,
    samples,
    data,
    epochs,
  });
}

/** Latency and cost. */
export const xlLatency: XlExperiment = {
  id: "xl-latency",
  title: "Channel estimation: latency and multiply-accumulates of one estimate",
  trainings: (profile, seed) => comparedNetworks({ profile, seed }),
  async measure(context) {
    const test = testChannels(hybrid, { ...context, samples: Math.min(context.samples, 16) });
    const definitions = comparedNetworks(context);
    const total = classicalNames.length + definitions.length;
    for (const [i, name] of classicalNames.entries()) {
      await context.emit(await latencyRows(classicalIn(name, hybrid, context), test, context));
      context.progress(name, (i + 1) / total);
    }
    for (const [i, definition] of definitions.entries()) {
      await withTrained(definition, context, async (estimator, network) => {
        await context.emit(await latencyRows(estimator, test, context));
        const row = rowOf(estimator, 1, "counted");
        await context.emit([
          row(METRIC.cost, await countedCost(network)),
          row(METRIC.trained, network.size.trained),
          row(METRIC.frozen, network.size.frozen),
        ]);
      });
      context.progress(definition.label, (classicalNames.length + i + 1) / total);
    }
  },
  figures: (rows) => {
    const shown = rows.filter(({ metric, value }) => metric === METRIC.median && value > 0);
    if (shown.length === 0) return [];
    const specification = barFigure({
      title: "Latency of one estimate, median",
      subtitle: `${shown[0].hardware}, ${shown[0].engine}`,
      categories: shown.map(({ method }) => method),
      series: [{ name: "latency", values: shown.map(({ value }) => value) }],
      y: { title: METRIC.median },
    });
    return [{ name: "xl-latency", specification }];
  },
  notes: [
    "One channel a call; a multiply-accumulate is two floating-point operations. Classical estimators run on one thread of JavaScript.",
  ],
};

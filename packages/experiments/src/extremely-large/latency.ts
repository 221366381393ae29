// What an estimate costs: multiply-accumulates and latency of one channel, and parameters by
// whether they are trained (open question 4 of the paper). Weights make no difference to either, so
// that networks are measured as they start, the paper's LLM4XCE among them.
import { quantile } from "@csi-feedback/eval";
import { barFigure } from "@csi-feedback/eval/figures";
import { type ChannelEstimatorNetwork, channelEstimators } from "@csi-feedback/networks";
import type { MeasuredRow, NamedFigure, ResultRow } from "../experiment";
import { whileCounting } from "../tables/counting-backend";
import { type ClassicalEstimator, classicalNames, type Estimator } from "./classical";
import { type EstimatorDefinition, llm4XceDefinition, type XlProfile, xlProfiles } from "./definition";
import { classicalIn, testChannels, type XlContext, type XlExperiment } from "./experiment";
import { ANTENNAS, type Channels, describeScenario, hybrid, leastSquaresOf } from "./scenario";
import { comparedNetworks } from "./snr";
import { createEstimator, networkEstimator } from "./train";

const SNR = 10;
const METRIC = {
  median: "Latency, median [ms]",
  p90: "Latency, 90th percentile [ms]",
  cost: "Multiply-accumulates",
  trained: "Trained parameters",
  frozen: "Frozen parameters",
} as const;

/** Channels that are estimated in turn. */
const CHANNELS = 16;
/** Timed rounds over all estimators, and rounds before them that are not timed. */
const ROUNDS = {
  smoke: { warmUp: 1, timed: 3 },
  laptop: { warmUp: 5, timed: 50 },
  paper: { warmUp: 10, timed: 200 },
};

/** The profile's networks, and LLM4XCE of the paper's size; random layers take as long as pretrained ones. */
function definitions(profile: XlProfile, seed: number): EstimatorDefinition[] {
  const paper = { profile: xlProfiles.paper, seed };
  return [
    ...comparedNetworks({ profile, seed }),
    ...(profile.name === "laptop"
      ? [llm4XceDefinition(paper, { label: "LLM4XCE, paper's size", random: true })]
      : []),
  ].map(({ backbone: _, ...definition }) => ({ ...definition, epochs: 0 }));
}

/** An estimator of either kind, and its multiply-accumulates. */
interface Measured {
  readonly estimator: Estimator;
  cost(observed: Channels): Promise<number>;
  readonly network?: ChannelEstimatorNetwork;
}

function classical(estimator: ClassicalEstimator): Measured {
  return { estimator, cost: async (observed) => estimator.multiplyAccumulates(observed, SNR) };
}

async function learned(definition: EstimatorDefinition): Promise<Measured> {
  const network = await createEstimator(definition);
  return { estimator: networkEstimator(definition, network), cost: () => countedCost(network), network };
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

/**
 * Times of single estimates [ms], `[estimator][round]`: each round asks every estimator once for the same channel, so
 * that whatever else the machine does falls on all of them.
 */
async function timesInTurns(measured: readonly Measured[], observed: Channels, context: XlContext) {
  const { warmUp, timed } = ROUNDS[context.profile.name];
  const times = measured.map(() => new Float64Array(timed));
  for (let round = 0; round < warmUp + timed; round++) {
    if (context.signal?.aborted) break;
    const start = (round % observed.samples) * ANTENNAS;
    const one: Channels = {
      re: observed.re.subarray(start, start + ANTENNAS),
      im: observed.im.subarray(start, start + ANTENNAS),
      samples: 1,
    };
    for (const [i, { estimator }] of measured.entries()) {
      const begin = performance.now();
      await estimator.estimate(one, SNR);
      if (round >= warmUp) times[i][round - warmUp] = performance.now() - begin;
    }
    context.progress("rounds", (round + 1) / (warmUp + timed));
  }
  return times;
}

/** A bar an estimator; least squares, which does nothing here, has none. */
function bars(rows: readonly ResultRow[], metric: string, name: string, title: string): NamedFigure[] {
  const shown = rows.filter((row) => row.metric === metric && row.method !== "LS");
  if (shown.length === 0) return [];
  const { hardware, engine, samples } = shown[0];
  const timed = metric === METRIC.median ? `: ${samples} rounds, ${hardware}, ${engine}` : "";
  const specification = barFigure({
    title,
    subtitle: `${describeScenario(hybrid)}, SNR ${SNR} dB${timed}`,
    categories: [""],
    series: shown.map(({ method, value }) => ({ name: method, values: [value] })),
    y: { title: metric, scale: "log" },
    ...(metric === METRIC.median ? { digits: 2 } : {}),
    width: 520,
  });
  return [{ name, specification }];
}

/** Latency and cost. */
export const xlLatency: XlExperiment = {
  id: "xl-latency",
  title: "Channel estimation: latency and multiply-accumulates of one estimate",
  trainings: () => [],
  async measure(context) {
    const { profile, seed, threads } = context;
    const test = testChannels(hybrid, { ...context, samples: CHANNELS });
    const observed = leastSquaresOf(test.channels, SNR, test.seed);
    const measured = classicalNames.map((name) => classical(classicalIn(name, hybrid, context)));
    for (const definition of definitions(profile, seed)) measured.push(await learned(definition));
    try {
      const times = await timesInTurns(measured, observed, context);
      const engine = threads === undefined ? "all threads" : `${threads} thread${threads === 1 ? "" : "s"}`;
      for (const [i, { estimator, cost, network }] of measured.entries()) {
        const row = (metric: string, value: number, condition = "", samples = 1): MeasuredRow => ({
          method: estimator.name,
          channel: describeScenario(hybrid),
          ratio: "",
          condition,
          metric,
          value,
          samples,
          data: test.label,
          epochs: estimator.epochs,
        });
        const condition = `SNR ${SNR} dB, ${network === undefined ? "1 thread" : engine}`;
        await context.emit([
          row(METRIC.median, quantile(times[i], 0.5), condition, times[i].length),
          row(METRIC.p90, quantile(times[i], 0.9), condition, times[i].length),
          row(METRIC.cost, await cost(observed), "", network === undefined ? observed.samples : 1),
          row(METRIC.trained, network?.size.trained ?? 0),
          row(METRIC.frozen, network?.size.frozen ?? 0),
        ]);
      }
    } finally {
      for (const { network } of measured) network?.dispose();
    }
  },
  figures: (rows) => [
    ...bars(rows, METRIC.median, "xl-latency", "Latency of one estimate, median"),
    ...bars(rows, METRIC.cost, "xl-cost", "Multiply-accumulates of one estimate"),
  ],
  notes: [
    "One channel a call, all estimators in turns on the same channels. Classical estimators run on one thread of JavaScript; with --threads 1, networks run on one thread too.",
    "A multiply-accumulate is one of real numbers, two floating-point operations. Pursuits count what the channels took in the mean, an FFT as one of radix 2, without sines and roots; LMMSE counts its filter and not its inversion.",
  ],
};

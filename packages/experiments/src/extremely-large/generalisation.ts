// Generalisation: networks of L0 = 1, 10 to 80 m and -5 to 20 dB, tested on other numbers of
// paths, on other distances and at other SNRs, beside networks trained on L0 = 4 and at 10 dB alone.
import { barFigure } from "@csi-feedback/eval/figures";
import type { ResultRow } from "../experiment";
import { nmseCurves, numberIn } from "./curves";
import {
  type EstimatorDefinition,
  llm4XceDefinition,
  SNRS,
  type XlProfile,
  xlcNetDefinition,
} from "./definition";
import { classicalIn, testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse, XL_METRIC } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";

/** Far-field paths dominate, the paper's other test. */
const farDominant: Scenario = { ...hybrid, farPaths: 4, nearPaths: 2 };
/** Where nothing else is said, and what one network is trained at [dB]. */
const SNR = 10;

/** Where the networks are tested. */
interface Place {
  readonly name: string;
  readonly scenario: Scenario;
  readonly snr: number;
}

const channels: readonly Place[] = [
  { name: "as trained", scenario: hybrid, snr: SNR },
  { name: "L0 = 4", scenario: farDominant, snr: SNR },
  { name: "L = 12", scenario: { ...hybrid, farPaths: 2, nearPaths: 10 }, snr: SNR },
  { name: "5 to 10 m", scenario: { ...hybrid, distances: [5, 10] }, snr: SNR },
  { name: "80 to 300 m", scenario: { ...hybrid, distances: [80, 300] }, snr: SNR },
];

/** And SNRs, two of them outside of training [dB]. */
const places: readonly Place[] = [
  ...channels,
  ...[-10, 0, 20, 30].map((snr) => ({ name: `SNR ${snr} dB`, scenario: hybrid, snr })),
];

const classical = ["LS", "LMMSE", "Hybrid-field OMP", "Gridless pursuit"] as const;

/** The networks of the matrix. */
function definitions(profile: XlProfile, seed: number): EstimatorDefinition[] {
  const options = { profile, seed };
  const there = { ...options, scenario: farDominant };
  return [
    xlcNetDefinition(options),
    llm4XceDefinition(options),
    { ...xlcNetDefinition(there), label: "XLCNet, trained on L0 = 4" },
    { ...llm4XceDefinition(there), label: "LLM4XCE, trained on L0 = 4" },
    { ...llm4XceDefinition(options), snr: SNR, label: `LLM4XCE, trained at ${SNR} dB alone` },
  ];
}

/** The methods that were measured in all of these places. */
function seriesOf(rows: readonly ResultRow[], where: readonly Place[]) {
  const at = (method: string, { scenario, snr }: Place) =>
    rows.find(
      (row) =>
        row.method === method &&
        row.channel === describeScenario(scenario) &&
        numberIn(row.condition, "SNR") === snr,
    )?.value;
  return [...new Set(rows.map(({ method }) => method))].flatMap((name) => {
    const values = where.map((place) => at(name, place));
    return values.every((value) => value !== undefined) ? [{ name, values }] : [];
  });
}

/** The generalisation matrix. */
export const xlGeneralisation: XlExperiment = {
  id: "xl-generalisation",
  title: "Channel estimation: generalisation of networks trained on L0 = 1, L = 6",
  trainings: definitions,
  async measure(context) {
    const { profile, seed } = context;
    for (const [i, { name, scenario, snr }] of places.entries()) {
      const test = testChannels(scenario, context);
      for (const method of classical) {
        // LMMSE keeps the covariance of the training channels, as the networks keep their weights.
        const known = method === "LMMSE" ? hybrid : scenario;
        const estimator = classicalIn(method, known, context);
        await context.emit(await measureNmse(estimator, test, snr));
      }
      for (const definition of definitions(profile, seed)) {
        await withTrained(definition, context, async (estimator) => {
          await context.emit(await measureNmse(estimator, test, snr));
        });
      }
      context.progress(`${name}: ${describeScenario(scenario)}`, (i + 1) / places.length);
    }
  },
  figures: (rows) => {
    const shown = rows.filter(({ metric }) => metric === XL_METRIC.nmse);
    if (shown.length === 0) return [];
    const about = `trained on L0 = 1, L = 6, 10 to 80 m, ${SNRS[0]} to ${SNRS[SNRS.length - 1]} dB unless named`;
    const specification = barFigure({
      title: `Generalisation over paths and distances, SNR ${SNR} dB`,
      subtitle: `${shown[0].profile} profile, ${shown[0].samples} test channels; networks ${about}`,
      categories: channels.map(({ name }) => name),
      series: seriesOf(shown, channels),
      y: { title: XL_METRIC.nmse },
      width: 900,
    });
    return [
      { name: "xl-generalisation", specification },
      ...nmseCurves(shown, {
        name: "xl-generalisation-snr",
        title: `Generalisation over SNR: ${describeScenario(hybrid)}`,
        x: "SNR per antenna [dB]",
        place: ({ channel, condition }) =>
          channel === describeScenario(hybrid) ? numberIn(condition, "SNR") : undefined,
      }),
    ];
  },
  notes: [
    "The pursuits know the nearest distance and L0 of what they are tested on; LMMSE has the covariance of the training channels.",
  ],
};

// Generalisation: networks of L0 = 1, 10 to 80 m and -5 to 20 dB, tested on other numbers of
// paths, on other distances and at other SNRs, beside networks trained on L0 = 4 and at 10 dB alone.
import { barFigure } from "@csi-feedback/eval/figures";
import { numberIn } from "./curves";
import { type EstimatorDefinition, llm4XceDefinition, type XlProfile, xlcNetDefinition } from "./definition";
import { classicalIn, testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse, XL_METRIC } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";

/** Far-field paths dominate, the paper's other test. */
const farDominant: Scenario = { ...hybrid, farPaths: 4, nearPaths: 2 };
/** The one SNR that a network is trained at [dB]. */
const ONE_SNR = 10;

/** Where the networks are tested. */
interface Place {
  readonly name: string;
  readonly scenario: Scenario;
  readonly snr: number;
}

const places: readonly Place[] = [
  { name: "as trained", scenario: hybrid, snr: 10 },
  { name: "L0 = 4", scenario: farDominant, snr: 10 },
  { name: "L = 12", scenario: { ...hybrid, farPaths: 2, nearPaths: 10 }, snr: 10 },
  { name: "5 to 10 m", scenario: { ...hybrid, distances: [5, 10] }, snr: 10 },
  { name: "80 to 300 m", scenario: { ...hybrid, distances: [80, 300] }, snr: 10 },
  { name: "SNR -10 dB", scenario: hybrid, snr: -10 },
  { name: "SNR 0 dB", scenario: hybrid, snr: 0 },
  { name: "SNR 20 dB", scenario: hybrid, snr: 20 },
  { name: "SNR 30 dB", scenario: hybrid, snr: 30 },
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
    { ...llm4XceDefinition(options), snr: ONE_SNR, label: `LLM4XCE, trained at ${ONE_SNR} dB alone` },
  ];
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
    const at = (method: string, { scenario, snr }: Place) =>
      shown.find(
        (row) =>
          row.method === method &&
          row.channel === describeScenario(scenario) &&
          numberIn(row.condition, "SNR") === snr,
      );
    const series = [...new Set(shown.map(({ method }) => method))]
      .filter((method) => places.every((place) => at(method, place)))
      .map((method) => ({ name: method, values: places.map((place) => at(method, place)?.value ?? 0) }));
    if (series.length === 0) return [];
    const specification = barFigure({
      title: "Generalisation: trained on L0 = 1, L = 6, 10 to 80 m, -5 to 20 dB",
      subtitle: `${shown[0].profile} profile, ${shown[0].samples} test channels; SNR 10 dB unless named`,
      categories: places.map(({ name }) => name),
      series,
      y: { title: XL_METRIC.nmse },
    });
    return [{ name: "xl-generalisation", specification }];
  },
  notes: [
    "The pursuits know the nearest distance and L0 of what they are tested on; LMMSE has the covariance of the training channels.",
  ],
};

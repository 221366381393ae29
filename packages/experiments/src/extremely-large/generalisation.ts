// Generalisation: networks of L0 = 1 and 10 to 80 m, tested on other numbers of paths, on
// other distances and at SNRs outside of training, beside networks trained there.
import { barFigure } from "@csi-feedback/eval/figures";
import { llm4XceDefinition, type XlProfile, xlcNetDefinition } from "./definition";
import { classicalIn, testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse, XL_METRIC } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";

/** Where the networks are tested. */
const places: readonly { readonly name: string; readonly scenario: Scenario; readonly snr: number }[] = [
  { name: "as trained", scenario: hybrid, snr: 10 },
  { name: "L0 = 4", scenario: { ...hybrid, farPaths: 4, nearPaths: 2 }, snr: 10 },
  { name: "L = 12", scenario: { ...hybrid, farPaths: 2, nearPaths: 10 }, snr: 10 },
  { name: "5 to 10 m", scenario: { ...hybrid, distances: [5, 10] }, snr: 10 },
  { name: "80 to 300 m", scenario: { ...hybrid, distances: [80, 300] }, snr: 10 },
  { name: "low SNR", scenario: hybrid, snr: -10 },
  { name: "high SNR", scenario: hybrid, snr: 30 },
];

const classical = ["LS", "LMMSE", "Hybrid-field OMP", "Gridless pursuit"] as const;

/** The networks of the matrix. */
function definitions(profile: XlProfile, seed: number) {
  return [xlcNetDefinition({ profile, seed }), llm4XceDefinition({ profile, seed })];
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
        await context.emit(await measureNmse(estimator, test, snr, { condition: name }));
      }
      for (const definition of definitions(profile, seed)) {
        await withTrained(definition, context, async (estimator) => {
          await context.emit(await measureNmse(estimator, test, snr, { condition: name }));
        });
      }
      context.progress(`${name}: ${describeScenario(scenario)}`, (i + 1) / places.length);
    }
  },
  figures: (rows) => {
    const shown = rows.filter(({ metric }) => metric === XL_METRIC.nmse);
    const categories = places.map(({ name }) => name);
    const at = (method: string, name: string) =>
      shown.find((row) => row.method === method && row.condition.startsWith(`${name}, `));
    const series = [...new Set(shown.map(({ method }) => method))]
      .filter((method) => categories.every((name) => at(method, name)))
      .map((method) => ({ name: method, values: categories.map((name) => at(method, name)?.value ?? 0) }));
    if (series.length === 0) return [];
    const specification = barFigure({
      title: "Generalisation: trained on L0 = 1, L = 6, 10 to 80 m, -5 to 20 dB",
      subtitle: `${shown[0].profile} profile, ${shown[0].samples} test channels; SNR 10 dB unless named`,
      categories,
      series,
      y: { title: XL_METRIC.nmse },
    });
    return [{ name: "xl-generalisation", specification }];
  },
  notes: [
    "The pursuits know the nearest distance and L0 of what they are tested on; LMMSE has the covariance of the training channels.",
  ],
};

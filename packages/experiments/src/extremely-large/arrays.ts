// Planar and irregular arrays of 256 elements (open question 3 of the paper): the networks of
// the linear array moved there as they are, and networks trained there.
import { barFigure } from "@csi-feedback/eval/figures";
import { llm4XceDefinition, type XlProfile, xlcNetDefinition } from "./definition";
import { classicalIn, testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse, XL_METRIC } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";

const SNR = 10;
const arrays = ["linear", "planar", "irregular"] as const;
const classical = ["LS", "LMMSE", "OMP, angle domain", "Hybrid-field OMP", "Gridless pursuit"] as const;

/** What is said of networks of the linear array elsewhere. */
const MOVED = ", trained on the linear array";

const scenarioOf = (array: (typeof arrays)[number]): Scenario => ({ ...hybrid, array });

/** Networks for an array: those of the linear one, and outside of it its own where the profile trains them. */
function definitions(profile: XlProfile, seed: number, array: (typeof arrays)[number]) {
  const moved = array === "linear" ? "" : MOVED;
  const transferred = [xlcNetDefinition({ profile, seed }), llm4XceDefinition({ profile, seed })].map(
    (definition) => ({ ...definition, label: `${definition.label}${moved}` }),
  );
  if (array === "linear") return transferred;
  const scenario = scenarioOf(array);
  return [
    ...transferred,
    xlcNetDefinition({ profile, seed, scenario }),
    llm4XceDefinition({ profile, seed, scenario }),
  ];
}

/** NMSE by array. */
export const xlArrays: XlExperiment = {
  id: "xl-arrays",
  title: "Channel estimation: linear, planar and irregular arrays",
  trainings: (profile, seed) => arrays.flatMap((array) => definitions(profile, seed, array)),
  async measure(context) {
    for (const [i, array] of arrays.entries()) {
      const scenario = scenarioOf(array);
      const test = testChannels(scenario, context);
      for (const name of classical) {
        await context.emit(await measureNmse(classicalIn(name, scenario, context), test, SNR));
      }
      for (const definition of definitions(context.profile, context.seed, array)) {
        await withTrained(definition, context, async (estimator) => {
          await context.emit(await measureNmse(estimator, test, SNR));
        });
      }
      context.progress(`${array} array`, (i + 1) / arrays.length);
    }
  },
  figures: (rows) => {
    const shown = rows.filter(({ metric }) => metric === XL_METRIC.nmse);
    const at = (method: string, array: (typeof arrays)[number]) =>
      shown.find((row) => row.method === method && row.channel === describeScenario(scenarioOf(array)))
        ?.value;
    const names = [...new Set(shown.map(({ method }) => method))];
    const series = names.flatMap((name) => {
      // On the linear array itself, a network moved from there is the network.
      const values = arrays.map((array) => at(name, array) ?? at(name.replace(MOVED, ""), array));
      const label = names.includes(`${name}${MOVED}`) ? `${name}, trained on each array` : name;
      return values.every((value) => value !== undefined) ? [{ name: label, values }] : [];
    });
    if (series.length === 0) return [];
    const specification = barFigure({
      title: `Arrays of 256 elements, hybrid field, SNR ${SNR} dB`,
      subtitle: `${shown[0].profile} profile, ${shown[0].samples} test channels`,
      categories: arrays,
      series,
      y: { title: XL_METRIC.nmse },
      width: 760,
    });
    return [{ name: "xl-arrays", specification }];
  },
  notes: [
    "A square array of 256 half-wavelength elements has a Rayleigh distance of 2.6 m: at 10 to 80 m all its paths are plane waves.",
    "The irregular array has its elements up to 0.2 wavelengths from the places of the linear one.",
  ],
};

// NMSE against the number of far-field paths, L0 of L = 6: from all near to all far.
import { classicalNames } from "./classical";
import { nmseCurves } from "./curves";
import { classicalIn, testChannels, withTrained, type XlExperiment } from "./experiment";
import { measureNmse } from "./measure";
import { describeScenario, hybrid, type Scenario } from "./scenario";
import { comparedNetworks } from "./snr";

const SNR = 10;
const PATHS = 6;

const scenarios: readonly Scenario[] = Array.from({ length: PATHS + 1 }, (_, farPaths) => ({
  ...hybrid,
  farPaths,
  nearPaths: PATHS - farPaths,
}));

/** NMSE against L0. */
export const xlFarPaths: XlExperiment = {
  id: "xl-far-paths",
  title: "Channel estimation: NMSE against the number of far-field paths",
  // A paper's run trains on each L0; other profiles test the networks of L0 = 1 on all.
  trainings: (profile, seed) =>
    (profile.name === "paper" ? scenarios : [hybrid]).flatMap((scenario) =>
      comparedNetworks({ profile, seed, scenario }),
    ),
  async measure(context) {
    const { profile, seed } = context;
    for (const [i, scenario] of scenarios.entries()) {
      const test = testChannels(scenario, context);
      for (const name of classicalNames) {
        await context.emit(await measureNmse(classicalIn(name, scenario, context), test, SNR));
      }
      const own = profile.name === "paper" ? scenario : hybrid;
      for (const definition of comparedNetworks({ profile, seed, scenario: own })) {
        await withTrained(definition, context, async (estimator) => {
          await context.emit(await measureNmse(estimator, test, SNR));
        });
      }
      context.progress(`L0 = ${scenario.farPaths}`, (i + 1) / scenarios.length);
    }
  },
  figures: (rows) =>
    nmseCurves(rows, {
      name: "xl-far-paths",
      title: `NMSE against far-field paths, L = ${PATHS}, SNR ${SNR} dB`,
      x: "Far-field paths, L0",
      place: (row) => {
        const place = scenarios.findIndex((scenario) => describeScenario(scenario) === row.channel);
        return place < 0 ? undefined : place;
      },
    }),
  notes: ["Outside the paper profile, the networks are those trained on L0 = 1."],
};
